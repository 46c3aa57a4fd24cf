import { storedSize } from '../../contract/size-t.ts';
import type { Address } from '../../memory/address.ts';
import type { Breach, Invariant } from '../invariant.ts';
import { blockAt } from '../runs.ts';
import type { Situation } from '../situation.ts';

export const blockList: Invariant = {
  name: 'block-list',
  statement:
    'From heap start to the break, headers and payloads tile the heap; links, where judged, follow it.',
  tier: 'structure',
  cost: '1; B where links are judged',
  applies: (s) => s.returned && s.contract.placement !== undefined && (s.after.taken || s.headless),
  check(s) {
    if (s.headless) return unknownHeader(s);
    return tiling(s) ?? shortBlock(s) ?? (s.contract.links ? links(s) : undefined);
  },
};

function unknownHeader(s: Situation): Breach {
  const offset = s.result - s.model.heapStart;
  return {
    cause: 'header',
    says: `the first heap payload is ${offset} bytes from heap start, where a header of ${s.contract.placement?.headers.join(' or ')} bytes must end`,
    clause: 'blocks tile the heap from its start: header, then payload',
    damage: true,
  };
}

function tiling(s: Situation): Breach | undefined {
  const { flaw, flawAt, flawSize, end } = s.after;
  if (flaw === '') return undefined;
  const counted = countedHeader(s);
  if (counted !== undefined) return counted;
  const stored = `the header at ${s.at(flawAt)} says ${storedSize(flawSize)} bytes`;
  const ends = Number.isSafeInteger(flawSize)
    ? `which ends at ${s.at(flawAt + s.header + flawSize)}, beyond`
    : 'far beyond';
  const says = {
    overrun: `${stored}, ${ends} the break at ${s.at(end)}`,
    'too-small': `${stored}: a payload has at least 8`,
    unreadable: `there is no room for the header at ${s.at(flawAt)} before the break at ${s.at(end)}`,
    'too-many': `more blocks than the heap can hold, at ${s.at(flawAt)}`,
  }[flaw];
  return {
    cause: 'untiled', // which flaw the walk meets first depends on what lies there
    says,
    clause: 'each size leads to the next header and in the end exactly to the break',
    damage: true,
  };
}

/** Some store the size of the whole block: then the walk ends beside the next header, whatever is there. */
function countedHeader(s: Situation): Breach | undefined {
  if (!s.gaveMemory || !s.model.inHeap(s.result)) return undefined;
  const index = blockAt(s.after, s.result - s.header);
  if (index < 0 || s.after.payloadSize[index] !== s.block) return undefined;
  return {
    cause: 'untiled',
    says: `the header of ${s.at(s.result)} says ${s.block} bytes, where the payload is ${s.need}: it counts the header of ${s.header}, and leads ${s.header} bytes past the next one`,
    clause: 'size is the payload, header not counted: each leads to the next header',
    damage: true,
  };
}

function shortBlock(s: Situation): Breach | undefined {
  if (!s.gaveMemory || !s.model.inHeap(s.result)) return undefined;
  const index = blockAt(s.after, s.result - s.header);
  if (index < 0 || (s.after.payloadSize[index] as number) >= s.need) return undefined;
  return {
    cause: 'short',
    says: `the header of ${s.at(s.result)} says ${s.after.payloadSize[index]} bytes, fewer than the ${s.bytes} asked for`,
    clause: 'size is the payload, header not counted',
    damage: true,
  };
}

/** Every block's next must be the block behind it, or a live mapped block; prev, if used, its inverse. */
function links(s: Situation): Breach | undefined {
  const { after } = s;
  const { count, address, word16, word24 } = after;
  const swapped = count > 1 && word24[0] !== address[1] && word16[0] === address[1];
  const next = s.header < 32 || swapped ? word16 : word24;
  const prev = s.header < 32 ? undefined : swapped ? word24 : word16;
  for (let i = 0; i < count; i++) {
    const here = address[i] as Address;
    const behind = i + 1 < count ? (address[i + 1] as Address) : 0;
    if (next[i] !== behind && !isElsewhere(s, next[i] as Address)) {
      return disagree(s, 'next', here, behind, next[i] as Address);
    }
    const ahead = i > 0 ? (address[i - 1] as Address) : 0;
    if (prev !== undefined && prev[i] !== ahead && !isElsewhere(s, prev[i] as Address)) {
      return disagree(s, 'prev', here, ahead, prev[i] as Address);
    }
  }
  return undefined;
}

/** The header of a mapped block in the same list, or the head of a circular one. */
function isElsewhere(s: Situation, link: Address): boolean {
  if (link === s.after.start && link !== 0) return true;
  return (
    !s.model.inHeap(link) && (s.model.slotAt(link + s.header) >= 0 || link + s.header === s.result)
  );
}

function disagree(s: Situation, link: string, at: Address, owed: Address, found: Address): Breach {
  return {
    cause: `link-${link}`,
    says: `${link} of the block at ${s.at(at)} is ${s.at(found)}, not ${s.at(owed)}`,
    clause: 'the list leads from each block to the one behind it and back',
  };
}
