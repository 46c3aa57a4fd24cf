// What an allocator runs on: bytes, a break, mappings. Implemented by the simulated operating system
// (for verification), by a plain ArrayBuffer and by WebAssembly.Memory (for use).

import type { SizeT } from '../contract/size-t.ts';
import type { Address } from './address.ts';

/** What `sbrk`, `brk`, `mmap` and `munmap` return when they fail; `errno` says why. */
export const FAILED = -1;

/**
 * Little-endian memory. An access that is not wholly inside mapped memory throws a MemoryFault that
 * names the first bad byte; nothing has been written before that byte by a word access, and everything
 * by `fill` and `copy`. No access needs alignment; aligned ones are faster.
 */
export interface Memory {
  /** Where the break was at first. Never 0, always a multiple of 8. */
  readonly heapStart: Address;
  /** Whether `mmap` can succeed at all; where not, an allocator puts everything on its heap. */
  readonly maps: boolean;
  /** Why the last failing call failed; calls that succeed leave it alone. */
  errno: number;

  read8(address: Address): number;
  write8(address: Address, value: number): void;
  read16(address: Address): number;
  write16(address: Address, value: number): void;
  /** Unsigned. */
  read32(address: Address): number;
  write32(address: Address, value: number): void;
  /** 64 bits, signed, as a number: exact from -2^53 to 2^53, rounded to a double beyond. */
  readWord(address: Address): number;
  /** 64 bits, two's complement. `value` is a whole number from -2^53 to 2^53. */
  writeWord(address: Address, value: number): void;
  /** 64 bits, unsigned and exact, in the canonical form of SizeT. */
  readSize(address: Address): SizeT;
  writeSize(address: Address, value: SizeT): void;

  /** memset. */
  fill(address: Address, length: number, byte: number): void;
  /** memmove: the ranges may overlap. */
  copy(to: Address, from: Address, length: number): void;

  /** Moves the break by `delta` bytes; returns the break before, or FAILED. `sbrk(0)` asks for it. */
  sbrk(delta: number): Address;
  /** A new mapping of zeros, or FAILED (EINVAL, ENOMEM). `hint` is not followed. */
  mmap(
    hint: Address,
    length: SizeT,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ): Address;
  /** Returns 0, or FAILED (EINVAL). A range that holds no mapping is no error. */
  munmap(address: Address, length: SizeT): number;
}
