// The heap: what there is of state outside of the memory, and how the break is made to grow.

import { type Address, NULL } from '../memory/address.ts';
import { FAILED, type Memory } from '../memory/memory.ts';
import { FREE, HEADER, isFree, payloadSize, setPayloadSize, writeHeader } from './block.ts';
import { lastBlock, linkAfter } from './block-list.ts';
import type { AllocatorParts } from './parts.ts';
import type { AllocatorRules } from './rules.ts';

/** How often blocks were reshaped: for reports, never for decisions. */
export interface Counters {
  splits: number;
  merges: number;
  /** Reallocations that copied. */
  moves: number;
  /** Calls that found no memory or refused a size. */
  failures: number;
}

export interface Heap {
  readonly memory: Memory;
  readonly parts: AllocatorParts;
  readonly rules: AllocatorRules;
  /** The first block; NULL before the first use. */
  head: Address;
  /** The break. */
  end: Address;
  preallocated: boolean;
  /** ENOMEM once a call found no memory or refused a size; calls that succeed leave it alone. */
  errno: number;
  /** malloc and realloc map blocks of this many bytes or more. Moves only with a dynamic threshold. */
  mmapThreshold: number;
  readonly counters: Counters;
}

export function createHeap(memory: Memory, parts: AllocatorParts, rules: AllocatorRules): Heap {
  return {
    memory,
    parts,
    rules,
    head: NULL,
    end: memory.heapStart,
    preallocated: false,
    errno: 0,
    mmapThreshold: rules.mmapThreshold,
    counters: { splits: 0, merges: 0, moves: 0, failures: 0 },
  };
}

/**
 * An ALLOCATED heap block of `need` payload bytes (and at most a rest too small to split off); NULL if
 * the break cannot grow. In order: preallocation, coalescing, best fit, growth.
 */
export function takeBlock(heap: Heap, need: number): Address {
  const { parts } = heap;
  if (!parts.preallocate(heap)) return NULL;
  parts.coalesceAll(heap);
  let block = parts.findBestFit(heap, need);
  if (block === NULL) block = parts.growHeap(heap, need);
  if (block === NULL) return NULL;
  parts.splitBlock(heap, block, need);
  parts.markAllocated(heap, block);
  return block;
}

/** Once in the life of the heap: one large FREE block. False if the break cannot grow. */
export function preallocate(heap: Heap): boolean {
  if (heap.preallocated) return true;
  if (heap.parts.appendBlock(heap, heap.rules.preallocation - HEADER) === NULL) return false;
  heap.preallocated = true;
  return true;
}

/** A FREE block of `need` bytes at the end of the heap: the last one grown, if it is FREE, else new. */
export function growHeap(heap: Heap, need: number): Address {
  const { memory, parts } = heap;
  const last = lastBlock(heap);
  if (last === NULL || !isFree(memory, last)) return parts.appendBlock(heap, need);
  return parts.growLast(heap, last, need) ? last : NULL;
}

/** Moves the break by exactly what the last block lacks. False, and nothing changed, if it cannot. */
export function growLast(heap: Heap, last: Address, need: number): boolean {
  const missing = need - payloadSize(heap.memory, last);
  if (heap.parts.moveBreak(heap, missing) === FAILED) return false;
  setPayloadSize(heap.memory, last, need);
  return true;
}

/** A new FREE block behind the last one, for which the break grows by exactly its size; or NULL. */
export function appendBlock(heap: Heap, need: number): Address {
  const block = heap.parts.moveBreak(heap, HEADER + need);
  if (block === FAILED) return NULL;
  const last = lastBlock(heap);
  writeHeader(heap.memory, block, need, FREE);
  linkAfter(heap, last, block);
  return block;
}

/** Returns the break before, or FAILED. */
export function moveBreak(heap: Heap, delta: number): Address {
  const before = heap.memory.sbrk(delta);
  if (before !== FAILED) heap.end = before + delta;
  return before;
}
