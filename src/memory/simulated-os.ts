// The simulated operating system of one process: break, mappings, failures on request, and a record of
// every call as strace would print it. Reproducible bit for bit: addresses depend on the calls alone.
//
// As on Linux, but: an unmapped address is never mapped again, a guard page follows each mapping, hints
// are not followed, and only private anonymous mappings exist.

import { type SizeT, sizeBelow } from '../contract/size-t.ts';
import { type Address, HEAP_LIMIT, HEAP_START, MEMORY_LIMIT, PAGE, pageCeil } from './address.ts';
import { AddressSpace } from './address-space.ts';
import { FAILED, type Memory } from './memory.ts';
import {
  EINVAL,
  ENOMEM,
  MAP_ANONYMOUS,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
  type Syscall,
  type SyscallName,
} from './syscall.ts';

/** No user-space address reaches it on x86-64. */
const TASK_SIZE = 2 ** 47 - PAGE;

export interface SimulatedOsOptions {
  /** Bytes of heap and mappings together, in whole pages; asking for more is ENOMEM. MEMORY_LIMIT if absent. */
  readonly memoryLimit?: number;
}

export class SimulatedOs extends AddressSpace implements Memory {
  readonly maps = true;
  errno = 0;
  /** Every call since `forgetSyscalls`, in order. */
  readonly syscalls: Syscall[] = [];
  private readonly memoryLimit: number;
  private growths = 0;
  private mmaps = 0;
  /** Which growth of the break, and which mmap, counted from the start, is to fail. */
  private readonly failingGrowths = new Set<number>();
  private readonly failingMmaps = new Set<number>();

  constructor(options: SimulatedOsOptions = {}) {
    super();
    this.memoryLimit = options.memoryLimit ?? MEMORY_LIMIT;
  }

  /** The `nth` growth of the break from here (1: the next) fails with ENOMEM. */
  failGrowth(nth: number): void {
    this.failingGrowths.add(this.growths + nth);
  }

  /** The `nth` mmap from here (1: the next) fails with ENOMEM. */
  failMmap(nth: number): void {
    this.failingMmaps.add(this.mmaps + nth);
  }

  forgetSyscalls(): void {
    this.syscalls.length = 0;
  }

  /** A fresh process: nothing mapped, nothing armed, nothing recorded. Costs what was touched. */
  reset(): void {
    this.heap.clear();
    this.mappings.clear();
    this.syscalls.length = 0;
    this.errno = 0;
    this.growths = 0;
    this.mmaps = 0;
    this.failingGrowths.clear();
    this.failingMmaps.clear();
  }

  /** Sets the break; 0, or FAILED with ENOMEM (also below the heap's start). `brk(0)` is a query. */
  brk(address: Address): number {
    const moved = address === 0 ? 0 : address - this.heap.break;
    const error = this.moveBreak(moved);
    return this.answer('brk', error === 0 ? 0 : FAILED, error, address, 0, moved);
  }

  sbrk(delta: number): Address {
    const before = this.heap.break;
    const error = this.moveBreak(delta);
    return this.answer('sbrk', error === 0 ? before : FAILED, error, 0, 0, delta);
  }

  mmap(
    hint: Address,
    length: SizeT,
    protection = PROT_READ | PROT_WRITE,
    flags = MAP_PRIVATE | MAP_ANONYMOUS,
    fd = -1,
    offset = 0,
  ): Address {
    const error = this.whyNotMap(length, flags);
    const result =
      error === 0 ? this.mappings.add(pageCeil(Number(length)), protection).start : FAILED;
    return this.answer('mmap', result, error, hint, length, 0, protection, flags, fd, offset);
  }

  munmap(address: Address, length: SizeT): number {
    const error = whyNotUnmap(address, length);
    if (error === 0) {
      const end = address + pageCeil(Number(length));
      this.mappings.remove(address, end);
      this.heap.punch(address - HEAP_START, end - HEAP_START);
    }
    return this.answer('munmap', error === 0 ? 0 : FAILED, error, address, length, 0);
  }

  /** Returns 0 or the errno. */
  private moveBreak(delta: number): number {
    if (delta === 0) return 0;
    const to = this.heap.break + delta;
    if (delta > 0) {
      this.growths += 1;
      if (this.failingGrowths.delete(this.growths)) return ENOMEM;
    }
    if (to < HEAP_START || to > HEAP_START + HEAP_LIMIT) return ENOMEM;
    if (delta > 0 && !this.affords(pageCeil(to - HEAP_START) - this.heap.accessible)) return ENOMEM;
    this.heap.moveBreak(to);
    return 0;
  }

  private whyNotMap(length: SizeT, flags: number): number {
    this.mmaps += 1;
    if (this.failingMmaps.delete(this.mmaps)) return ENOMEM;
    if (length === 0 || flags !== (MAP_PRIVATE | MAP_ANONYMOUS)) return EINVAL;
    if (!sizeBelow(length, TASK_SIZE)) return ENOMEM;
    const pages = pageCeil(Number(length));
    return this.affords(pages) && this.mappings.hasRoom(pages) ? 0 : ENOMEM;
  }

  private affords(bytes: number): boolean {
    return this.heap.accessible + this.mappings.mappedBytes + bytes <= this.memoryLimit;
  }

  private answer(
    name: SyscallName,
    result: number,
    error: number,
    address: Address,
    length: SizeT,
    moved: number,
    protection = 0,
    flags = 0,
    fd = 0,
    offset = 0,
  ): number {
    if (error !== 0) this.errno = error;
    this.syscalls.push({
      name,
      address,
      length,
      moved,
      protection,
      flags,
      fd,
      offset,
      result,
      error,
    });
    return result;
  }
}

function whyNotUnmap(address: Address, length: SizeT): number {
  if (address % PAGE !== 0 || length === 0 || address < 0) return EINVAL;
  return typeof length === 'bigint' || address + length > TASK_SIZE ? EINVAL : 0;
}
