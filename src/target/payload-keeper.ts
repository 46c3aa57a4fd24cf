// Fills the payloads of a running trace and checks them, as target.ts orders: what an op's caller would
// do with the memory it owns. Tells broken bytes, never faults, and spends none of the allocator's fuel.

import { alignmentOf, type Contract } from '../contract/contract.ts';
import type { SizeT } from '../contract/size-t.ts';
import { type Address, HEAP_START, MAPPING_START, NULL, PAGE } from '../memory/address.ts';
import type { Op, Slot } from '../trace/op.ts';
import { requested } from '../trace/trace.ts';
import type { BrokenByte } from './execution.ts';
import { byteAt, isSampled, sampleRanges } from './payload.ts';
import {
  fillPattern,
  fillSample,
  firstBroken,
  firstBrokenInSample,
  firstNonZero,
  type PayloadBytes,
} from './payload-bytes.ts';
import type { Slots } from './slots.ts';
import { type Density, IMPOSSIBLE } from './target.ts';

type Check = BrokenByte['check'];
/** Bytes behind the break that are looked at after each op while hunting. */
const NEAR = 64;
/** What stands for the byte where a live payload is not even mapped. */
const UNMAPPED = -1;

/** Where payloads are: the simulated operating system's memory, or another process's. */
export interface PayloadMemory {
  /** Where `stretch` found its bytes, in two views, and the index of the first byte in them. */
  readonly stretchBytes: Uint8Array;
  readonly stretchInts: Int32Array;
  readonly stretchIndex: number;
  /** How many of the `length` bytes at `address` are mapped in one stretch. */
  stretch(address: Address, length: number): number;
  /** The first of `length` bytes behind the break that was written. */
  findPastBreak(length: number): Address | undefined;
  /** Bytes of a mapping have been written. */
  noteWrite(address: Address, length: number): void;
}

export class PayloadKeeper {
  density: Density = 'everything';

  private readonly os: PayloadMemory;
  private readonly slots: Slots;
  private readonly contract: Contract;
  /** Where what is found goes: the list of the step. */
  private readonly broken: BrokenByte[];

  // The payload in work, set by `locate`.
  private readonly at: PayloadBytes;
  private tag = 0;
  private filled: Address = NULL;
  /** Offsets from here on are not looked at: not kept, or not mapped. */
  private limit = 0;
  private found = -1;

  constructor(os: PayloadMemory, slots: Slots, contract: Contract, broken: BrokenByte[]) {
    this.os = os;
    this.slots = slots;
    this.contract = contract;
    this.broken = broken;
    this.at = { bytes: os.stretchBytes, ints: os.stretchInts, base: 0 };
  }

  /** Before the call: the payload that is about to be freed or reallocated. */
  checkBefore(op: Op): void {
    if (op.kind !== 'free' && op.kind !== 'realloc') return;
    if (this.slots.isLive(op.slot)) this.checkSlot(op.slot);
  }

  /** After a call that returned: slots follow, payloads are checked and filled. False ends the trace. */
  settle(op: Op, index: number, result: Address): boolean {
    const { slot } = op;
    if (op.kind === 'free') this.slots.release(slot);
    else if (op.kind === 'realloc' && op.size === 0 && this.slots.isLive(slot)) {
      this.slots.release(slot);
    } else if (isBearing(op) && result !== NULL) return this.settleResult(op, index, result);
    if (this.density === 'everything') this.checkAll();
    return true;
  }

  /** Every live payload but that of `except`. */
  checkAll(except: Slot = -1): void {
    for (let slot = 0; slot < this.slots.count; slot++) {
      if (slot !== except && this.slots.isLive(slot)) this.checkSlot(slot);
    }
  }

  /** The bytes from the break to the end of its page, which can be accessed and are nobody's. */
  checkPastBreak(everything = this.density === 'everything'): void {
    const at = this.os.findPastBreak(everything ? PAGE : NEAR);
    if (at === undefined) return;
    this.os.stretch(at, 1);
    const actual = this.os.stretchBytes[this.os.stretchIndex]!;
    const offset = at - HEAP_START;
    this.broken.push({ slot: -1, offset, expected: 0, actual, check: 'past-break' });
  }

