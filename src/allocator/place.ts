// A new block for a request: in a mapping or on the heap.

import { type Address, NULL } from '../memory/address.ts';
import { type Heap, takeBlock } from './heap.ts';
import type { Request } from './request.ts';

/** The block, ALLOCATED or MAPPED; NULL if there is no memory. */
export function placeBlock(heap: Heap, request: Request): Address {
  const { need, block, mapped } = request;
  if (mapped) return heap.parts.mapBlock(heap, block);
  // Only memory that cannot map gets here with a size beyond 2^53, and it has no such heap either.
  return typeof block === 'number' ? takeBlock(heap, need as number) : NULL;
}
