// The allocator as an allocator: over a plain ArrayBuffer, over WebAssembly.Memory, and under the
// course's names. The claim is one for all: what was written into a live payload is there until free.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Allocator, createAllocator } from '../src/allocator/allocator.ts';
import {
  courseMemory,
  os_calloc,
  os_free,
  os_malloc,
  os_realloc,
} from '../src/allocator/course.ts';
import { SIZE_MAX } from '../src/contract/size-t.ts';
import { NULL, PAGE } from '../src/memory/address.ts';
import { ArrayBufferMemory } from '../src/memory/array-buffer-memory.ts';
import type { Memory } from '../src/memory/memory.ts';
import { MemoryFault } from '../src/memory/process-events.ts';
import { SimulatedOs } from '../src/memory/simulated-os.ts';
import { type GrowableMemory, WASM_PAGE, WasmMemory } from '../src/memory/wasm-memory.ts';

/** Grows as WebAssembly.Memory does, by replacing its buffer. */
class WasmLike implements GrowableMemory {
  buffer = new ArrayBuffer(WASM_PAGE);
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  grow(pages: number): number {
    const before = this.buffer.byteLength / WASM_PAGE;
    if (before + pages > this.most) throw new RangeError('maximum memory size exceeded');
    const larger = new ArrayBuffer((before + pages) * WASM_PAGE);
    new Uint8Array(larger).set(new Uint8Array(this.buffer));
    structuredClone(this.buffer, { transfer: [this.buffer] });
    this.buffer = larger;
    return before;
  }
}

// The types of WebAssembly are in the DOM library, which the project does without.
const { WebAssembly: wasm } = globalThis as unknown as {
  readonly WebAssembly: { readonly Memory: new (limits: object) => GrowableMemory };
};

const memories: [string, () => Memory][] = [
  ['an ArrayBuffer', () => new ArrayBufferMemory(new ArrayBuffer(1 << 20))],
  ['a part of an ArrayBuffer', () => new ArrayBufferMemory(new ArrayBuffer(900_001), 4096)],
  ['a WebAssembly.Memory', () => new WasmMemory(new wasm.Memory({ initial: 1, maximum: 40 }))],
  ['a WebAssembly.Memory from its heap base', () => new WasmMemory(new WasmLike(40), 1024)],
  ['the simulated operating system', () => new SimulatedOs({ memoryLimit: 2 << 20 })],
];

interface Live {
  readonly pointer: number;
  readonly size: number;
  readonly mark: number;
}

const call = fc.record({
  slot: fc.integer({ min: 0, max: 7 }),
  kind: fc.constantFrom('malloc', 'calloc', 'realloc', 'free'),
  size: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 300_000 })),
});

describe.each(memories)('over %s', (_name, make) => {
  it('payloads are aligned, apart, and keep their bytes until they are freed', () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 80, size: 'max' }), (calls) => {
        const memory = make();
        const allocator = createAllocator(memory);
        const live = new Map<number, Live>();
        calls.forEach(({ slot, kind, size }, index) => {
          const old = live.get(slot);
          if (old !== undefined) expectMark(memory, old);
          if (kind === 'free') {
            allocator.free(old?.pointer ?? NULL);
            live.delete(slot);
            return;
          }
          if (kind !== 'realloc' && old !== undefined) return;
          const pointer = perform(allocator, kind, old?.pointer ?? NULL, size);
          if (size === 0) live.delete(slot);
          if (pointer === NULL) return;
          expect(pointer % 8).toBe(0);
          if (kind === 'calloc') expectBytes(memory, pointer, size, 0);
          if (old !== undefined) expectBytes(memory, pointer, Math.min(size, old.size), old.mark);
          memory.fill(pointer, size, index + 1);
          live.set(slot, { pointer, size, mark: index + 1 });
        });
        for (const each of live.values()) expectMark(memory, each);
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  it('what does not fit is refused, and what was there stays', () => {
    const memory = make();
    const allocator = createAllocator(memory);
    const first = allocator.malloc(1000);
    memory.fill(first, 1000, 5);
    for (const size of [2 ** 31, 2 ** 40, 2n ** 60n, SIZE_MAX]) {
      expect(allocator.malloc(size)).toBe(NULL);
      expect(allocator.realloc(first, size)).toBe(NULL);
    }
    expectBytes(memory, first, 1000, 5);
    expect(allocator.malloc(1000)).not.toBe(NULL);
  });

  it('words keep every bit at any address, and NULL cannot be read', () => {
    const memory = make();
    const at = createAllocator(memory).malloc(64);
    for (const offset of [0, 3]) {
      memory.writeSize(at + offset, SIZE_MAX - 1n);
      expect(memory.readSize(at + offset)).toBe(SIZE_MAX - 1n);
      expect(memory.readWord(at + offset)).toBe(-2);
      memory.write32(at + offset, 0xfedcba98);
      expect(memory.read32(at + offset)).toBe(0xfedcba98);
      memory.write16(at + offset, 0x1234);
      expect([memory.read16(at + offset), memory.read8(at + offset)]).toEqual([0x1234, 0x34]);
      memory.write8(at + offset, 7);
      expect(memory.read8(at + offset)).toBe(7);
    }
    for (const access of [
      () => memory.readWord(NULL),
      () => memory.writeWord(NULL, 1),
      () => memory.fill(NULL, 4, 1),
      () => memory.copy(at, NULL, 4),
      () => memory.copy(NULL, at, 4),
    ]) {
      expect(access).toThrow(MemoryFault);
    }
  });
});

