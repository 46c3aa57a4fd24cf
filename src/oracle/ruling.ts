// The ruling on a step: whether the payload is where SPEC.md allows, and whether the syscalls are those
// of that way. Judged locally, against the heap as it was walked just before; computed at most once a
// step, because placement and syscalls are two views of one deviation and must not both report it.

import { type Address, hex, MEMORY_LIMIT } from '../memory/address.ts';
import {
  MAP_ANONYMOUS,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
  type Syscall,
} from '../memory/syscall.ts';
import { mappingWay } from '../trace/record-syscall.ts';
import { runEnd, runSizeAt } from './runs.ts';
import type { Situation } from './situation.ts';
import { type Way, waysOf } from './ways.ts';

/** One deviation, said from one of the two sides. */
export interface Deviation {
  readonly cause: string;
  readonly says: string;
  readonly clause: string;
}

export interface Ruling {
  readonly placement?: Deviation;
  readonly syscalls?: Deviation;
}

const LAWFUL: Ruling = {};

export function rulingOf(s: Situation): Ruling {
  s.ruling ??= rule(s);
  return s.ruling;
}

function rule(s: Situation): Ruling {
  if (s.call === 'allocate' || s.call === 'resize') {
    if (s.failed) return ruleRefused(s);
    return s.gaveMemory ? ruleGiven(s) : LAWFUL;
  }
  if (s.call === 'release') return syscallsOf(s, undefined);
  return quiet(s, 'nothing', `${s.op.kind} has nothing to do`);
}

/**
 * An attempt that was refused by chance is judged where it is granted: here it would be said twice. One
 * for more than any process has is never granted, and is no excuse for NULL where the block would fit.
 */
function ruleRefused(s: Situation): Ruling {
  const { attempt, attemptedGrowth } = s;
  if (attempt === undefined || s.wraps || s.hopeless || s.block > MEMORY_LIMIT) return LAWFUL;
  const asked = attempt.name === 'mmap' ? attempt.length : attemptedGrowth;
  if (asked <= MEMORY_LIMIT) return LAWFUL;
  return extra(
    'absurd',
    `${attempt.name} was asked for ${asked} bytes, where a block has ${s.block}`,
  );
}

function ruleGiven(s: Situation): Ruling {
  const ways = waysOf(s);
  const seen = routeSeen(s);
  const rivals = ways.filter((way) => routeOfWay(way) === seen);
  if (rivals.length === 0) return wrongRoute(s, nearestWay(ways, seen), seen);
  for (const way of rivals) {
    if (isAt(s, way) && s.growth === way.growth) return syscallsOf(s, way);
  }
  return wrongPlace(s, (rivals.find((way) => isAt(s, way)) ?? rivals[0]) as Way);
}

/** What to hold against a call that went no lawful way: if it stayed off the mappings, a way that does. */
function nearestWay(ways: readonly Way[], seen: RouteSeen): Way {
  const near = seen === 'map' ? undefined : ways.find((way) => way.kind !== 'map');
  return (near ?? ways[0]) as Way;
}

type RouteSeen = 'stay' | 'heap' | 'map';

function routeSeen(s: Situation): RouteSeen {
  if (s.result === s.oldAddress) return 'stay';
  return s.model.inHeap(s.result) ? 'heap' : 'map';
}

function routeOfWay(way: Way): RouteSeen {
  return way.kind === 'fit' || way.kind === 'grow' ? 'heap' : way.kind;
}

function isAt(s: Situation, way: Way): boolean {
  if (way.kind === 'fit') return runSizeAt(s.before, s.result - s.header) === way.size;
  return way.kind !== 'grow' || s.result === way.at;
}

