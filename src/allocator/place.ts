// A new block for a request: in a mapping or on the heap.

import type { Address } from '../memory/address.ts';
import { type Heap, takeBlock } from './heap.ts';
import type { Request } from './request.ts';

/** The block, ALLOCATED or MAPPED; NULL if there is no memory. */
export function placeBlock(heap: Heap, request: Request): Address {
  if (request.mapped) return heap.parts.mapBlock(heap, request.block);
  return takeBlock(heap, request.need as number);
}
