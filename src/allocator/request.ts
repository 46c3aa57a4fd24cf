// From the bytes that a caller asks for to the bytes that a block needs, without ever wrapping.

import { addSizes, alignSize, multiplySizes, type SizeT } from '../contract/size-t.ts';
import { ALIGNMENT, HEADER } from './block.ts';

/** ALIGN8; undefined where that would pass 2^64-1. */
export function alignPayload(size: SizeT): SizeT | undefined {
  return alignSize(size, ALIGNMENT);
}

/** Bytes of the block around a payload; undefined where that would pass 2^64-1. */
export function addHeader(need: SizeT): SizeT | undefined {
  return addSizes(need, HEADER);
}

/** Bytes that calloc is asked for; undefined where the product would pass 2^64-1. */
export function checkedProduct(count: SizeT, size: SizeT): SizeT | undefined {
  return multiplySizes(count, size);
}

/** A request, measured: payload and block bytes, and whether the block is to be mapped. */
export interface Request {
  readonly need: SizeT;
  readonly block: SizeT;
  readonly mapped: boolean;
}