function wrongRoute(s: Situation, owed: Way, seen: RouteSeen): Ruling {
  const block = `a block of ${s.block} bytes`;
  if (seen === 'stay' && !s.oldInHeap) {
    return {
      placement: {
        cause: 'stayed',
        says: `the mapped block at ${s.at(s.oldAddress)} is of ${s.oldMappingLength} bytes, not of the ${s.block} that are needed, but it did not move`,
        clause: 'realloc of a mapped block: a new block, copy, then munmap of the old one',
      },
    };
  }
  if (owed.kind === 'map') {
    return {
      syscalls: {
        cause: 'not-mapped',
        says: `${block} (request ${s.bytes}) must be mapped, but it was put at ${s.at(s.result)}`,
        clause: 'requests that reach the threshold are one mmap of exactly header + payload',
      },
    };
  }
  if (seen === 'map') {
    return {
      syscalls: {
        cause: 'mapped',
        says: `${block} (request ${s.bytes}) belongs on the heap, but it was put at ${s.at(s.result)}, outside of it`,
        clause: 'requests below the threshold are served from the heap',
      },
    };
  }
  if (owed.kind === 'stay') {
    return {
      placement: {
        cause: 'moved',
        says:
          `the block at ${s.at(s.oldAddress)} can hold ${s.need} bytes in place` +
          `${owed.growth > 0 ? ` once the break grows by ${owed.growth}` : ''}, but it moved to ${s.at(s.result)}`,
        clause: 'realloc stays in place whenever the block, with the free run behind it, is enough',
      },
    };
  }
  return {
    placement: {
      cause: 'stayed',
      says: `the block at ${s.at(s.oldAddress)} cannot hold ${s.need} bytes in place, but it did not move`,
      clause: 'realloc grows in place only into free blocks, or as the last block',
    },
  };
}

function wrongPlace(s: Situation, way: Way): Ruling {
  if (way.kind === 'fit' && s.growth !== 0) {
    return {
      placement: {
        cause: 'grew-though-fit',
        says: `${runSaid(s, way.size)} fits ${s.need}, but the break ${s.growth < 0 ? `was lowered by ${-s.growth}` : `grew by ${s.growth}`}`,
        clause: 'if some run of free blocks fits, the break does not move',
      },
    };
  }
  if (way.kind === 'fit') {
    const size = runSizeAt(s.before, s.result - s.header);
    const chosen = size < 0 ? 'not the start of a free run' : `a free run of ${size} bytes`;
    const owed = runSaid(s, way.size);
    return {
      placement: {
        cause: 'not-best-fit',
        says: `${s.need} bytes were put at ${s.at(s.result)}, ${chosen}; the smallest that fits is ${owed}`,
        clause: 'best fit: the smallest free run with size >= need, at its start',
      },
    };
  }
  if (isAt(s, way)) return wrongGrowth(s, way);
  const at = way.kind === 'grow' ? way.at : s.oldAddress;
  return {
    placement: {
      cause: 'not-at-the-end',
      says: `no free run fits ${s.need} bytes: the payload belongs at ${s.at(at)}, but it is at ${s.at(s.result)}`,
      clause: 'no fit: the last free run is extended, or a block is added at the break',
    },
  };
}

/** The run of that size as people find it: where it is, and whether it has yet to be coalesced. */
function runSaid(s: Situation, size: number): string {
  const { address, count } = s.before;
  let first = 0;
  while (first < count && runSizeAt(s.before, address[first] as Address) !== size) first++;
  const blocks = runEnd(s.before, first) - first;
  const parts = blocks > 1 ? `, ${blocks} FREE blocks in a row,` : '';
  return `the free run at ${s.at(address[first] as Address)}${parts} of ${size} bytes`;
}

function wrongGrowth(s: Situation, way: Way): Ruling {
  const first = s.before.end === s.before.start;
  return {
    syscalls: {
      cause: first ? 'preallocation' : 'growth',
      says: `${first ? 'at the first use of the heap ' : ''}the break must grow by ${way.growth} bytes for ${s.need}, but it moved by ${s.growth}`,
      clause: first
        ? 'the first use of the heap grows the break by exactly the preallocation'
        : 'the break grows by exactly what is missing',
    },
  };
}

