// The bytes of a simulated process: its heap and its mappings behind one address, with faults outside.
//
// Speed is the point: a campaign makes hundreds of accesses an operation. An aligned access to a part of
// the heap that was used before is a few machine instructions and allocates nothing; all others take the
// way through `stretch`. Relies on a little-endian host, as every typed-array view does.

import assert from 'node:assert/strict';
import { type SizeT, sizeT } from '../contract/size-t.ts';
import { type Address, HEAP_START, MAPPING_START } from './address.ts';
import { HeapPages } from './heap-pages.ts';
import { MappingTable } from './mapping-table.ts';
import { MemoryFault, OutOfFuel } from './process-events.ts';
import { PROT_READ, PROT_WRITE } from './syscall.ts';

const TWO_32 = 4294967296;
/** Bulk operations cost one unit of fuel, and one more for each of so many bytes. */
const BULK_BYTES = 4096;
const MOST_BULK = 2 ** 40;
const REFILL = 2 ** 30;

export class AddressSpace {
  readonly heapStart: Address = HEAP_START;
  /** Accesses left (a small integer: the fast path counts it down). */
  private fuel = REFILL;
  /** Whether running out of fuel is an end, or only time for more. */
  private limited = false;

  /**
   * Where `stretch` found its bytes: the buffer (in two views) and the index of the first byte in it.
   * Good until the next access or syscall.
   */
  stretchBytes: Uint8Array;
  stretchInts: Int32Array;
  stretchIndex = 0;

  protected readonly heap = new HeapPages();
  protected readonly mappings = new MappingTable();

  constructor() {
    assert(new Uint8Array(Int32Array.of(1).buffer)[0] === 1, 'a little-endian host');
    this.stretchBytes = this.heap.bytes;
    this.stretchInts = this.heap.ints;
  }

  get break(): Address {
    return this.heap.break;
  }

  /** See HeapPages. */
  findPastBreak(length: number): Address | undefined {
    return this.heap.findPastBreak(length);
  }

  /** From here, so many accesses until OutOfFuel; `undefined` for no limit. At most 2^30. */
  limitFuel(accesses: number | undefined): void {
    this.limited = accesses !== undefined;
    this.fuel = Math.min(accesses ?? REFILL, REFILL);
  }

  readWord(address: Address): number {
    const { heap } = this;
    const offset = address - HEAP_START;
    if (--this.fuel >= 0 && offset >= 0 && offset < heap.reach && (offset & 7) === 0) {
      const at = offset >> 2;
      return heap.ints[at + 1]! * TWO_32 + (heap.ints[at]! >>> 0);
    }
    return this.readWordSlowly(address);
  }

  writeWord(address: Address, value: number): void {
    const { heap } = this;
    const offset = address - HEAP_START;
    if (--this.fuel >= 0 && offset >= 0 && offset < heap.reach && (offset & 7) === 0) {
      const at = offset >> 2;
      heap.ints[at] = value;
      heap.ints[at + 1] = Math.floor(value / TWO_32);
      return;
    }
    this.writeWordSlowly(address, value);
  }

  read32(address: Address): number {
    const { heap } = this;
    const offset = address - HEAP_START;
    if (--this.fuel >= 0 && offset >= 0 && offset < heap.reach && (offset & 3) === 0) {
      return heap.ints[offset >> 2]! >>> 0;
    }
    this.demand(address, 4, PROT_READ);
    return this.stretched(0, 4);
  }

  write32(address: Address, value: number): void {
    const { heap } = this;
    const offset = address - HEAP_START;
    if (--this.fuel >= 0 && offset >= 0 && offset < heap.reach && (offset & 3) === 0) {
      heap.ints[offset >> 2] = value;
      return;
    }
    this.demand(address, 4, PROT_WRITE);
    this.stretch32(0, value);
  }

  read8(address: Address): number {
    this.fuel--;
    this.demand(address, 1, PROT_READ);
    return this.stretchBytes[this.stretchIndex]!;
  }

  write8(address: Address, value: number): void {
    this.fuel--;
    this.demand(address, 1, PROT_WRITE);
    this.stretchBytes[this.stretchIndex] = value;
  }

  read16(address: Address): number {
    this.fuel--;
    this.demand(address, 2, PROT_READ);
    return this.stretched(0, 2);
  }

  write16(address: Address, value: number): void {
    this.fuel--;
    this.demand(address, 2, PROT_WRITE);
    this.stretchBytes[this.stretchIndex] = value;
    this.stretchBytes[this.stretchIndex + 1] = value >>> 8;
  }

  readSize(address: Address): SizeT {
    this.fuel--;
    this.demand(address, 8, PROT_READ);
    const high = this.stretched(4, 4);
    const low = this.stretched(0, 4);
    // Below 2^53 the high half has 21 bits.
    return high < 0x20_0000 ? high * TWO_32 + low : sizeT((BigInt(high) << 32n) | BigInt(low));
  }

