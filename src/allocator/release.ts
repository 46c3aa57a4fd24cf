// Giving blocks up.

import type { Address } from '../memory/address.ts';
import { blockSize, MAPPED, statusOf } from './block.ts';
import type { Heap } from './heap.ts';

/** A heap block becomes FREE; a mapped one goes back to the operating system, at once and whole. */
export function releaseBlock(heap: Heap, block: Address): void {
  const { memory, parts } = heap;
  if (statusOf(memory, block) !== MAPPED) {
    parts.markFree(heap, block);
    return;
  }
  const freed = blockSize(memory, block);
  parts.releaseMapping(heap, block);
  parts.raiseThreshold(heap, freed);
}
