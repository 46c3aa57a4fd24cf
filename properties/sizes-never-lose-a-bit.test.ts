// SizeT against BigInt arithmetic: every size from 0 to 2^64-1 is itself, and what wraps is said.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addSizes,
  alignSize,
  multiplySizes,
  SIZE_MAX,
  type SizeT,
  sizeBelow,
  sizeT,
  wrapSize,
} from '../src/contract/size-t.ts';

/** Every order of magnitude, and the neighbourhood of 2^53 and 2^64. */
const exact = fc.oneof(
  fc
    .tuple(fc.bigInt({ min: 0n, max: SIZE_MAX }), fc.integer({ min: 0, max: 63 }))
    .map(([value, shift]) => value >> BigInt(shift)),
  fc.bigInt({ min: 2n ** 53n - 20n, max: 2n ** 53n + 20n }),
  fc.bigInt({ min: SIZE_MAX - 40n, max: SIZE_MAX }),
);
const parameters = { numRuns: 2000, seed: 3 };

/** What the result must be: the exact value, or undefined past SIZE_MAX. */
function fitting(value: bigint): SizeT | undefined {
  return value > SIZE_MAX ? undefined : sizeT(value);
}

describe('a size', () => {
  it('has one form: a number up to 2^53-1, a bigint above', () => {
    fc.assert(
      fc.property(exact, (value) => {
        const size = sizeT(value);
        expect(BigInt(size)).toBe(value);
        expect(typeof size).toBe(value < 2n ** 53n ? 'number' : 'bigint');
        expect(sizeT(size)).toBe(size);
      }),
      parameters,
    );
  });

  it('adds, multiplies and aligns as unbounded integers do, or says that C would wrap', () => {
    fc.assert(
      fc.property(exact, exact, fc.constantFrom(1, 8, 16, 4096), (left, right, unit) => {
        const [a, b] = [sizeT(left), sizeT(right)];
        expect(addSizes(a, b)).toBe(fitting(left + right));
        expect(multiplySizes(a, b)).toBe(fitting(left * right));
        const step = BigInt(unit);
        expect(alignSize(a, unit)).toBe(fitting(((left + step - 1n) / step) * step));
        expect(sizeBelow(a, b)).toBe(left < right);
      }),
      parameters,
    );
  });

  it('wraps as 64 bits do where that is asked for', () => {
    fc.assert(
      fc.property(exact, exact, (left, right) => {
        expect(wrapSize(left * right)).toBe(sizeT((left * right) & SIZE_MAX));
      }),
      parameters,
    );
    expect(wrapSize(-1n)).toBe(SIZE_MAX);
  });

  it('is never negative, broken, or past 2^64-1', () => {
    for (const value of [-1, 0.5, 2 ** 53, Number.NaN, -1n, SIZE_MAX + 1n]) {
      expect(() => sizeT(value)).toThrow(RangeError);
    }
  });
});
