// How blocks change their shape: split in two, coalesced into one, expanded over what follows.

import { type Address, NULL } from '../memory/address.ts';
import {
  blockSize,
  FREE,
  HEADER,
  isFree,
  nextOf,
  payloadOf,
  payloadSize,
  SMALLEST_PAYLOAD,
  setPayloadSize,
  writeHeader,
} from './block.ts';
import { linkAfter, unlinkAfter } from './block-list.ts';
import type { Heap } from './heap.ts';

/**
 * Cuts a block down to `need` payload bytes; the rest becomes a FREE block, if it can hold a header and
 * the smallest payload. Otherwise the block keeps it.
 */
export function splitBlock(heap: Heap, block: Address, need: number): void {
  const rest = payloadSize(heap.memory, block) - need;
  if (!heap.parts.isWorthSplitting(rest)) return;
  const remainder = payloadOf(block) + need;
  setPayloadSize(heap.memory, block, need);
  writeHeader(heap.memory, remainder, rest - HEADER, FREE);
  linkAfter(heap, block, remainder);
  heap.counters.splits += 1;
}

/** Whether `rest` bytes behind a payload can be a block of their own. */
export function isWorthSplitting(rest: number): boolean {
  return rest >= HEADER + SMALLEST_PAYLOAD;
}

/** Makes one block of a block and the one behind it. */
export function mergeNext(heap: Heap, block: Address): void {
  const { memory } = heap;
  const next = nextOf(memory, block);
  setPayloadSize(memory, block, payloadSize(memory, block) + blockSize(memory, next));
  unlinkAfter(heap, block);
  heap.counters.merges += 1;
}

/** Whether the block behind, if any, is there to be merged. */
export function canMergeNext(heap: Heap, block: Address): boolean {
  const next = nextOf(heap.memory, block);
  return next !== NULL && isFree(heap.memory, next);
}

/** Makes one block of every run of adjacent FREE blocks. */
export function coalesceAll(heap: Heap): void {
  const { memory, parts } = heap;
  for (let block = heap.head; block !== NULL; block = nextOf(memory, block)) {
    if (!isFree(memory, block)) continue;
    while (parts.canMergeNext(heap, block)) parts.mergeNext(heap, block);
  }
}

/**
 * Grows a block over the FREE blocks behind it, one at a time, until it has `need` payload bytes. What
 * was merged stays merged, also where it is not enough; returns whether it is.
 */
export function expandInPlace(heap: Heap, block: Address, need: number): boolean {
  const { memory, parts } = heap;
  while (payloadSize(memory, block) < need) {
    if (!parts.canMergeNext(heap, block)) return false;
    parts.mergeNext(heap, block);
  }
  return true;
}
