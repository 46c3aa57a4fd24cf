// An ArrayBuffer of fixed size as an allocator's memory: the heap grows up from its start, mappings are
// served from the top down, in the highest gap that is large enough. Unlike the simulated operating
// system it does use addresses again, has no guard pages, and does not fault between break and mappings.

import type { SizeT } from '../contract/size-t.ts';
import { type Address, PAGE, pageCeil } from './address.ts';
import { FlatMemory } from './flat-memory.ts';
import { FAILED } from './memory.ts';
import { EINVAL } from './syscall.ts';

interface Range {
  readonly start: Address;
  readonly end: Address;
}

export class ArrayBufferMemory extends FlatMemory {
  readonly maps = true;
  private brk: Address;
  /** What is mapped: whole pages, from high to low. */
  private mapped: readonly Range[] = [];
  private readonly top: Address;

  /** `heapStart`: bytes of the buffer below it are left alone; a multiple of 8 above 0. */
  constructor(buffer: ArrayBuffer, heapStart: Address = 8) {
    super(buffer, heapStart);
    this.brk = heapStart;
    this.top = Math.floor(buffer.byteLength / PAGE) * PAGE;
  }

  sbrk(delta: number): Address {
    const before = this.brk;
    const after = before + delta;
    const lowestMapping = this.mapped.at(-1)?.start ?? this.bytes.length;
    if (after < this.heapStart || after > lowestMapping) return this.fail();
    this.brk = after;
    if (after < before) this.bytes.fill(0, after, before);
    return before;
  }

  mmap(_hint: Address, length: SizeT): Address {
    if (length === 0) {
      this.errno = EINVAL;
      return FAILED;
    }
    const pages = pageCeil(Number(length));
    let end = this.top;
    for (let index = 0; index <= this.mapped.length; index++) {
      const below = this.mapped[index];
      if (end - pages >= (below?.end ?? this.brk)) return this.map(index, end - pages, end);
      if (below !== undefined) end = below.start;
    }
    return this.fail();
  }

  munmap(address: Address, length: SizeT): number {
    if (address % PAGE !== 0 || length === 0 || typeof length === 'bigint') {
      this.errno = EINVAL;
      return FAILED;
    }
    const end = address + pageCeil(length);
    this.mapped = this.mapped.flatMap((range) => [
      ...(range.end > end ? [{ start: Math.max(range.start, end), end: range.end }] : []),
      ...(range.start < address ? [{ start: range.start, end: Math.min(range.end, address) }] : []),
    ]);
    return 0;
  }

  private map(index: number, start: Address, end: Address): Address {
    this.mapped = this.mapped.toSpliced(index, 0, { start, end });
    this.bytes.fill(0, start, end);
    return start;
  }
}
