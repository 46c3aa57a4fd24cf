import { judges } from '../../contract/contract.ts';
import type { Breach, Invariant } from '../invariant.ts';
import { ALLOC } from '../runs.ts';
import type { Situation } from '../situation.ts';

/** Where robustness is not judged, what is done after a failure is judged as in any other call. */
export const failure: Invariant = {
  name: 'failure',
  statement:
    'After a failed syscall a call returns NULL with all as before, finds memory elsewhere, or ends the program.',
  tier: 'robustness',
  cost: 'B',
  applies: (s) => s.failed && judges(s.contract, 'robustness'),
  check(s) {
    if (!s.returned) {
      if (s.endedByFailure) return undefined;
      return ignored(s, `the call ${s.outcome} (${s.detail})`);
    }
    if (s.result === 0) return s.call === 'release' ? undefined : changedBy(s);
    const real = !s.wraps && !s.hopeless;
    if (real && (!s.contract.interposed || s.model.owns(s.result, s.bytes))) return undefined;
    return ignored(s, `${s.at(s.result)} was returned`);
  },
};

function ignored(s: Situation, what: string): Breach {
  return {
    cause: s.returned ? 'ignored' : s.outcome,
    says: `${s.attempt?.name ?? 'a syscall'} failed with ENOMEM, and ${what}`,
    clause: 'no call goes on as if a failed syscall had worked',
    damage: true,
  };
}

/** NULL was returned: the break, the mappings and every live block must be as before. (Other contracts than
 * osmem leave it open what an allocator does with memory that it got before the failure.) */
function changedBy(s: Situation): Breach | undefined {
  if (s.contract.placement === undefined) return undefined;
  const first = s.before.end === s.before.start;
  const preallocated = first && s.growth === s.contract.placement?.preallocation;
  if (s.growth !== 0 && !preallocated) {
    return changed('break', `the break moved by ${s.growth}`);
  }
  if (s.mapCount !== 0 || s.unmapCount !== 0) {
    return changed('mappings', `${s.mapCount} mmap and ${s.unmapCount} munmap remain`);
  }
  return s.walked ? changedBlock(s) : undefined;
}

/** The ALLOC blocks before and after, side by side; only realloc's own may have absorbed a run. */
function changedBlock(s: Situation): Breach | undefined {
  const { before, after } = s;
  let j = 0;
  for (let i = 0; i < before.count; i++) {
    if (before.status[i] !== ALLOC) continue;
    while (j < after.count && after.status[j] !== ALLOC) j++;
    const address = before.address[i] as number;
    if (j >= after.count || after.address[j] !== address) {
      return changed('block', `the live block at ${s.at(address)} is gone`);
    }
    const grown = (after.payloadSize[j] as number) - (before.payloadSize[i] as number);
    const own = address + s.header === s.oldAddress;
    if (own ? grown < 0 : grown !== 0) {
      return changed('block', `the block at ${s.at(address)} changed by ${grown} bytes`);
    }
    j++;
  }
  return undefined;
}

function changed(what: string, says: string): Breach {
  return {
    cause: `changed-${what}`,
    says: `a syscall failed and NULL was returned, but ${says}`,
    clause: 'after a NULL every live block, the mappings and the break are as before',
    damage: true,
  };
}
