// The parts of a step that are lists: syscalls and broken bytes. Formats: driver-report.ts.
//
// The objects made here are new each time, because whoever keeps a step keeps them.

import { type SizeT, sizeT } from '../contract/size-t.ts';
import type { Syscall, SyscallName } from '../memory/syscall.ts';
import type { BrokenByte } from './execution.ts';

export const CALL_NAMES: readonly SyscallName[] = ['brk', 'sbrk', 'mmap', 'munmap', 'mremap'];
const CHECKS: readonly BrokenByte['check'][] = ['contents', 'prefix', 'zeroing', 'past-break'];
const CALL_WORDS = 7;
const BROKEN_WORDS = 3;
const TWO_32 = 4294967296;
/** High halves below it belong to sizes that a number holds exactly. */
const EXACT_HIGH = 1 << 21;

export function readCalls(
  into: Syscall[],
  ints: Int32Array,
  doubles: Float64Array,
  from: number,
  count: number,
): void {
  for (let at = from; at < from + count * CALL_WORDS; at += CALL_WORDS) {
    const head = ints[at * 2]!;
    into.push({
      name: CALL_NAMES[head & 255]!,
      address: doubles[at + 2]!,
      length: sizeAt(ints, at + 3),
      moved: doubles[at + 4]!,
      protection: ints[at * 2 + 1]!,
      flags: ints[at * 2 + 2]!,
      fd: ints[at * 2 + 3]!,
      offset: doubles[at + 5]!,
      result: doubles[at + 6]!,
      error: head >>> 8,
    });
  }
}

export function readBroken(
  into: BrokenByte[],
  ints: Int32Array,
  doubles: Float64Array,
  from: number,
  count: number,
): void {
  for (let at = from; at < from + count * BROKEN_WORDS; at += BROKEN_WORDS) {
    const expected = ints[at * 2 + 1]!;
    into.push({
      slot: ints[at * 2]!,
      offset: doubles[at + 2]!,
      expected: expected & 255,
      actual: ints[at * 2 + 2]!,
      check: CHECKS[expected >>> 8]!,
    });
  }
}

/** The unsigned 64-bit word at index `at`. */
export function sizeAt(ints: Int32Array, at: number): SizeT {
  const low = ints[at * 2]! >>> 0;
  const high = ints[at * 2 + 1]! >>> 0;
  if (high < EXACT_HIGH) return high * TWO_32 + low;
  return sizeT((BigInt(high) << 32n) | BigInt(low));
}

/** The signed 64-bit word at index `at`, as an address is read. */
export function signedAt(ints: Int32Array, at: number): number {
  return ints[at * 2 + 1]! * TWO_32 + (ints[at * 2]! >>> 0);
}