describe('an ArrayBuffer', () => {
  it('serves mappings from the top, uses their addresses again, and keeps the break below', () => {
    const memory = new ArrayBufferMemory(new ArrayBuffer(16 * PAGE));
    const first = memory.mmap(0, 2 * PAGE);
    const second = memory.mmap(0, 1);
    const third = memory.mmap(0, 3 * PAGE);
    expect([first, second, third]).toEqual([14 * PAGE, 13 * PAGE, 10 * PAGE]);
    memory.fill(second, PAGE, 9);
    expect(memory.munmap(second, PAGE)).toBe(0);
    expect(memory.mmap(0, 100)).toBe(second);
    expect(memory.read8(second)).toBe(0);
    expect(memory.munmap(third + PAGE, PAGE)).toBe(0);
    expect(memory.mmap(0, PAGE)).toBe(third + PAGE);
    expect(memory.sbrk(10 * PAGE)).toBe(-1);
    expect(memory.sbrk(10 * PAGE - 8)).toBe(8);
    expect(memory.mmap(0, PAGE)).toBe(-1);
    expect(memory.sbrk(-PAGE)).toBe(10 * PAGE);
    expect(memory.mmap(0, PAGE)).toBe(9 * PAGE);
  });

  it('refuses what the operating system would refuse', () => {
    const memory = new ArrayBufferMemory(new ArrayBuffer(16 * PAGE));
    expect([memory.mmap(0, 0), memory.munmap(8, 8), memory.munmap(PAGE, 0)]).toEqual([-1, -1, -1]);
    expect(memory.munmap(PAGE, SIZE_MAX)).toBe(-1);
    expect(memory.sbrk(-8)).toBe(-1);
    expect(() => new ArrayBufferMemory(new ArrayBuffer(16), 0)).toThrow(RangeError);
    expect(() => new ArrayBufferMemory(new ArrayBuffer(16), 12)).toThrow(RangeError);
  });

  it('gives zeros where the break went down and came up again', () => {
    const memory = new ArrayBufferMemory(new ArrayBuffer(16 * PAGE));
    memory.sbrk(64);
    memory.fill(8, 64, 1);
    memory.sbrk(-32);
    memory.sbrk(32);
    expect([memory.read8(39), memory.read8(40)]).toEqual([1, 0]);
  });
});

describe('a WebAssembly memory', () => {
  it('leaves alone what the module has in use, and grows as the break does', () => {
    const memory = new wasm.Memory({ initial: 2 });
    const ours = new WasmMemory(memory);
    expect(createAllocator(ours).malloc(8)).toBe(2 * WASM_PAGE + 32);
    expect(memory.buffer.byteLength).toBe(4 * WASM_PAGE);
    expect(ours.buffer).toBe(memory.buffer);
  });

  it('starts above NULL where the memory is empty', () => {
    const memory = new WasmMemory(new wasm.Memory({ initial: 0 }));
    expect(createAllocator(memory).malloc(8)).toBe(WASM_PAGE + 32);
  });

  it('follows a module that grows its memory itself', () => {
    const memory = new WasmLike(10);
    const ours = new WasmMemory(memory, 1024);
    const allocator = createAllocator(ours);
    const first = allocator.malloc(8);
    ours.write8(first, 3);
    memory.grow(1);
    expect(ours.read8(first)).toBe(3);
    memory.grow(1);
    expect(ours.sbrk(8)).not.toBe(-1);
    expect(ours.read8(first)).toBe(3);
  });

  it('has no mappings: large blocks are on the heap', () => {
    const ours = new WasmMemory(new WasmLike(20));
    const allocator = createAllocator(ours);
    expect([ours.mmap(), ours.munmap()]).toEqual([-1, -1]);
    expect(allocator.malloc(400_000)).toBe(WASM_PAGE + 32);
    expect(ours.sbrk(-800_000)).toBe(-1);
    ours.sbrk(-8);
  });
});

describe("the course's names", () => {
  it('are an allocator of the process, in a memory that grows', () => {
    const first = os_malloc(100);
    const second = os_calloc(10, 10);
    courseMemory().fill(first, 100, 1);
    const third = os_realloc(first, 500_000);
    expectBytes(courseMemory(), third, 100, 1);
    expectBytes(courseMemory(), second, 100, 0);
    os_free(third);
    expect(new Uint8Array(courseMemory().buffer)[third]).toBe(1);
    expect(os_malloc(100)).toBe(first);
    os_free(second);
    expect(os_malloc(100)).toBe(second);
  });
});

function perform(allocator: Allocator, kind: string, old: number, size: number): number {
  if (kind === 'malloc') return allocator.malloc(size);
  return kind === 'calloc' ? allocator.calloc(size, 1) : allocator.realloc(old, size);
}

function expectMark(memory: Memory, { pointer, size, mark }: Live): void {
  expectBytes(memory, pointer, size, mark);
}

/** The edges and a stride: the whole would take the test its time. */
function expectBytes(memory: Memory, pointer: number, size: number, byte: number): void {
  for (let i = 0; i < size; i += i < 16 || i >= size - 300 ? 1 : 251) {
    if (memory.read8(pointer + i) !== byte) {
      throw new Error(`byte ${i} of ${size} at ${pointer} is not ${byte}`);
    }
  }
}
