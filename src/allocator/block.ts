// A block: a header of 32 bytes in front of its payload, both 8-aligned.
//
//   offset 0   u64  payload size in bytes, a multiple of 8, the header not counted
//   offset 8   i32  status: 0 FREE, 1 ALLOCATED, 2 MAPPED; 4 bytes of padding follow
//   offset 16  u64  previous block of the heap, 0 for the first
//   offset 24  u64  next block of the heap, 0 for the last
//   offset 32       payload: what the caller gets
//
// Heap blocks tile the heap and are linked in order of address. A mapped block stands alone in its own
// mapping, in no list: both links are 0. A block is named by the address of its header.

import { type Address, NULL } from '../memory/address.ts';
import type { Memory } from '../memory/memory.ts';

export const HEADER = 32;
export const ALIGNMENT = 8;
/** The least payload that a split leaves behind. */
export const SMALLEST_PAYLOAD = 8;

export const FREE = 0;
export const ALLOCATED = 1;
export const MAPPED = 2;

const STATUS = 8;
const PREVIOUS = 16;
const NEXT = 24;

export function payloadOf(block: Address): Address {
  return block + HEADER;
}

export function blockOf(payload: Address): Address {
  return payload - HEADER;
}

export function payloadSize(memory: Memory, block: Address): number {
  return memory.readWord(block);
}

export function setPayloadSize(memory: Memory, block: Address, size: number): void {
  memory.writeWord(block, size);
}

/** Bytes of header and payload. */
export function blockSize(memory: Memory, block: Address): number {
  return HEADER + memory.readWord(block);
}

export function statusOf(memory: Memory, block: Address): number {
  return memory.read32(block + STATUS);
}

export function setStatus(memory: Memory, block: Address, status: number): void {
  memory.write32(block + STATUS, status);
}

export function isFree(memory: Memory, block: Address): boolean {
  return memory.read32(block + STATUS) === FREE;
}

/** NULL for the first block. */
export function previousOf(memory: Memory, block: Address): Address {
  return memory.readWord(block + PREVIOUS);
}

export function setPrevious(memory: Memory, block: Address, previous: Address): void {
  memory.writeWord(block + PREVIOUS, previous);
}

/** NULL for the last block. */
export function nextOf(memory: Memory, block: Address): Address {
  return memory.readWord(block + NEXT);
}

export function setNext(memory: Memory, block: Address, next: Address): void {
  memory.writeWord(block + NEXT, next);
}

/** Writes a whole header, of a block that is in no list yet. */
export function writeHeader(memory: Memory, block: Address, size: number, status: number): void {
  setPayloadSize(memory, block, size);
  // 64 bits, so that the padding is zero too.
  memory.writeWord(block + STATUS, status);
  setPrevious(memory, block, NULL);
  setNext(memory, block, NULL);
}
