// Addresses of the simulated (or the child's) 64-bit address space.
//
// A number, read as a signed 64-bit value: what user space can map is far below 2^47 and exact, and a
// wild pointer from the top of the space, such as (void *)-1, is a small negative number, also exact.

/** A 64-bit address; negative for the upper half of the space. NULL is 0. */
export type Address = number & { readonly __address?: never };

export const NULL: Address = 0;
export const PAGE = 4096;

/** Where the simulated heap starts, here and in the native driver. */
export const HEAP_START: Address = 0x1000_0000_0000;
/** Where a native heap starts whose allocator may keep addresses in 4 bytes: below 2 GiB, as an `int` is signed. */
export const LOW_HEAP_START: Address = 0x4000_0000;
/** The heap may grow this far and no farther. */
export const HEAP_LIMIT = 1 << 30;
/** Bytes that a process may have in all, heap and mappings: more is refused with ENOMEM. Far above what
 * traces need, and small enough that filling and re-reading the largest block takes no time. */
export const MEMORY_LIMIT = 128 * 2 ** 20;
/** The first mapping; later ones go up, a guard page after each, and no address is used twice. */
export const MAPPING_START: Address = 0x2000_0000_0000;
/** The sum of all mappings of one trace, guard pages included, stays below this. */
export const MAPPING_LIMIT = 2 ** 36;

export function pageCeil(length: number): number {
  return Math.ceil(length / PAGE) * PAGE;
}

/** `0x10000000020`, as C prints it; negative addresses in two's complement. */
export function hex(address: Address): string {
  return address >= 0
    ? `0x${address.toString(16)}`
    : `0x${BigInt.asUintN(64, BigInt(address)).toString(16)}`;
}