/** The place is right; are the syscalls those of that way (undefined: of a release), and no others? */
function syscallsOf(s: Situation, way: Way | undefined): Ruling {
  const leavesMapping = s.oldMappingLength > 0 && way?.kind !== 'stay';
  const maps = way?.kind === 'map' ? 1 : 0;
  if (s.mapCount !== maps) {
    return extra('extra-mmap', `${maps} mmap belong to this call, but ${s.mapCount} were made`);
  }
  if (way === undefined && s.growth !== 0)
    return quiet(s, 'break-moved', 'free leaves the break alone');
  if (maps === 1) {
    const wrong = wrongMmap(s);
    if (wrong !== undefined) return wrong;
  }
  if (s.unmapCount !== (leavesMapping ? 1 : 0)) {
    return leavesMapping
      ? extra(
          'not-unmapped',
          `the mapping of ${s.oldMappingLength} bytes must be unmapped by this call, once`,
        )
      : extra('extra-munmap', `this call unmaps nothing, but ${s.unmapCount} munmap were made`);
  }
  return leavesMapping ? ruleMunmap(s) : LAWFUL;
}

function wrongMmap(s: Situation): Ruling | undefined {
  const { mapped } = s;
  if (mapped === undefined) return undefined;
  if (mapped.length !== s.block) {
    return extra(
      'mmap-length',
      `mmap of ${mapped.length} bytes, but header + payload are ${s.block}`,
    );
  }
  if (s.result - s.header !== mapped.result) {
    return {
      placement: {
        cause: 'mapping-offset',
        says: `the payload is at ${s.at(s.result)}, not ${s.header} bytes into its mapping ${hex(mapped.result)}`,
        clause: 'a mapped block is header, then payload, from the start of its mapping',
      },
    };
  }
  const plain =
    mapped.protection === (PROT_READ | PROT_WRITE) &&
    mapped.flags === (MAP_PRIVATE | MAP_ANONYMOUS) &&
    mapped.fd === -1 &&
    mapped.offset === 0 &&
    mapped.address === 0;
  return plain
    ? undefined
    : extra(
        'mmap-arguments',
        `mmap with ${otherArguments(s, mapped)}, where (NULL, block, RW, PRIVATE|ANON, -1, 0) is owed`,
      );
}

/** What is not as it should be: in words, or, of flags without a name here, in figures. */
function otherArguments(s: Situation, { address, protection, flags, fd, offset }: Syscall): string {
  const hint = address === 0 ? '0' : s.at(address);
  const named = mappingWay({ hint, protection, flags, fd, offset });
  return named === '' ? `protection ${hex(protection)}, flags ${hex(flags)}` : named;
}

function ruleMunmap(s: Situation): Ruling {
  const { unmapped } = s;
  if (unmapped === undefined) return LAWFUL;
  if (unmapped.address !== s.oldMapping || unmapped.length !== s.oldMappingLength) {
    return extra(
      'munmap-arguments',
      `munmap(${hex(unmapped.address)}, ${unmapped.length}), but the mapping is (${hex(s.oldMapping)}, ${s.oldMappingLength})`,
    );
  }
  return s.unmappedEarly
    ? extra('munmap-first', 'the old block was unmapped before the new one was there')
    : LAWFUL;
}

function quiet(s: Situation, cause: string, why: string): Ruling {
  const moved: Address = s.growth;
  if (moved === 0 && s.mapCount === 0 && s.unmapCount === 0) return LAWFUL;
  return extra(
    cause,
    `${why}, but it made syscalls: break moved by ${moved}, ${s.mapCount} mmap, ${s.unmapCount} munmap`,
  );
}

function extra(cause: string, says: string): Ruling {
  return {
    syscalls: { cause, says, clause: 'the syscalls of SPEC, in that order, none else' },
  };
}
