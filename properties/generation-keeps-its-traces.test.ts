// A seed in a report must give the same trace a year later: what seeds gave
// when these hashes were taken, they give still. A change of profiles or odds on purpose takes new ones.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import seedrandom from 'seedrandom';
import { describe, expect, test } from 'vitest';
import type { Contract } from '../src/contract/contract.ts';
import { isoC } from '../src/contract/iso-c.ts';
import { malloclab, malloclab16 } from '../src/contract/malloclab.ts';
import { osmem, osmemOurs } from '../src/contract/osmem.ts';
import type { ProfileLimits } from '../src/generate/profile.ts';
import { deriveSeed, randomFrom } from '../src/generate/seed.ts';
import { TraceArbitrary } from '../src/generate/trace-arbitrary.ts';
import { traceFromSeed } from '../src/generate/traces.ts';
import { formatTrace } from '../src/trace/notation.ts';
import type { Trace } from '../src/trace/trace.ts';

const TRACES = 100;

function hashOf(traces: readonly Trace[]): string {
  const hash = createHash('sha256');
  for (const trace of traces) hash.update(formatTrace(trace)).update('\n');
  return hash.digest('hex').slice(0, 16);
}

describe('the traces of a seed are what they were', () => {
  const least: Contract = {
    ...isoC,
    symbols: { malloc: 'malloc', free: 'free' },
    freeNull: false,
  };
  test.each<[string, Contract, ProfileLimits, string]>([
    ['osmem', osmem, {}, 'c2348b6d0b164349'],
    ['our osmem', osmemOurs, {}, '974aec650b256312'],
    ['osmem without failures', osmem, { failures: false }, 'e03691dd8772095a'],
    ['short ones', osmemOurs, { maxLength: 20 }, 'd7df1029e9893498'],
    ['iso-c', isoC, {}, '927639b02ae12908'],
    ['malloclab', malloclab, {}, '5c712810e3935874'],
    ['malloclab-16', malloclab16, {}, '5c712810e3935874'],
    ['malloc and free alone', least, {}, 'd5ff7271726f5397'],
  ])('%s', (_, contract, limits, hash) => {
    const seeds = Array.from({ length: TRACES }, (_, i) => deriveSeed('golden', 'trace', i));
    expect(hashOf(seeds.map((seed) => traceFromSeed(seed, contract, limits)))).toBe(hash);
  });

  test.each<[string, Contract, string]>([
    ['osmem', osmemOurs, '14329268a2ca46dd'],
    ['iso-c', isoC, '932dd0baa6dbd8fc'],
  ])("fast-check's, of %s", (_, contract, hash) => {
    const sample = fc.sample(new TraceArbitrary(contract), { seed: 1, numRuns: TRACES });
    expect(hashOf(sample)).toBe(hash);
  });
});

test("a stream is alea's of seedrandom, from the first number, for any seed and limit", () => {
  const limits = fc.array(fc.integer({ min: 1, max: 2 ** 32 }), { minLength: 1, maxLength: 20 });
  const seeds = fc.string({ unit: 'binary', maxLength: 60 });
  const agrees = (seed: string, below: readonly number[]): void => {
    const ours = randomFrom(seed);
    const theirs = seedrandom.alea(seed);
    for (const limit of below) expect(ours.below(limit)).toBe(Math.floor(theirs() * limit));
  };
  fc.assert(fc.property(seeds, limits, agrees), { seed: 1, numRuns: 1000 });
  for (const seed of ['', '0', ' ', 'a/trace/1']) agrees(seed, [2 ** 32, 2 ** 31, 2 ** 31 - 1, 1]);
});
