// A call to the (simulated) operating system, as it was made and answered.

import type { SizeT } from '../contract/size-t.ts';
import type { Address } from './address.ts';

export type SyscallName = 'brk' | 'sbrk' | 'mmap' | 'munmap' | 'mremap';

export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const MAP_PRIVATE = 0x02;
export const MAP_ANONYMOUS = 0x20;
export const ENOMEM = 12;
export const EINVAL = 22;

export interface Syscall {
  readonly name: SyscallName;
  /** brk: the break asked for. mmap: the hint (0). munmap, mremap: the start. sbrk: 0. */
  readonly address: Address;
  /** mmap, munmap, mremap: bytes, as passed. Else 0. */
  readonly length: SizeT;
  /** brk, sbrk: how far the break moved (or, having failed, should have moved), in bytes; may be < 0.
   * 0 for a query. Else 0. */
  readonly moved: number;
  /** mmap only. */
  readonly protection: number;
  readonly flags: number;
  readonly fd: number;
  readonly offset: number;
  /** brk: 0 or -1. sbrk: the break before. mmap: the mapping. munmap: 0 or -1. Failed: -1. */
  readonly result: number;
  /** 0, or the errno that it failed with. */
  readonly error: number;
}
