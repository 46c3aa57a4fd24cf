// The slots of a trace while it runs: what each one holds, and which ops make sense now. The rules are
// those of target.ts; every target that interprets traces in TypeScript shares this.

import type { Contract } from '../contract/contract.ts';
import type { SizeT } from '../contract/size-t.ts';
import { type Address, HEAP_START, MAPPING_START, NULL } from '../memory/address.ts';
import { NO_SLOT, type Op, type Slot } from '../trace/op.ts';
import type { HeapWalk } from './execution.ts';
import { hasFreeBlockAt } from './walk.ts';

export class Slots {
  /** By slot; NULL where it is empty. */
  readonly pointer: Address[] = [];
  /** Requested bytes. */
  readonly size: number[] = [];
  /** Of the payload's pattern: index of the op at which it was born, plus 1. */
  readonly tag: number[] = [];
  /** The slots in use so far: 0 .. count-1. */
  count = 0;
  /** The sum of the requested bytes of all live slots, and of those on the simulated heap. */
  liveBytes = 0;
  liveHeapBytes = 0;
  private readonly live: boolean[] = [];
  private staleSlot: Slot = NO_SLOT;
  private stalePointer: Address = NULL;

  clear(): void {
    this.count = 0;
    this.liveBytes = 0;
    this.liveHeapBytes = 0;
    this.staleSlot = NO_SLOT;
  }

  isLive(slot: Slot): boolean {
    return slot < this.count && this.live[slot] === true;
  }

  /** What the call is given: the slot's pointer, also a stale one; NULL for an empty slot. */
  given(op: Op): Address {
    if (op.kind === 'stale-realloc' || op.kind === 'stale-free') return this.stalePointer;
    return op.slot !== NO_SLOT && this.isLive(op.slot) ? this.pointer[op.slot]! : NULL;
  }

  /** Whether the op makes a call now; otherwise it is skipped. `heap` is the heap before it. */
  runs(op: Op, contract: Contract, heap: HeapWalk): boolean {
    switch (op.kind) {
      case 'malloc':
      case 'calloc':
        return !this.isLive(op.slot);
      case 'free':
        return this.isLive(op.slot);
      case 'realloc':
      case 'free-null':
        return true;
      case 'stale-realloc':
        return contract.staleRealloc && isPositive(op.size) && this.isStale(op.slot, heap);
      case 'stale-free':
        return contract.staleFree && this.isStale(op.slot, heap);
      case 'fail-sbrk':
      case 'fail-mmap':
        return false;
    }
  }

  /** Before a call: whatever was freed last is stale no longer. */
  calling(): void {
    this.staleSlot = NO_SLOT;
  }

  bear(slot: Slot, pointer: Address, size: number, tag: number): void {
    while (this.count <= slot) this.live[this.count++] = false;
    this.live[slot] = true;
    this.pointer[slot] = pointer;
    this.size[slot] = size;
    this.tag[slot] = tag;
    this.account(pointer, size);
  }

  /** A realloc gave the slot another place and size. */
  move(slot: Slot, pointer: Address, size: number): void {
    this.account(this.pointer[slot]!, -this.size[slot]!);
    this.account(pointer, size);
    this.pointer[slot] = pointer;
    this.size[slot] = size;
  }

  /** The slot is empty; until the next call its old pointer is the stale one. */
  release(slot: Slot): void {
    this.account(this.pointer[slot]!, -this.size[slot]!);
    this.live[slot] = false;
    this.staleSlot = slot;
    this.stalePointer = this.pointer[slot]!;
  }

  private account(pointer: Address, bytes: number): void {
    this.liveBytes += bytes;
    if (pointer >= HEAP_START && pointer < MAPPING_START) this.liveHeapBytes += bytes;
  }

  private isStale(slot: Slot, heap: HeapWalk): boolean {
    return slot === this.staleSlot && hasFreeBlockAt(heap, this.stalePointer);
  }
}

function isPositive(size: SizeT): boolean {
  return size > 0;
}
