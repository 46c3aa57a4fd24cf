// Best fit.

import { type Address, NULL } from '../memory/address.ts';
import { isFree, nextOf, payloadSize } from './block.ts';
import type { Heap } from './heap.ts';

/** The smallest FREE block of `need` bytes or more, the lowest of equals; NULL if there is none. */
export function findBestFit(heap: Heap, need: number): Address {
  const { memory } = heap;
  let best = NULL;
  let bestSize = Number.MAX_VALUE;
  for (let block = heap.head; block !== NULL; block = nextOf(memory, block)) {
    if (!isFree(memory, block)) continue;
    const size = payloadSize(memory, block);
    if (size >= need && size < bestSize) {
      best = block;
      bestSize = size;
    }
  }
  return best;
}
