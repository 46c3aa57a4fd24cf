// How a calloc asks for its bytes: as 1 x n, n x 1, or factors, and pairs whose product is zero, does not
// fit size_t, or would wrap to something small.

import { type SizeT, sizeT } from '../contract/size-t.ts';
import type { Random } from './random.ts';

/** count, size. All but the last few wrap in 64 bits to 0 or to a size that an allocator would serve. */
const OVERFLOWING: readonly (readonly [SizeT, SizeT])[] = [
  [2 ** 32, 2 ** 32],
  [2 ** 33, 2 ** 31],
  [2n ** 63n, 2],
  [2, 2n ** 63n],
  [2n ** 61n, 8],
  [2n ** 61n + 1n, 8],
  [8, 2n ** 61n + 3n],
  [2n ** 60n + 1n, 16],
  [16, 2n ** 60n + 4n],
  [2n ** 56n + 1n, 256],
  [2n ** 62n + 2n, 4],
  [2 ** 32 + 1, 2 ** 32],
  [2 ** 32 + 1, 2 ** 32 - 1],
  [2n ** 64n - 1n, 2],
  [2, 2n ** 64n - 1n],
  [2n ** 64n - 1n, 2n ** 64n - 1n],
  [2n ** 64n - 8n, 8],
  [3, 2n ** 63n - 1n],
  [6700417, 2753074036096],
  [641, 28778071877862016n],
].map(([count, size]) => [sizeT(count as SizeT), sizeT(size as SizeT)] as const);

/** Products just below 2^64: these fit, and must fail for want of memory, not for overflow. */
const JUST_FITTING: readonly (readonly [SizeT, SizeT])[] = [
  [3, sizeT(6148914691236517205n)],
  [1, sizeT(2n ** 64n - 1n)],
  [sizeT(2n ** 64n - 1n), 1],
  [sizeT(2n ** 61n - 1n), 8],
  [2 ** 32 - 1, 2 ** 32 + 1],
];

/** `[count, size]`; one pair in six fits after all, just. */
export function overflowingPair(random: Random): readonly [SizeT, SizeT] {
  const pairs = random.below(6) === 0 ? JUST_FITTING : OVERFLOWING;
  return pairs[random.below(pairs.length)] as readonly [SizeT, SizeT];
}

/** No elements, or elements of no bytes. */
export function emptyPair(random: Random): readonly [SizeT, SizeT] {
  const other = random.below(100);
  return random.below(2) === 0 ? [0, other] : [other, 0];
}

/** A count that divides `bytes`: 1, all of them, or a small one. 1 for what does not fit a double. */
export function countFor(random: Random, bytes: SizeT): number {
  if (typeof bytes !== 'number') return 1;
  switch (random.below(4)) {
    case 0:
      return 1;
    case 1:
      return bytes;
    default:
      return divisor(bytes, 2 + random.below(31));
  }
}

/** The largest number up to `from` that divides `bytes`. */
function divisor(bytes: number, from: number): number {
  let count = from;
  if (bytes <= INT32) {
    // As integers: the remainder of doubles is a call to the C library.
    const whole = bytes | 0;
    while (whole % count !== 0) count--;
  } else {
    while (bytes % count !== 0) count--;
  }
  return count;
}

const INT32 = 2 ** 31 - 1;
