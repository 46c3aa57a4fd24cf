// The heap block by block, with what each step changed, for targets that tell walks alone (the built-in): what is
// alike at both ends of two walks stayed as it was.

import type { HeapWalk } from '../target/execution.ts';
import { type BlockColumns, HeapBlocks, type HeapFrame } from '../target/heap-blocks.ts';

export class WalkBlocks {
  readonly heap = new HeapBlocks(0, false);

  begin(): void {
    this.heap.reset();
  }

  /** The walk after the next step that made a call. */
  follow(walk: HeapWalk): HeapBlocks {
    const { heap } = this;
    heap.settle();
    const { blocks, added, frameAfter } = heap;
    const { count, start } = walk;
    const shorter = Math.min(blocks.count, count);
    let same = 0;
    while (same < shorter && isSame(blocks, same, walk, same)) same++;
    let behind = 0;
    const most = shorter - same;
    while (behind < most && isSame(blocks, blocks.count - 1 - behind, walk, count - 1 - behind)) {
      behind++;
    }
    heap.same = same;
    heap.removed = blocks.count - same - behind;
    added.count = 0;
    added.reserve(count - same - behind, false);
    for (let i = same; i < count - behind; i++) {
      const at = added.count++;
      added.offset[at] = (walk.address[i] as number) - start;
      added.payloadSize[at] = walk.payloadSize[i] as number;
      added.status[at] = walk.status[i] as number;
    }
    heap.changed = added.count > 0 || heap.removed > 0 || isOther(heap.frame, walk);
    frameAfter.taken = walk.taken;
    frameAfter.header = walk.header;
    frameAfter.end = walk.end - start;
    frameAfter.flaw = walk.flaw;
    return heap;
  }
}

function isSame(
  { offset, payloadSize, status }: BlockColumns,
  i: number,
  walk: HeapWalk,
  j: number,
) {
  return (
    offset[i] === (walk.address[j] as number) - walk.start &&
    payloadSize[i] === walk.payloadSize[j] &&
    status[i] === walk.status[j]
  );
}

function isOther({ taken, header, flaw }: HeapFrame, walk: HeapWalk): boolean {
  return taken !== walk.taken || header !== walk.header || flaw !== walk.flaw;
}
