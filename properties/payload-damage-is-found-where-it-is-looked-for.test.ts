// The pattern that payloads are filled with, and the bulk functions that fill and check them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  byteAt,
  EDGE,
  isSampled,
  LARGE,
  laneAt,
  STRIDE,
  sampleRanges,
  WHOLE,
  WIDE_STRIDE,
} from '../src/target/payload.ts';
import {
  fillPattern,
  fillSample,
  firstBroken,
  firstBrokenInSample,
  firstNonZero,
} from '../src/target/payload-bytes.ts';

function region(length: number, base: number) {
  const buffer = new ArrayBuffer(Math.ceil((length + base + 64) / 8) * 8);
  return { bytes: new Uint8Array(buffer), ints: new Int32Array(buffer), base };
}

const place = fc.record({
  size: fc.integer({ min: 1, max: 700 }),
  base: fc.integer({ min: 0, max: 40 }),
  tag: fc.integer({ min: 1, max: 1 << 20 }),
  lane: fc.integer({ min: 0, max: 10 }),
});
const parameters = { numRuns: 1000, seed: 4 };

describe('the pattern', () => {
  it('is filled as its definition says, at any address, and nowhere else', () => {
    fc.assert(
      fc.property(place, ({ size, base, tag, lane }) => {
        const at = region(size, base);
        const from = Math.min(lane * 4, size);
        fillPattern(at, tag, from, size);
        const expected = at.bytes.map((_, index) => {
          const offset = index - base;
          return offset >= from && offset < size ? byteAt(tag, offset) : 0;
        });
        expect(Buffer.compare(at.bytes, expected)).toBe(0);
      }),
      parameters,
    );
  });

  it('is found whole where it is whole, and broken at the first broken byte', () => {
    fc.assert(
      fc.property(place, fc.nat(), fc.nat(), ({ size, base, tag, lane }, first, second) => {
        const at = region(size, base);
        fillPattern(at, tag, 0, size);
        expect(firstBroken(at, tag, 0, size)).toBe(-1);
        const spots = [first % size, second % size];
        for (const spot of new Set(spots)) at.bytes[base + spot]! ^= 0x40;
        expect(firstBroken(at, tag, 0, size)).toBe(Math.min(...spots));
        const from = lane * 4;
        const behind = spots.filter((spot) => spot >= from);
        const expected = behind.length === 0 ? -1 : Math.min(...behind);
        if (from < size) expect(firstBroken(at, tag, from, size)).toBe(expected);
      }),
      parameters,
    );
  });

  it('of another payload, or of another place in the same one, is broken within 4 bytes', () => {
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 1000 }), ({ tag, base }, shift) => {
        const at = region(64, base & ~3);
        fillPattern(at, tag + shift, 0, 64);
        expect(firstBroken(at, tag, 0, 64)).toBeLessThan(4);
        expect(laneAt(tag, 0)).not.toBe(laneAt(tag, shift));
      }),
      parameters,
    );
  });

  it('leaves the first byte that is not zero to be found, at any address', () => {
    fc.assert(
      fc.property(place, fc.nat(), ({ size, base }, where) => {
        const at = region(size, base);
        expect(firstNonZero(at, 0, size)).toBe(-1);
        at.bytes[base + (where % size)] = 1;
        expect(firstNonZero(at, 0, size)).toBe(where % size);
      }),
      parameters,
    );
  });
});

describe('the sample', () => {
  it('is filled and checked by the fast functions just as range by range', () => {
    const sampled = fc.record({
      size: fc.oneof(
        fc.integer({ min: WHOLE + 1, max: 9000 }),
        fc.integer({ min: LARGE - 9, max: LARGE + 9 }),
      ),
      base: fc.constantFrom(0, 8, 32, 3),
      tag: fc.integer({ min: 1, max: 1 << 20 }),
      spot: fc.nat(),
      limit: fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.constant(LARGE + 9)),
    });
    fc.assert(
      fc.property(sampled, ({ size, base, tag, spot, limit }) => {
        const [fast, slow] = [region(size, base), region(size, base)];
        fillSample(fast, tag, size);
        const ranges = rangesOf(size, 'hunting');
        for (const [from, to] of ranges) fillPattern(slow, tag, from, to);
        expect(Buffer.compare(fast.bytes, slow.bytes)).toBe(0);
        const end = Math.min(size, limit);
        expect(firstBrokenInSample(fast, tag, size, end)).toBe(-1);
        // Half of the spots are where it is looked at, so that most are found.
        const [from, to] = ranges[spot % ranges.length]!;
        const broken = spot % 2 === 0 ? from + (spot % (to - from)) : spot % size;
        fast.bytes[base + broken]! ^= 1;
        const seen =
          broken < end && ranges.some((range) => range[0] <= broken && broken < range[1]);
        expect(firstBrokenInSample(fast, tag, size, end)).toBe(seen ? broken : -1);
      }),
      parameters,
    );
  });

  it('is the whole payload up to WHOLE bytes, and everywhere at full density', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (size) => {
        expect(rangesOf(size, 'everything')).toEqual(size === 0 ? [] : [[0, size]]);
        expect(isSampled(size, 'hunting')).toBe(size > WHOLE);
      }),
      parameters,
    );
    expect(rangesOf(WHOLE, 'hunting')).toEqual([[0, WHOLE]]);
  });

  it('of a longer one is both edges and a lane at each stride, in order, on lanes, apart', () => {
    fc.assert(
      fc.property(fc.integer({ min: WHOLE + 1, max: 200_000 }), (size) => {
        const ranges = rangesOf(size, 'hunting');
        expect(ranges[0]).toEqual([0, EDGE]);
        expect(ranges.at(-1)?.[1]).toBe(size);
        expect(ranges.at(-1)![0]).toBeLessThanOrEqual(size - EDGE);
        let end = 0;
        for (const [from, to] of ranges) {
          expect(from % 4).toBe(0);
          expect(from).toBeGreaterThanOrEqual(Math.min(end, from));
          expect(to).toBeGreaterThan(from);
          end = to;
        }
        const stride = size < LARGE ? STRIDE : WIDE_STRIDE;
        const lanes = ranges.filter(([from]) => from > 0 && from % stride === 0);
        expect(lanes.length).toBeGreaterThanOrEqual(Math.floor((size - EDGE - 4) / stride));
      }),
      parameters,
    );
  });
});

function rangesOf(size: number, density: 'hunting' | 'everything'): [number, number][] {
  const ranges: [number, number][] = [];
  sampleRanges(size, density, (from, to) => ranges.push([from, to]));
  return ranges;
}