  private settleResult(op: Op, index: number, result: Address): boolean {
    const { slot } = op;
    if (this.density === 'everything') this.checkAll(slot);
    const size = requested(op);
    if (size === undefined || !this.isUsable(result, size)) return false;
    const bytes = size as number;
    if (this.slots.isLive(slot)) {
      this.checkPrefix(slot, result, bytes);
      this.slots.move(slot, result, bytes);
    } else {
      if (op.kind === 'calloc') this.checkZeros(slot, result, bytes);
      this.slots.bear(slot, result, bytes, index + 1);
    }
    this.fill(slot);
    return true;
  }

  /** Whether it can be filled and read at all. */
  private isUsable(result: Address, size: SizeT): boolean {
    if (size > IMPOSSIBLE || result % alignmentOf(this.contract, size) !== 0) return false;
    return size === 0 || this.os.stretch(result, size as number) === size;
  }

  private checkSlot(slot: Slot): void {
    const size = this.slots.size[slot]!;
    this.checkPattern(slot, this.slots.pointer[slot]!, size, 'contents');
  }

  private checkPrefix(slot: Slot, moved: Address, newSize: number): void {
    this.checkPattern(slot, moved, Math.min(this.slots.size[slot]!, newSize), 'prefix');
  }

  /** The slot's sample ranges, as far as the first `kept` bytes go, at `pointer`. */
  private checkPattern(slot: Slot, pointer: Address, kept: number, check: Check): void {
    if (kept === 0) return;
    const size = this.slots.size[slot]!;
    this.tag = this.slots.tag[slot]!;
    this.limit = this.locate(pointer, kept);
    const found = isSampled(size, this.density)
      ? firstBrokenInSample(this.at, this.tag, size, this.limit)
      : firstBroken(this.at, this.tag, 0, this.limit);
    if (found < 0 && this.limit === kept) return;
    this.report(slot, found < 0 ? this.limit : found, true, check);
  }

  /** The first page whole; beyond it, while hunting, the sample ranges only. */
  private checkZeros(slot: Slot, pointer: Address, size: number): void {
    this.limit = this.locate(pointer, size);
    this.found = -1;
    this.visitForZeros(0, isSampled(size, this.density) ? Math.min(size, PAGE) : size);
    if (size > PAGE && isSampled(size, this.density)) {
      sampleRanges(size, this.density, this.visitForZeros);
    }
    if (this.found >= 0) this.report(slot, this.found, false, 'zeroing');
  }

  private fill(slot: Slot): void {
    const size = this.slots.size[slot]!;
    if (size === 0) return;
    this.tag = this.slots.tag[slot]!;
    this.filled = this.slots.pointer[slot]!;
    this.locate(this.filled, size);
    if (isSampled(size, this.density)) fillSample(this.at, this.tag, size);
    else fillPattern(this.at, this.tag, 0, size);
    if (this.filled >= MAPPING_START) sampleRanges(size, this.density, this.noteWrite);
  }

  private readonly noteWrite = (from: number, to: number): void => {
    this.os.noteWrite(this.filled + from, to - from);
  };

  private readonly visitForZeros = (from: number, to: number): void => {
    if (this.found < 0) this.found = firstNonZero(this.at, from, to);
  };

  /** Returns how many of the `length` bytes are mapped. */
  private locate(pointer: Address, length: number): number {
    const mapped = this.os.stretch(pointer, length);
    this.at.bytes = this.os.stretchBytes;
    this.at.ints = this.os.stretchInts;
    this.at.base = this.os.stretchIndex;
    return mapped;
  }

  private report(slot: Slot, offset: number, patterned: boolean, check: Check): void {
    const expected = patterned ? byteAt(this.tag, offset) : 0;
    const mapped = offset < this.limit;
    const actual = mapped ? this.at.bytes[this.at.base + offset]! : UNMAPPED;
    this.broken.push({ slot, offset, expected, actual, check });
  }
}

/** Whether a result of the op is a payload that the slot then holds. */
function isBearing(op: Op): boolean {
  return op.kind === 'malloc' || op.kind === 'calloc' || op.kind === 'realloc';
}
