// The mappings of a simulated process, in order of address, and the buffers behind them.
//
// Addresses only grow, so the table is sorted by construction and a lookup is a binary search among the
// few that live, after a look at the last hit. Buffers outlive their mapping: a later mapping, at a new
// address, takes one over, with the pages zeroed that were written. That keeps campaigns free of large
// garbage, and makes a large mapping cost what is done in it.

import { type Address, MAPPING_LIMIT, MAPPING_START, PAGE } from './address.ts';

/** A buffer, and which of its pages may not be zero. */
interface Backing {
  readonly bytes: Uint8Array;
  readonly ints: Int32Array;
  /** By page: 1 once it was written. */
  readonly written: Uint8Array;
  /** Ranges of mapped pages that still lie in it (a middle munmap makes two of one). */
  pieces: number;
}

export interface Mapping {
  /** Whole pages: [start, end). */
  start: Address;
  end: Address;
  readonly protection: number;
  /** Address of the backing's first byte. */
  readonly base: Address;
  readonly backing: Backing;
}

/** Buffers above this many bytes are not kept, and no more than POOLED bytes in all. */
const KEEP = 8 << 20;
const POOLED = 64 << 20;

export class MappingTable {
  /** Bytes in whole pages of all mappings. */
  mappedBytes = 0;
  readonly live: Mapping[] = [];
  private next: Address = MAPPING_START;
  private lastHit: Mapping | undefined;
  private readonly pool = new Map<number, Backing[]>();
  private pooledBytes = 0;

  /** Whether `length` bytes (whole pages) of addresses are left. */
  hasRoom(length: number): boolean {
    return this.next + length + PAGE <= MAPPING_START + MAPPING_LIMIT;
  }

  /** A mapping of `length` bytes, whole pages, behind a guard page; all zero. */
  add(length: number, protection: number): Mapping {
    const start = this.next;
    this.next += length + PAGE;
    this.mappedBytes += length;
    const backing = this.takeBacking(length);
    const mapping = { start, end: start + length, protection, base: start, backing };
    this.live.push(mapping);
    return mapping;
  }

  find(address: Address): Mapping | undefined {
    const hit = this.lastHit;
    if (hit !== undefined && address >= hit.start && address < hit.end) return hit;
    const mapping = this.live[this.firstEndingAfter(address)];
    if (mapping === undefined || address < mapping.start) return undefined;
    this.lastHit = mapping;
    return mapping;
  }

  /** Must be told of every write to a mapping: the bytes [from, from + length), all in it. */
  noteWrite(mapping: Mapping, from: Address, length: number): void {
    const { written } = mapping.backing;
    const last = Math.floor((from + length - 1 - mapping.base) / PAGE);
    for (let page = Math.floor((from - mapping.base) / PAGE); page <= last; page++) {
      written[page] = 1;
    }
  }

  /** Takes the pages of [from, to) out of whatever mappings they are in. Both are multiples of PAGE. */
  remove(from: Address, to: Address): void {
    this.lastHit = undefined;
    let index = this.firstEndingAfter(from);
    for (;;) {
      const mapping = this.live[index];
      if (mapping === undefined || mapping.start >= to) return;
      index += this.cut(index, mapping, Math.max(from, mapping.start), Math.min(to, mapping.end));
    }
  }

  clear(): void {
    for (const mapping of this.live) this.drop(mapping.backing);
    this.live.length = 0;
    this.lastHit = undefined;
    this.mappedBytes = 0;
    this.next = MAPPING_START;
  }

  /** Cuts [from, to) out of one mapping; returns how many pieces of it stay. */
  private cut(index: number, mapping: Mapping, from: Address, to: Address): number {
    this.mappedBytes -= to - from;
    const { end, backing } = mapping;
    const pieces = (from > mapping.start ? 1 : 0) + (to < end ? 1 : 0);
    if (pieces === 0) {
      this.live.splice(index, 1);
      this.drop(backing);
    } else if (pieces === 2) {
      mapping.end = from;
      this.live.splice(index + 1, 0, { ...mapping, start: to, end });
      backing.pieces += 1;
    } else if (from > mapping.start) mapping.end = from;
    else mapping.start = to;
    return pieces;
  }

  private firstEndingAfter(address: Address): number {
    let low = 0;
    let high = this.live.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.live[middle]!.end > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private takeBacking(length: number): Backing {
    const capacity = capacityFor(length);
    const backing = this.pool.get(capacity)?.pop();
    if (backing === undefined) return newBacking(capacity);
    this.pooledBytes -= capacity;
    zeroWritten(backing);
    backing.pieces = 1;
    return backing;
  }

  private drop(backing: Backing): void {
    backing.pieces -= 1;
    const capacity = backing.bytes.length;
    if (backing.pieces > 0 || capacity > KEEP || this.pooledBytes + capacity > POOLED) return;
    this.pooledBytes += capacity;
    const kept = this.pool.get(capacity);
    if (kept === undefined) this.pool.set(capacity, [backing]);
    else kept.push(backing);
  }
}

/** Powers of two up to KEEP, so that buffers find new users; the exact size above it. */
function capacityFor(length: number): number {
  if (length > KEEP) return length;
  let capacity = PAGE;
  while (capacity < length) capacity *= 2;
  return capacity;
}

function newBacking(capacity: number): Backing {
  const buffer = new ArrayBuffer(capacity);
  const written = new Uint8Array(capacity / PAGE);
  return { bytes: new Uint8Array(buffer), ints: new Int32Array(buffer), written, pieces: 1 };
}

/** Page by page: the runs of written pages are short, or the whole. */
function zeroWritten({ bytes, written }: Backing): void {
  let from = written.indexOf(1);
  while (from >= 0) {
    const behind = written.indexOf(0, from);
    const to = behind < 0 ? written.length : behind;
    bytes.fill(0, from * PAGE, to * PAGE);
    written.fill(0, from, to);
    from = written.indexOf(1, to);
  }
}
