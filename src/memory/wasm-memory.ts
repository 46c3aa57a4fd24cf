// A WebAssembly.Memory as an allocator's memory: its end is the break's limit and grows with it. There
// are no mappings in WebAssembly, so an allocator keeps large blocks on the heap too.

import type { Address } from './address.ts';
import { FlatMemory } from './flat-memory.ts';
import type { FAILED } from './memory.ts';

/** Bytes of a WebAssembly page. */
export const WASM_PAGE = 65536;

/** The part of WebAssembly.Memory that is needed, so that any such object will do. */
export interface GrowableMemory {
  readonly buffer: ArrayBuffer;
  /** Returns the pages before; throws a RangeError past the memory's maximum. */
  grow(pages: number): number;
}

export class WasmMemory extends FlatMemory {
  readonly maps = false;
  private readonly memory: GrowableMemory;
  private brk: Address;

  /**
   * `heapStart`: where the heap may begin, such as the module's `__heap_base`; the present end of the
   * memory if absent, so that nothing in use is touched. Memory beyond it must be zero.
   */
  constructor(memory: GrowableMemory, heapStart: Address = memory.buffer.byteLength || WASM_PAGE) {
    super(memory.buffer, heapStart);
    this.memory = memory;
    this.brk = heapStart;
  }

  sbrk(delta: number): Address {
    const before = this.brk;
    const after = before + delta;
    if (after < this.heapStart || !this.reach(after)) return this.fail();
    this.brk = after;
    if (after < before) this.bytes.fill(0, after, before);
    return before;
  }

  mmap(): Address {
    return this.fail();
  }

  munmap(): typeof FAILED {
    return this.fail();
  }

  /** The module has grown its memory itself. */
  protected override refresh(): void {
    this.adopt(this.memory.buffer);
  }

  /** Grows the memory until it holds `end` bytes; false if it cannot. */
  private reach(end: Address): boolean {
    if (this.bytes.buffer !== this.memory.buffer) this.refresh();
    const missing = Math.ceil((end - this.memory.buffer.byteLength) / WASM_PAGE);
    if (missing <= 0) return true;
    try {
      this.memory.grow(missing);
    } catch {
      return false;
    }
    this.adopt(this.memory.buffer);
    return true;
  }
}
