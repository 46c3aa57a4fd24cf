import type { Address } from '../../memory/address.ts';
import type { HeapWalk } from '../../target/execution.ts';
import type { Invariant } from '../invariant.ts';
import { FREE } from '../runs.ts';

export const coalescing: Invariant = {
  name: 'coalescing',
  statement: 'After a call that returned a new heap payload no two FREE blocks are adjacent.',
  tier: 'structure',
  cost: 'B',
  applies: (s) => s.newHeapPayload && !s.failed && s.after.taken && s.after.flaw === '',
  check(s) {
    const { count, status, address } = s.after;
    // The block that this realloc has just freed, alone or merged with one neighbour, may lie beside
    // another free one until the next search.
    const justFreed = s.oldInHeap ? s.oldAddress - s.header : -1;
    for (let i = 1; i < count; i++) {
      if (status[i] !== FREE || status[i - 1] !== FREE) continue;
      if (holds(s.after, i, justFreed) || holds(s.after, i - 1, justFreed)) continue;
      return {
        cause: 'adjacent',
        says: `the FREE blocks at ${s.at(address[i - 1] as Address)} and ${s.at(address[i] as Address)} are adjacent`,
        clause: 'before each search, all runs of adjacent free blocks are coalesced',
      };
    }
    return undefined;
  },
};

function holds(heap: HeapWalk, index: number, header: Address): boolean {
  const end = index + 1 < heap.count ? heap.address[index + 1] : heap.end;
  return (heap.address[index] as Address) <= header && header < (end as Address);
}
