// Walking a heap by its headers: header + payload from heap start to the break. Reads what is there,
// whatever it is: never faults, always ends.

import type { Contract } from '../contract/contract.ts';
import { type Address, HEAP_LIMIT, NULL } from '../memory/address.ts';
import type { HeapWalk } from './execution.ts';

const TWO_32 = 4294967296;
/** More blocks than this are not listed: far more than any trace has ops. */
export const WALK_LIMIT = 1 << 20;
const FREE = 0;

/** The bytes of the heap from its start, as far as they can be read. */
export interface HeapBytes {
  readonly ints: Int32Array;
  /** Index in `ints` of the heap's first word. */
  readonly index: number;
  /** Bytes that can be read. */
  readonly readable: number;
}

/**
 * Header size in bytes as the first heap payload tells it, by its distance from heap start; of those the
 * contract knows, the first where there is no payload or no such header.
 */
export function inferHeader(contract: Contract, heapStart: Address, payload: Address): number {
  const headers = contract.placement?.headers ?? [];
  return headers.find((header) => heapStart + header === payload) ?? headers[0] ?? 0;
}

/** Marks a walk as not taken: no placement rules, or the break has not moved. */
export function skipWalk(walk: HeapWalk, start: Address, end: Address): void {
  walk.taken = false;
  walk.header = 0;
  walk.start = start;
  walk.end = end;
  walk.count = 0;
  walk.flaw = '';
  walk.flawAt = 0;
  walk.flawSize = 0;
}

/** Fills `walk` from the heap [start, end). Links are read if asked for. */
export function walkHeap(
  walk: HeapWalk,
  heap: HeapBytes,
  start: Address,
  end: Address,
  header: number,
  links: boolean,
): void {
  skipWalk(walk, start, end);
  walk.taken = true;
  walk.header = header;
  const { ints, index, readable } = heap;
  const length = end - start;
  const { address, payloadSize, status, word16, word24 } = walk;
  const links24 = links && header >= 32;
  let at = 0;
  let count = 0;
  let flaw: HeapWalk['flaw'] = '';
  let stored = 0;
  while (at < length) {
    stored = 0;
    flaw = headerFlaw(count, at + header, length, readable);
    if (flaw !== '') break;
    const word = index + (at >> 2);
    const low = ints[word]!;
    const high = ints[word + 1]!;
    // Nearly all sizes are small integers, and stay so.
    const isSmall = high === 0 && low >= 0 && low < HEAP_LIMIT;
    stored = isSmall ? low : (high >>> 0) * TWO_32 + (low >>> 0);
    const size = isSmall ? (low + 7) & ~7 : Math.ceil(stored / 8) * 8;
    flaw = size < 8 ? 'too-small' : size > length - at - header ? 'overrun' : '';
    if (flaw !== '') break;
    address[count] = start + at;
    payloadSize[count] = size;
    status[count] = ints[word + 2]!;
    at += header + size;
    count += 1;
    if (!links) continue;
    word16[count - 1] = ints[word + 5]! * TWO_32 + (ints[word + 4]! >>> 0);
    word24[count - 1] = links24 ? ints[word + 7]! * TWO_32 + (ints[word + 6]! >>> 0) : 0;
  }
  walk.count = count;
  walk.flaw = flaw;
  walk.flawAt = flaw === '' ? 0 : start + at;
  walk.flawSize = flaw === '' ? 0 : stored;
}

/** Whether the walk was taken and has a FREE block with exactly this payload. */
export function hasFreeBlockAt(walk: HeapWalk, payload: Address): boolean {
  if (!walk.taken || payload === NULL) return false;
  const wanted = payload - walk.header;
  let low = 0;
  let high = walk.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (walk.address[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low < walk.count && walk.address[low] === wanted && walk.status[low] === FREE;
}

/** Why the header that ends at `to` (bytes from heap start) cannot be read as one; '' if it can. */
function headerFlaw(count: number, to: number, length: number, readable: number): HeapWalk['flaw'] {
  if (count === WALK_LIMIT) return 'too-many';
  if (to > length) return 'overrun';
  return to > readable ? 'unreadable' : '';
}
