// realloc, for blocks that exist: shrink in place, grow in place, or move.

import { type Address, NULL } from '../memory/address.ts';
import { MAPPED, payloadOf, payloadSize, statusOf } from './block.ts';
import type { Heap } from './heap.ts';
import { placeBlock } from './place.ts';
import type { Request } from './request.ts';

/** 'move': not in place, look elsewhere. 'failed': its place was at the break, which did not grow. */
export type Growth = 'grown' | 'move' | 'failed';

/** The block's new place, or its old one; NULL (and the old block as it was) if there is no memory. */
export function reallocateBlock(heap: Heap, block: Address, request: Request): Address {
  const { memory, parts } = heap;
  const size = payloadSize(memory, block);
  const { need, mapped } = request;
  if (statusOf(memory, block) === MAPPED) {
    return need === size ? block : parts.moveBlock(heap, block, size, request);
  }
  // From here on `need` is a number, or the block is to be mapped.
  if (!(need <= size)) {
    const growth = mapped ? 'move' : parts.growBlock(heap, block, need as number);
    if (growth === 'failed') return NULL;
    if (growth === 'move') return parts.moveBlock(heap, block, size, request);
  }
  parts.splitBlock(heap, block, need as number);
  return block;
}

/**
 * Grows a heap block where it is. The last block grows with the break, even if a hole elsewhere would
 * fit. A block that the run behind it has made the last one does so only if no hole fits.
 */
export function growBlock(heap: Heap, block: Address, need: number): Growth {
  const { parts } = heap;
  const wasLast = parts.isLast(heap, block);
  if (!wasLast) {
    if (parts.expandInPlace(heap, block, need)) return 'grown';
    if (!parts.isLast(heap, block)) return 'move';
    parts.coalesceAll(heap);
    if (parts.findBestFit(heap, need) !== NULL) return 'move';
  }
  return parts.growLast(heap, block, need) ? 'grown' : 'failed';
}

/** The new block first, then the bytes, then the old block is released: nothing is lost on failure. */
export function moveBlock(heap: Heap, block: Address, kept: number, request: Request): Address {
  const { parts } = heap;
  const target = placeBlock(heap, request);
  if (target === NULL) return NULL;
  parts.copyPayload(heap, payloadOf(target), payloadOf(block), kept, request.need as number);
  parts.releaseMoved(heap, block);
  heap.counters.moves += 1;
  return target;
}
