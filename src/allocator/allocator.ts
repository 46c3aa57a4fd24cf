// The allocator: malloc, calloc, realloc and free of the osmem contract (SPEC.md), over any Memory.
//
// Best fit over one list of heap blocks, which lies in the memory itself; large blocks in mappings of
// their own. Outside of the memory there are the head of that list, the break, the flag of the
// preallocation, errno, and counters that decide nothing.

import type { SizeT } from '../contract/size-t.ts';
import { type Address, NULL } from '../memory/address.ts';
import type { Memory } from '../memory/memory.ts';
import { ENOMEM } from '../memory/syscall.ts';
import { blockOf, payloadOf } from './block.ts';
import { createHeap, type Heap } from './heap.ts';
import { type AllocatorParts, soundParts } from './parts.ts';
import { placeBlock } from './place.ts';
import { reallocateBlock } from './reallocate.ts';
import { releaseBlock } from './release.ts';
import type { Request } from './request.ts';
import { type AllocatorRules, osmemRules } from './rules.ts';

export interface AllocatorOptions {
  /** For mutants: what to build it from instead of `soundParts`. */
  readonly parts?: AllocatorParts;
  /** The numbers of the osmem contract if absent. */
  readonly rules?: AllocatorRules;
}

export function createAllocator(memory: Memory, options: AllocatorOptions = {}): Allocator {
  return new Allocator(memory, options);
}

export class Allocator {
  readonly heap: Heap;

  constructor(memory: Memory, options: AllocatorOptions = {}) {
    this.heap = createHeap(memory, options.parts ?? soundParts, options.rules ?? osmemRules);
  }

  /** Why the last call that returned NULL for want of memory did so: ENOMEM, else 0. May be reset. */
  get errno(): number {
    return this.heap.errno;
  }

  set errno(value: number) {
    this.heap.errno = value;
  }

  /** `size` bytes, undefined contents, 8-aligned. NULL for 0 bytes, and with ENOMEM where there are none. */
  malloc(size: SizeT): Address {
    if (size === 0) return NULL;
    const request = measure(this.heap, size, 'malloc');
    return this.finish(request === undefined ? NULL : placeBlock(this.heap, request));
  }

  /** `count` times `size` bytes, all zero. NULL if either is 0; NULL with ENOMEM if there are none. */
  calloc(count: SizeT, size: SizeT): Address {
    if (count === 0 || size === 0) return NULL;
    const { parts } = this.heap;
    const bytes = parts.checkedProduct(count, size);
    const request = bytes === undefined ? undefined : measure(this.heap, bytes, 'calloc');
    if (request === undefined) return this.finish(NULL);
    const payload = this.finish(placeBlock(this.heap, request));
    // A new mapping is zero already.
    if (payload !== NULL && !request.mapped) {
      parts.zeroPayload(this.heap, payload, request.need as number);
    }
    return payload;
  }

  /**
   * The payload with `size` bytes, moved if need be; the first min(old, new) bytes are kept. NULL with
   * ENOMEM, and the old payload lives on, if there is no memory. NULL for a payload that is not in use.
   */
  realloc(payload: Address, size: SizeT): Address {
    if (payload === NULL) return this.malloc(size);
    if (size === 0) {
      this.free(payload);
      return NULL;
    }
    const block = blockOf(payload);
    if (this.heap.parts.isStale(this.heap, block)) return NULL;
    const request = measure(this.heap, size, 'realloc');
    return this.finish(request === undefined ? NULL : reallocateBlock(this.heap, block, request));
  }

  /** Heap blocks become FREE, mappings go back at once. NULL and blocks that are FREE are ignored. */
  free(payload: Address): void {
    if (payload === NULL) return;
    const block = blockOf(payload);
    if (!this.heap.parts.isStale(this.heap, block)) releaseBlock(this.heap, block);
  }

  private finish(block: Address): Address {
    if (block !== NULL) return payloadOf(block);
    this.heap.errno = ENOMEM;
    this.heap.counters.failures += 1;
    return NULL;
  }
}

/** What a request comes to; undefined where its size would wrap. `need` is a number if not mapped. */
function measure(
  heap: Heap,
  size: SizeT,
  call: 'malloc' | 'calloc' | 'realloc',
): Request | undefined {
  const { parts } = heap;
  const need = parts.alignPayload(size);
  if (need === undefined) return undefined;
  const block = parts.addHeader(need);
  if (block === undefined) return undefined;
  const mapped = goesToMapping(heap, block, call);
  // Memory that cannot map: no heap has room for a size beyond 2^53 either.
  if (!mapped && typeof block !== 'number') return undefined;
  return { need, block, mapped };
}

function goesToMapping(heap: Heap, block: SizeT, call: 'malloc' | 'calloc' | 'realloc'): boolean {
  if (call === 'malloc') return heap.parts.isMappedMalloc(heap, block);
  if (call === 'calloc') return heap.parts.isMappedCalloc(heap, block);
  return heap.parts.isMappedRealloc(heap, block);
}
