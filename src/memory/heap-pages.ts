// The pages below the break of a simulated process: one growing buffer.
//
// `reach` is how far an access may go without asking: pages that are mapped and have been used before.
// The first access beyond it raises it, so a reset has to zero only what was reached, and a break that
// was moved far up costs nothing until it is used. Bytes of the buffer beyond `reach` are zero always.

import { type Address, HEAP_START, PAGE, pageCeil } from './address.ts';

const FIRST_CAPACITY = 256 * 1024;
/** How far `reach` is raised at a time. */
const STEP = 16 * 1024;
/** A buffer that grew beyond this is given up at the next reset. */
const KEEP = 32 << 20;

/** A part of the heap that the process itself has unmapped, as offsets. */
interface Hole {
  readonly from: number;
  to: number;
}

export class HeapPages {
  bytes = new Uint8Array(0);
  ints = new Int32Array(0);
  /** Offsets below it can be accessed at once; a multiple of PAGE. 0 while there are holes. */
  reach = 0;
  break: Address = HEAP_START;
  /** Bytes accessible in whole pages: the page that holds the break is accessible to its end. */
  accessible = 0;
  private touched = 0;
  /** The break came down: what is behind it is what was there. */
  private lowered = false;
  private holes: Hole[] = [];

  constructor() {
    this.allocate(FIRST_CAPACITY);
  }

  /** Moves the break; pages that are given back are zero when they come again. */
  moveBreak(to: Address): void {
    const accessible = pageCeil(to - HEAP_START);
    if (to < this.break) this.lowered = true;
    if (accessible < this.touched) {
      this.bytes.fill(0, accessible, this.touched);
      this.touched = accessible;
      if (this.reach > accessible) this.reach = accessible;
    }
    if (this.holes.length > 0) this.closeHoles(accessible);
    this.break = to;
    this.accessible = accessible;
  }

  /** How many of the `length` bytes at `offset` are accessible in one stretch; makes them reachable. */
  stretch(offset: number, length: number): number {
    if (offset < 0 || offset >= this.accessible) return 0;
    let end = Math.min(offset + length, this.accessible);
    for (const hole of this.holes) {
      if (hole.to > offset && hole.from < end) end = Math.max(offset, hole.from);
    }
    if (end > this.touched) this.raise(end);
    return end - offset;
  }

  /** Unmaps the pages of [from, to), offsets in whole pages. */
  punch(from: number, to: number): void {
    const hole = { from: Math.max(from, 0), to: Math.min(to, this.accessible) };
    if (hole.from >= hole.to) return;
    this.holes.push(hole);
    this.reach = 0;
    if (this.touched > hole.from) this.bytes.fill(0, hole.from, Math.min(hole.to, this.touched));
  }

  clear(): void {
    if (this.bytes.length > KEEP) this.allocate(FIRST_CAPACITY);
    else this.bytes.fill(0, 0, this.touched);
    this.touched = 0;
    this.reach = 0;
    this.break = HEAP_START;
    this.accessible = 0;
    this.holes = [];
    this.lowered = false;
  }

  /** The first of the `length` bytes from the break on, in its page, that was written; undefined if none was.
   * New memory is zero, so a zero that was written there is not told. */
  findPastBreak(length: number): Address | undefined {
    if (this.lowered || this.holes.length > 0) return undefined;
    const from = this.break - HEAP_START;
    const to = Math.min(from + length, this.accessible, this.touched);
    const { bytes, ints } = this;
    let at = from;
    // Four bytes at a time: this is asked after every call.
    if (at % 4 === 0) while (at + 4 <= to && ints[at >> 2] === 0) at += 4;
    for (; at < to; at++) if (bytes[at] !== 0) return HEAP_START + at;
    return undefined;
  }

  /** Pages given back are no hole when they come again. */
  private closeHoles(accessible: number): void {
    this.holes = this.holes.filter((hole) => hole.from < accessible);
    for (const hole of this.holes) hole.to = Math.min(hole.to, accessible);
  }

  private raise(end: number): void {
    this.touched = Math.min(this.accessible, Math.ceil(end / STEP) * STEP);
    if (this.touched > this.bytes.length) this.enlarge();
    if (this.holes.length === 0) this.reach = this.touched;
  }

  private enlarge(): void {
    const old = this.bytes;
    this.allocate(Math.max(pageCeil(this.touched), old.length * 2));
    this.bytes.set(old);
  }

  private allocate(capacity: number): void {
    const buffer = new ArrayBuffer(Math.max(capacity, PAGE));
    this.bytes = new Uint8Array(buffer);
    this.ints = new Int32Array(buffer);
  }
}
