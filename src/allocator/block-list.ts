// The list of heap blocks, in order of address, linked through their headers.

import { type Address, NULL } from '../memory/address.ts';
import { nextOf, setNext, setPrevious } from './block.ts';
import type { Heap } from './heap.ts';

/** Puts a block, whose header is written, behind `previous`; as the first if that is NULL. */
export function linkAfter(heap: Heap, previous: Address, block: Address): void {
  const { memory } = heap;
  const next = previous === NULL ? heap.head : nextOf(memory, previous);
  setPrevious(memory, block, previous);
  setNext(memory, block, next);
  if (previous === NULL) heap.head = block;
  else setNext(memory, previous, block);
  if (next !== NULL) setPrevious(memory, next, block);
}

/** Takes out the block behind `previous`, which must have one. */
export function unlinkAfter(heap: Heap, previous: Address): void {
  const { memory } = heap;
  const next = nextOf(memory, nextOf(memory, previous));
  setNext(memory, previous, next);
  if (next !== NULL) setPrevious(memory, next, previous);
}

/** NULL while the heap has no block. */
export function lastBlock(heap: Heap): Address {
  const { memory } = heap;
  let last = NULL;
  for (let block = heap.head; block !== NULL; block = nextOf(memory, block)) last = block;
  return last;
}

/** Whether no block follows: this block ends at the break. */
export function isLast(heap: Heap, block: Address): boolean {
  return nextOf(heap.memory, block) === NULL;
}
