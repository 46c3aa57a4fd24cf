import type { Address } from '../../memory/address.ts';
import type { Breach, Invariant } from '../invariant.ts';
import { ALLOC, blockAt, FREE } from '../runs.ts';
import type { Situation } from '../situation.ts';

/**
 * The payload that the op gave or took is looked up, the others are counted: those that the step left
 * alone were judged before. A wrong status ends the trace, because every later search goes by it.
 */
export const status: Invariant = {
  name: 'status',
  statement:
    'Every status is FREE or ALLOC, and the ALLOC blocks are exactly the live heap payloads.',
  tier: 'structure',
  cost: 'B, and L for each changed block',
  applies: (s) => s.returned && s.after.taken && s.after.flaw === '',
  check(s) {
    const breach = wrong(s);
    return breach === undefined ? undefined : { ...breach, damage: true };
  },
};

function wrong(s: Situation): Breach | undefined {
  const { after } = s;
  let allocated = 0;
  let marks = 0;
  for (let i = 0; i < after.count; i++) {
    const found = after.status[i];
    if (found === ALLOC) {
      allocated++;
      marks += markOf((after.address[i] as Address) + s.header);
    } else if (found !== FREE) return unknownStatus(s, i);
  }
  const isOwned = allocated === s.liveInHeapAfter && marks === marksOfLive(s);
  return wrongOwn(s) ?? (isOwned ? undefined : stray(s, allocated));
}

/** Their sum tells whether two sets of payloads are the same, without a search for each: as many of both do not
 * settle it, for a header may have moved. */
function markOf(payload: Address): number {
  const low = (payload % 4294967296) | 0;
  return Math.imul(low ^ (low >>> 13), 0x5bd1e995) >>> 0;
}

function marksOfLive(s: Situation): number {
  const { model, result } = s;
  let marks = 0;
  for (const slot of model.live) {
    const address = model.address[slot] as Address;
    const isGone = s.oldInHeap && !s.oldKept && address === s.oldAddress;
    if (!isGone && address !== result && model.inHeap(address)) marks += markOf(address);
  }
  const isHeld = s.gaveMemory || (s.oldKept && result === s.oldAddress);
  return isHeld && model.inHeap(result) ? marks + markOf(result) : marks;
}

function unknownStatus(s: Situation, index: number): Breach {
  return {
    cause: 'unknown',
    says: `the block at ${s.at(s.after.address[index] as Address)} has status ${s.after.status[index]}`,
    clause: 'the status of a heap block is 0 (FREE) or 1 (ALLOC)',
  };
}

/** The payload given out must be ALLOC, the one taken back must not. */
function wrongOwn(s: Situation): Breach | undefined {
  if (s.gaveMemory && s.model.inHeap(s.result)) {
    const index = blockAt(s.after, s.result - s.header);
    if (index < 0 || s.after.status[index] !== ALLOC) {
      return {
        cause: 'not-alloc',
        says: `the payload ${s.at(s.result)} given out ${index < 0 ? 'has no block: from heap start, size by size, no header is met there' : 'is FREE'}`,
        clause: 'a block given out is ALLOC',
      };
    }
  }
  if (!s.oldInHeap || s.oldKept) return undefined;
  const index = blockAt(s.after, s.oldAddress - s.header);
  if (index < 0 || s.after.status[index] === FREE) return undefined;
  return {
    cause: 'not-free',
    says: `the block at ${s.at(s.oldAddress - s.header)} was freed, but its status is still ALLOC`,
    clause: 'os_free marks a heap block FREE',
  };
}

function stray(s: Situation, allocated: number): Breach | undefined {
  for (let i = 0; i < s.after.count; i++) {
    if (s.after.status[i] !== ALLOC) continue;
    const payload = (s.after.address[i] as Address) + s.header;
    if (payload !== s.result && s.model.slotAt(payload) < 0) {
      return {
        cause: 'stray-alloc',
        says: `the block at ${s.at(s.after.address[i] as Address)} is ALLOC, but nobody owns it`,
        clause: 'ALLOC blocks are the live heap payloads',
      };
    }
  }
  return allocated === s.liveInHeapAfter ? undefined : missing(s, allocated);
}

function missing(s: Situation, allocated: number): Breach {
  for (const slot of s.model.live) {
    const address = s.model.address[slot] as Address;
    if (!s.model.inHeap(address) || (address === s.oldAddress && !s.oldKept)) continue;
    const index = blockAt(s.after, address - s.header);
    if (index >= 0 && s.after.status[index] === ALLOC) continue;
    return {
      cause: 'live-not-alloc',
      says: `p${slot} at ${s.at(address)} is live, but ${index < 0 ? 'from heap start, size by size, its header is not met' : 'its block is FREE'}`,
      clause: 'ALLOC blocks are the live heap payloads',
    };
  }
  return {
    cause: 'count',
    says: `${allocated} blocks are ALLOC, but ${s.liveInHeapAfter} heap payloads are live`,
    clause: 'ALLOC blocks are the live heap payloads',
  };
}
