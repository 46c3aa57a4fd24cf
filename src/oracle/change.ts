// What a step did to the blocks of the heap, judged without looking at those that it left alone.
//
// One claim is carried from step to step: the ALLOC blocks are exactly those of the live heap payloads,
// each long enough, and all else is FREE. It holds for a heap that nobody has used, and while each step
// changes no ALLOC block but the one that its op takes back and the one that it gives out. Once it fails,
// it is not claimed again in that trace.

import type { BlockColumns, HeapBlocks } from '../target/heap-blocks.ts';
import { ALLOC, FREE } from './runs.ts';

export class BlockChange {
  /** Whether the claim holds. */
  holds = true;
  /** FREE blocks straight behind another FREE one. */
  adjacent = 0;

  begin(): void {
    this.holds = true;
    this.adjacent = 0;
  }

  /**
   * Looks at a step that takes back the ALLOC block whose header is at `taken` (bytes from heap start, or
   * -1), and gives out the one at `given`: whether the claim still holds after it. Where it does not, the
   * step is for the invariants to judge, and `holds` is false from here on.
   */
  follow(heap: HeapBlocks, taken: number, given: number): boolean {
    if (!this.holds) return false;
    if (!heap.changed) {
      this.holds = taken === given;
      return this.holds;
    }
    const stays = taken === given && !isRemoved(heap, taken);
    this.holds = isOwn(heap, stays ? -1 : taken, stays ? -1 : given);
    this.adjacent += pairsNow(heap) - pairsBefore(heap);
    return this.holds;
  }
}

function isRemoved({ blocks, same, removed }: HeapBlocks, at: number): boolean {
  for (let i = same; i < same + removed; i++) if (blocks.offset[i] === at) return true;
  return false;
}

/** Whether of all ALLOC blocks that one alone went, and this one alone came. Both lists ascend: what was
 * ALLOC and is not the op's own must still be there, as it was. */
function isOwn(
  { blocks, added, same, removed }: HeapBlocks,
  taken: number,
  given: number,
): boolean {
  const end = same + removed;
  let old = same;
  let now = 0;
  let took = taken < 0;
  let gave = given < 0;
  for (;;) {
    while (old < end && blocks.status[old] === FREE) old++;
    while (now < added.count && added.status[now] === FREE) now++;
    if (now < added.count && added.status[now] !== ALLOC) return false;
    if (old < end && blocks.offset[old] === taken) {
      took = true;
      old++;
    } else if (now < added.count && added.offset[now] === given) {
      gave = true;
      now++;
    } else if (old === end && now === added.count) {
      return took && gave;
    } else if (!isSame(blocks, old++, end, added, now++)) {
      return false;
    }
  }
}

function isSame(
  blocks: BlockColumns,
  old: number,
  oldEnd: number,
  added: BlockColumns,
  now: number,
): boolean {
  if (old >= oldEnd || now >= added.count) return false;
  return (
    blocks.offset[old] === added.offset[now] && blocks.payloadSize[old] === added.payloadSize[now]
  );
}

/** Pairs of adjacent FREE blocks among the removed ones and their neighbours. */
function pairsBefore({ blocks, same, removed }: HeapBlocks): number {
  const { status, count } = blocks;
  const end = same + removed < count ? same + removed : count - 1;
  let pairs = 0;
  for (let i = same > 0 ? same : 1; i <= end; i++) {
    if (status[i] === FREE && status[i - 1] === FREE) pairs++;
  }
  return pairs;
}

/** The same among those that came instead. */
function pairsNow({ blocks, added, same, removed }: HeapBlocks): number {
  let before = same > 0 ? blocks.status[same - 1] : ALLOC;
  let pairs = 0;
  for (let i = 0; i < added.count; i++) {
    if (before === FREE && added.status[i] === FREE) pairs++;
    before = added.status[i];
  }
  const behind = same + removed;
  if (behind < blocks.count && before === FREE && blocks.status[behind] === FREE) pairs++;
  return pairs;
}