  writeSize(address: Address, value: SizeT): void {
    if (typeof value === 'number') {
      this.writeWord(address, value);
      return;
    }
    this.fuel--;
    this.demand(address, 8, PROT_WRITE);
    this.stretch32(0, Number(value & 0xffff_ffffn));
    this.stretch32(4, Number(value >> 32n));
  }

  fill(address: Address, length: number, byte: number): void {
    this.spendOn(length);
    const writable = this.stretch(address, length, PROT_WRITE);
    const from = this.stretchIndex;
    if (writable > 0) this.stretchBytes.fill(byte, from, from + writable);
    if (writable < length) throw new MemoryFault(address + writable, 'write');
  }

  copy(to: Address, from: Address, length: number): void {
    this.spendOn(length);
    const readable = this.stretch(from, length, PROT_READ);
    const writable = this.stretch(to, length, PROT_WRITE);
    const target = this.stretchBytes;
    const at = this.stretchIndex;
    const copied = Math.min(readable, writable);
    if (copied > 0) {
      // Asked again, because reaching for the target may have moved the heap to a larger buffer.
      this.stretch(from, copied, PROT_READ);
      move(target, at, this.stretchBytes, this.stretchIndex, copied);
    }
    if (copied === length) return;
    if (readable <= writable) throw new MemoryFault(from + copied, 'read');
    throw new MemoryFault(to + copied, 'write');
  }

  /**
   * How many of the `length` bytes from `address` are accessible in one stretch, without a fault and at
   * no fuel; where they are is then told by `stretchBytes`, `stretchInts` and `stretchIndex`. This is how
   * bulk work (filling and checking payloads, walking the heap) gets at the bytes.
   */
  stretch(address: Address, length: number, protection = 0): number {
    const offset = address - HEAP_START;
    const found = this.heap.stretch(offset, length);
    if (found > 0) {
      this.stretchBytes = this.heap.bytes;
      this.stretchInts = this.heap.ints;
      this.stretchIndex = offset;
      return found;
    }
    const mapping = this.mappings.find(address);
    if (mapping === undefined || (mapping.protection & protection) !== protection) return 0;
    this.stretchBytes = mapping.backing.bytes;
    this.stretchInts = mapping.backing.ints;
    this.stretchIndex = address - mapping.base;
    const mapped = Math.min(length, mapping.end - address);
    if ((protection & PROT_WRITE) !== 0) this.mappings.noteWrite(mapping, address, mapped);
    return mapped;
  }

  /** To be told by whoever writes through a stretch that was not asked for with PROT_WRITE. */
  noteWrite(address: Address, length: number): void {
    if (address < MAPPING_START) return;
    const mapping = this.mappings.find(address);
    if (mapping !== undefined) this.mappings.noteWrite(mapping, address, length);
  }

  private readWordSlowly(address: Address): number {
    this.demand(address, 8, PROT_READ);
    return (this.stretched(4, 4) | 0) * TWO_32 + this.stretched(0, 4);
  }

  private writeWordSlowly(address: Address, value: number): void {
    this.demand(address, 8, PROT_WRITE);
    this.stretch32(0, value);
    this.stretch32(4, Math.floor(value / TWO_32));
  }

  /** Brings the stretch to a word of `length` bytes, or throws. */
  private demand(address: Address, length: number, protection: number): void {
    this.checkFuel();
    const found = this.stretch(address, length, protection);
    if (found < length) {
      throw new MemoryFault(address + found, protection === PROT_READ ? 'read' : 'write');
    }
  }

  private spendOn(length: number): void {
    this.fuel -= 1 + Math.floor(Math.min(length, MOST_BULK) / BULK_BYTES);
    this.checkFuel();
  }

  private checkFuel(): void {
    if (this.fuel >= 0) return;
    if (this.limited) throw new OutOfFuel();
    this.fuel = REFILL;
  }

  /** `length` bytes of the stretch, unsigned. */
  private stretched(from: number, length: number): number {
    let value = 0;
    for (let i = length - 1; i >= 0; i--) {
      value = (value << 8) | this.stretchBytes[this.stretchIndex + from + i]!;
    }
    return value >>> 0;
  }

  private stretch32(from: number, value: number): void {
    const at = this.stretchIndex + from;
    this.stretchBytes[at] = value;
    this.stretchBytes[at + 1] = value >>> 8;
    this.stretchBytes[at + 2] = value >>> 16;
    this.stretchBytes[at + 3] = value >>> 24;
  }
}

/** memmove between two buffers, or within one. */
function move(
  target: Uint8Array,
  to: number,
  source: Uint8Array,
  from: number,
  length: number,
): void {
  if (target === source) target.copyWithin(to, from, from + length);
  else target.set(source.subarray(from, from + length), to);
}
