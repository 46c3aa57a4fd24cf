// What each live slot is owed, for any allocator: where it is, how many bytes, and which memory the
// process has. Fed with what was observed, it goes on from there whatever the judge said of it.

import type { Contract } from '../contract/contract.ts';
import { type Address, pageCeil } from '../memory/address.ts';
import type { Syscall } from '../memory/syscall.ts';
import type { Slot } from '../trace/op.ts';

/** A mapping, with the length that was asked for; it is accessible to the end of its last page. */
export interface Mapping {
  readonly start: Address;
  readonly length: number;
}

export class Model {
  heapStart: Address = 0;
  /** The break, as the syscalls moved it. */
  heapEnd: Address = 0;
  /** By slot: the payload, 0 where the slot is empty. */
  readonly address: Address[] = [];
  /** By slot: the bytes owed. */
  readonly size: number[] = [];
  /** The live slots, in no order. */
  readonly live: Slot[] = [];
  /** Bytes asked for so far in this trace, what goes with each block included, at the most. */
  asked = 0;
  /** How many live payloads lie in the heap. */
  liveInHeap = 0;
  readonly mappings: Mapping[] = [];
  /** The request from which malloc maps: moves only where the contract's threshold is dynamic. */
  mmapThreshold = Number.POSITIVE_INFINITY;

  private readonly position: number[] = [];
  /** By slot: whether the payload was on the heap when it was given out. */
  private readonly onHeap: boolean[] = [];
  private readonly contract: Contract;

  constructor(contract: Contract) {
    this.contract = contract;
  }

  begin(heapStart: Address): void {
    for (const slot of this.live) this.address[slot] = 0;
    this.live.length = 0;
    this.liveInHeap = 0;
    this.asked = 0;
    this.mappings.length = 0;
    this.heapStart = heapStart;
    this.heapEnd = heapStart;
    this.mmapThreshold = this.contract.placement?.mmapThreshold ?? Number.POSITIVE_INFINITY;
  }

  isLive(slot: Slot): boolean {
    return slot >= 0 && (this.address[slot] ?? 0) !== 0;
  }

  inHeap(address: Address): boolean {
    return address >= this.heapStart && address < this.heapEnd;
  }

  /** The mapping that `address` lies in, if any. */
  mappingOf(address: Address): Mapping | undefined {
    for (const mapping of this.mappings) {
      if (address >= mapping.start && address < mapping.start + pageCeil(mapping.length)) {
        return mapping;
      }
    }
    return undefined;
  }

  /** Whether [address, address + size) is memory that the process has. */
  owns(address: Address, size: number): boolean {
    const end = address + size;
    if (address >= this.heapStart && end <= this.heapEnd) return true;
    const mapping = this.mappingOf(address);
    return mapping !== undefined && end <= mapping.start + pageCeil(mapping.length);
  }

  /** Whether `size` bytes more may be too many for a heap of a fixed size, for a buddy allocator that never uses a
   * block again: all blocks are powers of two, so is the part of the heap that they are cut from (perhaps no
   * more than half of it), and of what is left there, one block is not less than half. */
  mayLack(size: number): boolean {
    const usable = (this.contract.heapLimit ?? Number.POSITIVE_INFINITY) / 2;
    return this.asked + 2 * spaceFor(size) > usable;
  }

  /** The live slot, other than `except`, whose payload shares a byte with [address, address + size). */
  overlapping(address: Address, size: number, except: Slot): Slot {
    const end = address + size;
    const { live } = this;
    for (let i = 0; i < live.length; i++) {
      const slot = live[i] as Slot;
      const other = this.address[slot] as Address;
      if (other < end && address < other + (this.size[slot] as number) && slot !== except)
        return slot;
    }
    return -1;
  }

  /** The live slot at exactly this payload address, or -1. */
  slotAt(address: Address): Slot {
    const { live } = this;
    for (let i = 0; i < live.length; i++) {
      if (this.address[live[i] as Slot] === address) return live[i] as Slot;
    }
    return -1;
  }

  observe(syscall: Syscall): void {
    if (syscall.error !== 0) return;
    if (syscall.name === 'brk' || syscall.name === 'sbrk') this.heapEnd += syscall.moved;
    else if (syscall.name === 'mmap') {
      this.mappings.push({ start: syscall.result, length: Number(syscall.length) });
    } else if (syscall.name === 'munmap') this.unmap(syscall.address, Number(syscall.length));
  }

  /** The slot now holds `size` bytes at `address`, whatever it held before. */
  place(slot: Slot, address: Address, size: number): void {
    this.asked += spaceFor(size);
    if (this.address[slot] === address) {
      this.size[slot] = size;
      return;
    }
    this.clear(slot);
    this.address[slot] = address;
    this.size[slot] = size;
    this.position[slot] = this.live.length;
    this.live.push(slot);
    this.onHeap[slot] = this.inHeap(address);
    if (this.onHeap[slot]) this.liveInHeap++;
  }

  clear(slot: Slot): void {
    if ((this.address[slot] ?? 0) === 0) return;
    if (this.onHeap[slot]) this.liveInHeap--;
    this.address[slot] = 0;
    const last = this.live.pop() as Slot;
    if (last !== slot) {
      this.live[this.position[slot] as number] = last;
      this.position[last] = this.position[slot] as number;
    }
  }

  /** glibc's rule: a freed mapping raises the threshold to its length, up to the cap. */
  raiseThreshold(length: number): void {
    const cap = this.contract.placement?.dynamicThreshold?.cap;
    if (cap === undefined) return;
    this.mmapThreshold = Math.max(this.mmapThreshold, Math.min(length, cap));
  }

  private unmap(start: Address, length: number): void {
    const end = start + pageCeil(length);
    for (let i = this.mappings.length - 1; i >= 0; i--) {
      const mapping = this.mappings[i] as Mapping;
      const mappingEnd = mapping.start + pageCeil(mapping.length);
      if (mappingEnd <= start || mapping.start >= end) continue;
      this.mappings.splice(i, 1);
      if (mapping.start < start) {
        this.mappings.push({ start: mapping.start, length: start - mapping.start });
      }
      if (mappingEnd > end) this.mappings.push({ start: end, length: mappingEnd - end });
    }
  }
}

/** With a header, a footer, and alignment. */
function spaceFor(size: number): number {
  return 2 * (size + 64);
}
