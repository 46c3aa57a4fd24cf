// Mapped blocks: which ones are, and how they come and go.

import { type SizeT, sizeBelow } from '../contract/size-t.ts';
import { type Address, NULL } from '../memory/address.ts';
import { FAILED } from '../memory/memory.ts';
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from '../memory/syscall.ts';
import { blockSize, HEADER, MAPPED, writeHeader } from './block.ts';
import type { Heap } from './heap.ts';

/** malloc and realloc: the block counts, header included. */
export function isMappedMalloc(heap: Heap, block: SizeT): boolean {
  return heap.memory.maps && !sizeBelow(block, heap.mmapThreshold);
}

/** calloc: from a page on, so that the operating system does the zeroing. */
export function isMappedCalloc(heap: Heap, block: SizeT): boolean {
  return heap.memory.maps && !sizeBelow(block, heap.rules.pageSize);
}

/** A block of `block` bytes in a mapping of its own; NULL if there is none to be had. */
export function mapBlock(heap: Heap, block: SizeT): Address {
  const { memory } = heap;
  const at = memory.mmap(NULL, block, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at === FAILED) return NULL;
  writeHeader(memory, at, Number(block) - HEADER, MAPPED);
  return at;
}

/** Gives the whole mapping back, header and payload. */
export function releaseMapping(heap: Heap, block: Address): void {
  heap.memory.munmap(block, blockSize(heap.memory, block));
}

/**
 * With a dynamic threshold: a freed mapping shows what size comes and goes, and from then on only blocks
 * of that size or more (of the cap or more, if it is lower) are mapped.
 */
export function raiseThreshold(heap: Heap, freedBlock: number): void {
  const dynamic = heap.rules.dynamicThreshold;
  if (dynamic === undefined) return;
  heap.mmapThreshold = Math.max(heap.mmapThreshold, Math.min(freedBlock, dynamic.cap));
}
