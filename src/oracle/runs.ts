// Questions to a walked heap. A run is a maximal sequence of adjacent FREE blocks; its size is that of
// the one block that coalescing would make of it.

import type { Address } from '../memory/address.ts';
import type { HeapWalk } from '../target/execution.ts';

export const FREE = 0;
export const ALLOC = 1;

/** The size of the smallest run of at least `need` bytes, or -1. */
export function bestFit(heap: HeapWalk, need: number): number {
  let best = -1;
  const { count, header, payloadSize, status } = heap;
  for (let i = 0; i < count; i++) {
    if (status[i] !== FREE) continue;
    let size = payloadSize[i] as number;
    while (i + 1 < count && status[i + 1] === FREE) size += header + (payloadSize[++i] as number);
    if (size >= need && (best < 0 || size < best)) best = size;
  }
  return best;
}

/** The size of the run whose first header is at `address`; -1 if no run starts there. */
export function runSizeAt(heap: HeapWalk, address: Address): number {
  const index = blockAt(heap, address);
  if (index < 0 || heap.status[index] !== FREE) return -1;
  if (index > 0 && heap.status[index - 1] === FREE) return -1;
  return runSizeFrom(heap, index);
}

/** The size of the run that begins with block `index`, 0 if that is not FREE or not there. */
export function runSizeFrom(heap: HeapWalk, index: number): number {
  if (index >= heap.count || heap.status[index] !== FREE) return 0;
  let size = heap.payloadSize[index] as number;
  for (let i = index + 1; i < heap.count && heap.status[i] === FREE; i++) {
    size += heap.header + (heap.payloadSize[i] as number);
  }
  return size;
}

/** The first block after `index` that is not FREE: `count` if the run reaches the break. */
export function runEnd(heap: HeapWalk, index: number): number {
  let i = index;
  while (i < heap.count && heap.status[i] === FREE) i++;
  return i;
}

/** The index of the first block of the run that ends the heap, or -1. */
export function tailRun(heap: HeapWalk): number {
  let index = heap.count;
  while (index > 0 && heap.status[index - 1] === FREE) index--;
  return index < heap.count ? index : -1;
}

/** The index of the block whose header is at `address`, or -1. Addresses ascend. */
export function blockAt(heap: HeapWalk, address: Address): number {
  let low = 0;
  let high = heap.count - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = heap.address[middle] as Address;
    if (found === address) return middle;
    if (found < address) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
