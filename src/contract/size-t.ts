// What a C `size_t` is here: every whole number from 0 to 2^64-1, without losing a bit.
//
// Representation: a `number` up to 2^53-1, where doubles are exact, and a `bigint` above it. The form
// is canonical (one value, one form), so `===` compares sizes. Real requests are numbers; only the
// hostile ones near SIZE_MAX pay for a bigint, so the fast path never allocates one.

export type SizeT = number | bigint;

export const SIZE_MAX = 2n ** 64n - 1n;

const EXACT = BigInt(Number.MAX_SAFE_INTEGER);

/** The canonical form of a whole number in 0..2^64-1. Throws a RangeError outside of that. */
export function sizeT(value: number | bigint): SizeT {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not a size_t`);
    return value;
  }
  if (value < 0n || value > SIZE_MAX) throw new RangeError(`${value} is not a size_t`);
  return value <= EXACT ? Number(value) : value;
}

/** `left + right`, or undefined where C would wrap past 2^64-1. */
export function addSizes(left: SizeT, right: SizeT): SizeT | undefined {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right;
    if (sum <= Number.MAX_SAFE_INTEGER) return sum;
  }
  return fitting(BigInt(left) + BigInt(right));
}

/** `left * right`, or undefined where C would wrap past 2^64-1. */
export function multiplySizes(left: SizeT, right: SizeT): SizeT | undefined {
  if (typeof left === 'number' && typeof right === 'number') {
    const product = left * right;
    if (product <= Number.MAX_SAFE_INTEGER) return product;
  }
  return fitting(BigInt(left) * BigInt(right));
}

/** `value` rounded up to a multiple of `unit` bytes, or undefined where C would wrap. */
export function alignSize(value: SizeT, unit: number): SizeT | undefined {
  if (typeof value === 'number') {
    const rest = value % unit;
    if (rest === 0) return value;
    const aligned = value + (unit - rest);
    if (aligned <= Number.MAX_SAFE_INTEGER) return aligned;
  }
  const step = BigInt(unit);
  return fitting(((BigInt(value) + step - 1n) / step) * step);
}

/** Exact order of two sizes, whatever their forms. */
export function sizeBelow(left: SizeT, right: SizeT): boolean {
  return left < right;
}

/** The value as C would keep it in 64 bits: modulo 2^64. What a wrapping allocator computes with. */
export function wrapSize(value: bigint): SizeT {
  return sizeT(BigInt.asUintN(64, value));
}

function fitting(value: bigint): SizeT | undefined {
  return value > SIZE_MAX ? undefined : sizeT(value);
}

/** A size that was read as a double, in words that are true: above 2^53 its last digits are lost. */
export function storedSize(bytes: number): string {
  if (Number.isSafeInteger(bytes)) return String(bytes);
  return bytes > 2 ** 64 - 2 ** 20 ? 'nearly 2^64' : `about ${bytes.toPrecision(3)}`;
}
