// Sizes for the commands of a fast-check user: the classes of src/generate/sizes.ts as arbitraries, at
// the same base weights. Classes that remember sizes used before have no natural arbitrary; a few fixed
// sizes that come again and again stand in for them.

import fc from 'fast-check';
import { SIZE_MAX, type SizeT, sizeT } from '../../src/contract/size-t.ts';

const HEADER = 32;
const PAGE = 4096;
const THRESHOLD = 128 * 1024;

const between = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });

const recurring = fc.constantFrom(16, 24, 40, 64, 100, 104, 136, 200, 1000, 4000);
const nearEdge = (edge: number): fc.Arbitrary<number> =>
  fc.oneof(between(edge - 9, edge + 9), between(edge - HEADER - 9, edge - HEADER + 9));

export const sizes: fc.Arbitrary<SizeT> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<SizeT>(0) },
  { weight: 12, arbitrary: between(1, 64) },
  { weight: 8, arbitrary: between(1, 512).map((words) => 8 * words - 1 + (words % 3)) },
  { weight: 12, arbitrary: between(65, 1024) },
  { weight: 10, arbitrary: between(1025, 16 * 1024) },
  { weight: 4, arbitrary: between(16 * 1024, 127 * 1024) },
  {
    weight: 31,
    arbitrary: fc.oneof(
      recurring,
      recurring.map((size) => size + HEADER + 8),
    ),
  },
  { weight: 6, arbitrary: nearEdge(PAGE) },
  { weight: 8, arbitrary: nearEdge(THRESHOLD) },
  { weight: 4, arbitrary: between(THRESHOLD, THRESHOLD + 16 * 1024) },
  { weight: 1, arbitrary: between(40, 52).map((bits) => 2 ** bits) },
  { weight: 2, arbitrary: between(0, 40).map((below) => sizeT(SIZE_MAX - BigInt(below))) },
);
