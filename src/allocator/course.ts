// The course's own names, on an allocator of the process's own: a WebAssembly.Memory that grows as its
// break, made at the first call. `courseMemory().buffer` is where the pointers point to. For a heap of
// your own, use `createAllocator`.

import type { SizeT } from '../contract/size-t.ts';
import type { Address } from '../memory/address.ts';
import { type GrowableMemory, WasmMemory } from '../memory/wasm-memory.ts';
import { type Allocator, createAllocator } from './allocator.ts';

interface Course {
  readonly memory: WasmMemory;
  readonly allocator: Allocator;
}

let course: Course | undefined;

export function os_malloc(size: SizeT): Address {
  return theCourse().allocator.malloc(size);
}

export function os_calloc(count: SizeT, size: SizeT): Address {
  return theCourse().allocator.calloc(count, size);
}

export function os_realloc(payload: Address, size: SizeT): Address {
  return theCourse().allocator.realloc(payload, size);
}

export function os_free(payload: Address): void {
  theCourse().allocator.free(payload);
}

/** The memory behind the four functions. Its buffer is replaced as it grows: ask again after a call. */
export function courseMemory(): WasmMemory {
  return theCourse().memory;
}

function theCourse(): Course {
  if (course === undefined) {
    const memory = new WasmMemory(newWasmMemory(1));
    course = { memory, allocator: createAllocator(memory) };
  }
  return course;
}

// The project's `lib` has no DOM, which is where TypeScript keeps the types of WebAssembly.
interface WebAssemblyNamespace {
  readonly Memory: new (descriptor: { readonly initial: number }) => GrowableMemory;
}

function newWasmMemory(initial: number): GrowableMemory {
  const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyNamespace };
  return new WebAssembly.Memory({ initial });
}
