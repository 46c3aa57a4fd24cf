import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Contract } from '../src/contract/contract.ts';
import { osmem, osmemOurs } from '../src/contract/osmem.ts';
import { between, oneIn, pick } from '../src/generate/random.ts';
import { deriveSeed, randomFrom } from '../src/generate/seed.ts';
import { TraceArbitrary } from '../src/generate/trace-arbitrary.ts';
import { traceFromSeed, traces } from '../src/generate/traces.ts';
import { formatTrace } from '../src/trace/notation.ts';
import type { Trace } from '../src/trace/trace.ts';

function firstTraces(root: string, count: number, from = 0): { seed: string; trace: Trace }[] {
  const taken = [];
  for (const { seed, index, trace } of traces(root, osmem, from)) {
    if (index >= from + count) return taken;
    taken.push({ seed, trace });
  }
  return taken;
}

describe('a campaign', () => {
  test('is the same for the same root seed', () => {
    expect(firstTraces('abc', 50)).toEqual(firstTraces('abc', 50));
  });

  test('is another for another root seed', () => {
    const texts = (root: string) => firstTraces(root, 50).map(({ trace }) => formatTrace(trace));
    const other = new Set(texts('abd'));
    expect(texts('abc').filter((text) => text.length > 100 && other.has(text))).toEqual([]);
  });

  test('can be joined in the middle', () => {
    expect(firstTraces('abc', 5, 20)).toEqual(firstTraces('abc', 25).slice(20));
  });

  test('gives each trace a seed that brings it back alone', () => {
    for (const { seed, trace } of firstTraces('abc', 50)) {
      expect(traceFromSeed(seed, osmem)).toEqual(trace);
    }
  });
});

describe('a stream of random numbers', () => {
  test('is the same for the same seed, another for the next', () => {
    const draw = (seed: string) => {
      const random = randomFrom(seed);
      return Array.from({ length: 20 }, () => random.below(1000));
    };
    expect(draw(deriveSeed('r', 'x', 1))).toEqual(draw('r/x/1'));
    expect(draw('r/x/1')).not.toEqual(draw('r/x/2'));
  });

  test('stays in its bounds, and reaches both', () => {
    const random = randomFrom('bounds');
    const seen = new Set(Array.from({ length: 2000 }, () => between(random, 3, 9)));
    expect([...seen].sort()).toEqual([3, 4, 5, 6, 7, 8, 9]);
    const picked = new Set(Array.from({ length: 200 }, () => pick(random, ['a', 'b'])));
    expect(picked.size).toBe(2);
    expect(oneIn(random, 1)).toBe(true);
    const high = Array.from({ length: 1000 }, () => random.below(2 ** 32));
    expect(Math.max(...high)).toBeGreaterThan(2 ** 31);
  });
});

describe("fast-check's traces", () => {
  test('come from the same generator and follow its seed', () => {
    const sample = () => fc.sample(new TraceArbitrary(osmemOurs), { seed: 7, numRuns: 30 });
    expect(sample()).toEqual(sample());
    const kinds = new Set(sample().flatMap((trace) => trace.map((op) => op.kind)));
    expect(kinds.size).toBeGreaterThanOrEqual(7);
  });

  test('keep to the limits', () => {
    const limited = new TraceArbitrary(osmemOurs, { maxLength: 5, failures: false });
    for (const trace of fc.sample(limited, { seed: 8, numRuns: 300 })) {
      expect(trace.length).toBeLessThanOrEqual(5);
      expect(trace.filter((op) => op.kind.startsWith('fail'))).toEqual([]);
    }
  });
});

describe('a contract with less in it', () => {
  const { placement: _, ...bare } = osmem;
  const isoLike: Contract = { ...bare, zeroSize: 'any', staleRealloc: false, interposed: false };

  test('gets no stale ops, no zero sizes, no failing syscalls', () => {
    for (const { index, trace } of traces('iso', isoLike)) {
      if (index >= 400) break;
      for (const op of trace) {
        expect(op.kind).not.toMatch(/stale|fail/);
        if (/alloc/.test(op.kind)) expect(Number(op.size) * Number(op.count)).toBeGreaterThan(0);
      }
    }
  });

  test('gets no sizes that a real machine might serve though nobody can fill them', () => {
    for (const { index, trace } of traces('iso', isoLike)) {
      if (index >= 400) break;
      for (const op of trace) {
        const bytes = Number(op.size) * Number(op.count);
        expect(bytes <= 2 ** 32 || bytes >= 2 ** 47).toBe(true);
      }
    }
  });
});
