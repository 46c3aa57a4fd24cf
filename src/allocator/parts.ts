// The parts that the allocator is built from, each a small function under its own name, so that a reader
// finds it and a mutant replaces it. Parts call one another through `heap.parts`.

import type { SizeT } from '../contract/size-t.ts';
import type { Address } from '../memory/address.ts';
import { ALLOCATED, FREE, isFree, setStatus } from './block.ts';
import { isLast } from './block-list.ts';
import { findBestFit } from './fit.ts';
import { appendBlock, growHeap, growLast, type Heap, moveBreak, preallocate } from './heap.ts';
import {
  isMappedCalloc,
  isMappedMalloc,
  mapBlock,
  raiseThreshold,
  releaseMapping,
} from './mapping.ts';
import { type Growth, growBlock, moveBlock } from './reallocate.ts';
import { releaseBlock } from './release.ts';
import { addHeader, alignPayload, checkedProduct, type Request } from './request.ts';
import {
  canMergeNext,
  coalesceAll,
  expandInPlace,
  isWorthSplitting,
  mergeNext,
  splitBlock,
} from './reshape.ts';

export interface AllocatorParts {
  // What a request needs; undefined refuses it.
  readonly alignPayload: (size: SizeT) => SizeT | undefined;
  readonly addHeader: (need: SizeT) => SizeT | undefined;
  readonly checkedProduct: (count: SizeT, size: SizeT) => SizeT | undefined;

  // Where a block of so many bytes, header included, goes.
  readonly isMappedMalloc: (heap: Heap, block: SizeT) => boolean;
  readonly isMappedCalloc: (heap: Heap, block: SizeT) => boolean;
  readonly isMappedRealloc: (heap: Heap, block: SizeT) => boolean;

  // Heap blocks.
  readonly preallocate: (heap: Heap) => boolean;
  readonly coalesceAll: (heap: Heap) => void;
  readonly findBestFit: (heap: Heap, need: number) => Address;
  readonly growHeap: (heap: Heap, need: number) => Address;
  readonly growLast: (heap: Heap, last: Address, need: number) => boolean;
  readonly appendBlock: (heap: Heap, need: number) => Address;
  readonly moveBreak: (heap: Heap, delta: number) => Address;
  readonly isWorthSplitting: (rest: number) => boolean;
  readonly splitBlock: (heap: Heap, block: Address, need: number) => void;
  readonly canMergeNext: (heap: Heap, block: Address) => boolean;
  readonly mergeNext: (heap: Heap, block: Address) => void;
  readonly expandInPlace: (heap: Heap, block: Address, need: number) => boolean;
  readonly isLast: (heap: Heap, block: Address) => boolean;
  readonly markAllocated: (heap: Heap, block: Address) => void;
  readonly markFree: (heap: Heap, block: Address) => void;

  // Mapped blocks.
  readonly mapBlock: (heap: Heap, block: SizeT) => Address;
  readonly releaseMapping: (heap: Heap, block: Address) => void;
  readonly raiseThreshold: (heap: Heap, freedBlock: number) => void;

  /** Whether the header says that the block is not in use: a second free, a realloc after free. */
  readonly isStale: (heap: Heap, block: Address) => boolean;
  /** What realloc does with a heap block that has to grow, and with any block that has to move. */
  readonly growBlock: (heap: Heap, block: Address, need: number) => Growth;
  readonly moveBlock: (heap: Heap, block: Address, kept: number, request: Request) => Address;
  /** Gives up the block that a realloc has moved away from. */
  readonly releaseMoved: (heap: Heap, block: Address) => void;

  // Payloads.
  readonly copyPayload: (
    heap: Heap,
    to: Address,
    from: Address,
    kept: number,
    need: number,
  ) => void;
  readonly zeroPayload: (heap: Heap, payload: Address, length: number) => void;
}

export const soundParts: AllocatorParts = {
  alignPayload,
  addHeader,
  checkedProduct,
  isMappedMalloc,
  isMappedCalloc,
  isMappedRealloc: isMappedMalloc,
  preallocate,
  coalesceAll,
  findBestFit,
  growHeap,
  growLast,
  appendBlock,
  moveBreak,
  isWorthSplitting,
  splitBlock,
  canMergeNext,
  mergeNext,
  expandInPlace,
  isLast,
  markAllocated,
  markFree,
  mapBlock,
  releaseMapping,
  raiseThreshold,
  isStale: (heap, block) => isFree(heap.memory, block),
  growBlock,
  moveBlock,
  releaseMoved: releaseBlock,
  copyPayload,
  zeroPayload,
};

function markAllocated(heap: Heap, block: Address): void {
  setStatus(heap.memory, block, ALLOCATED);
}

function markFree(heap: Heap, block: Address): void {
  setStatus(heap.memory, block, FREE);
}

/** Copies what both payloads have: `kept` bytes are in the old one, `need` in the new one. */
function copyPayload(heap: Heap, to: Address, from: Address, kept: number, need: number): void {
  heap.memory.copy(to, from, Math.min(kept, need));
}

function zeroPayload(heap: Heap, payload: Address, length: number): void {
  heap.memory.fill(payload, length, 0);
}
