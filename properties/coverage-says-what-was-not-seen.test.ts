// What a campaign covered: calls are classed by what they asked for, and the estimates of what is still unseen are
// those of the books, and hold where the truth is known.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { campaign } from '../src/check/campaign.ts';
import { isoC } from '../src/contract/iso-c.ts';
import { osmem } from '../src/contract/osmem.ts';
import { OpCounts, SIZE_BANDS } from '../src/feedback/op-counts.ts';
import type { FeatureCount } from '../src/feedback/tally.ts';
import { unseen, upperLimit } from '../src/feedback/unseen.ts';
import { without } from '../src/generate/pieces.ts';
import type { Random } from '../src/generate/random.ts';
import { randomFrom } from '../src/generate/seed.ts';
import { coverageSvg } from '../src/report/coverage-svg.ts';
import { coverageText } from '../src/report/coverage-text.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { Desk } from './support/command-line.ts';

const BROKEN = 'coalesces-over-live';
const ROUTE = { group: 'route', choice: false } as const;

/** One feature a string, one run a letter: `x` where the run showed it. */
function countsOf(...shown: readonly string[]): FeatureCount[] {
  return shown.map((runs, at) => ({
    ...ROUTE,
    name: String(at),
    runs: runs.replaceAll('.', '').length,
    first: runs.indexOf('x'),
  }));
}

describe('the chance of something new', () => {
  it('is the share of runs that show what no other does', () => {
    expect(unseen(countsOf('x...', '.xxx', '..x.'), 4)).toMatchObject({
      singletons: 2,
      chance: 0.5,
    });
  });

  it('counts a run once, however much it alone shows', () => {
    expect(unseen(countsOf('x...', 'x...', 'xxxx'), 4)).toMatchObject({
      singletons: 2,
      chance: 0.25,
    });
  });

  it('is nothing where all was seen twice, yet not certainly nothing', () => {
    const { chance, atMost } = unseen(countsOf('xx........', '..........'), 10);
    expect(chance).toBe(0);
    expect(atMost).toBeCloseTo(1 - 0.05 ** (1 / 5), 9);
  });

  it('is bounded by the limits that tables of Clopper and Pearson have', () => {
    expect(upperLimit(0, 10, 0.95)).toBeCloseTo(0.258866, 5);
    expect(upperLimit(1, 10, 0.95)).toBeCloseTo(0.394163, 5);
    expect(upperLimit(2, 20, 0.95)).toBeCloseTo(0.282619, 5);
    expect(upperLimit(10, 10, 0.95)).toBe(1);
    expect(upperLimit(0, 3_000_000, 0.95)).toBeCloseTo(1e-6, 8);
    expect(upperLimit(0, 0, 0.95)).toBe(1);
  });

  it('is right on average, and seldom above its bound, where the truth is known', () => {
    const random = randomFrom('unseen');
    const trials = 400;
    let [estimated, truth, broken] = [0, 0, 0];
    for (let trial = 0; trial < trials; trial++) {
      const { runs, odds, shown } = drawn(random);
      const { chance, atMost } = unseen(countsOf(...shown), runs);
      const real = 1 - odds.reduce((no, p, at) => no * (shown[at]?.includes('x') ? 1 : 1 - p), 1);
      estimated += chance;
      truth += real;
      if (real > atMost) broken += 1;
    }
    expect(estimated / truth).toBeGreaterThan(0.93);
    expect(estimated / truth).toBeLessThan(1.07);
    expect(broken / trials).toBeLessThan(0.05);
  });
});

/** Sixty features, each rarer than the one before, in a hundred independent runs. */
function drawn(random: Random): { runs: number; odds: number[]; shown: string[] } {
  const runs = 100;
  const odds = Array.from({ length: 60 }, (_, at) => 0.9 / (at + 1) ** 1.5);
  const shown = odds.map((p) =>
    Array.from({ length: runs }, () => (random.below(1_000_000) < p * 1_000_000 ? 'x' : '.')).join(
      '',
    ),
  );
  return { runs, odds, shown };
}

describe('the size of a request', () => {
  it.each([
    [0, '0'],
    [1, '1-64'],
    [64, '1-64'],
    [65, '65-1024'],
    [4096 - 49, '1 KiB-16 KiB'],
    [4096 - 48, 'page edge'],
    [4096 + 48, 'page edge'],
    [131072 - 48, 'threshold edge'],
    [131072 + 49, '128 KiB-512 KiB'],
    [524289, '512 KiB and more'],
    [2 ** 40, 'not to be had'],
    [2n ** 64n - 1n, 'not to be had'],
    [undefined, 'over size_t'],
  ])('%s is classed %s', (bytes, band) => {
    expect(SIZE_BANDS[new OpCounts(osmem).bandOf(bytes)]).toBe(band);
  });

  it('has no edges where the contract has none', () => {
    expect(SIZE_BANDS[new OpCounts(isoC).bandOf(4096)]).toBe('1 KiB-16 KiB');
    expect(SIZE_BANDS[new OpCounts(isoC).bandOf(131072)]).toBe('16 KiB-128 KiB');
  });
});

describe('a campaign', async () => {
  const run = (runs: number, wholeCoverage: boolean, known = 0) =>
    campaign({
      target: createSimulatedTarget(),
      seed: 'coverage',
      budget: { kind: 'runs', runs },
      known: Array.from({ length: known }, (_, at) => ({
        seed: String(at),
        trace: parseTrace('a 0 8; f 0'),
      })),
      wholeCoverage,
      pieces: without('sweeps', 'feedback', 'phases', 'holes'),
    });
  const report = await run(300, true);
  const { coverage } = report;
  if (coverage === undefined) throw new Error('a campaign tells what it covered');

  it('counts each call once', () => {
    expect(coverage.runs).toBe(300);
    const calls = coverage.ops.reduce((sum, { ops }) => sum + ops, 0);
    expect(calls).toBe(report.ops);
  });

  it('reaches what it says, and names all the rest', () => {
    expect(coverage.reached + coverage.unreached.length).toBe(coverage.features);
    expect(coverage.growth.at(-1)?.reached).toBe(coverage.reached);
    const reached = coverage.growth.map((each) => each.reached);
    expect(reached).toEqual(reached.toSorted((a, b) => a - b));
  });

  it('covers the same whenever it is run, and known traces are none of it', async () => {
    const again = (await run(300, false, 9)).coverage;
    expect({ ...again, skippedShare: 0 }).toEqual({ ...coverage, skippedShare: 0 });
  });

  it('takes its runs as independent unless some are made of others', async () => {
    expect(coverage.independent).toBe(true);
    const budget = { kind: 'runs', runs: 256 } as const;
    const target = createSimulatedTarget();
    const pieces = without('phases', 'holes');
    const led = await campaign({ target, seed: 'coverage', budget, pieces });
    expect(led.coverage?.independent).toBe(false);
  });

  it('is told as text, with each feature that was not reached', () => {
    const text = coverageText('builtin', coverage);
    for (const { group, name } of coverage.unreached)
      expect(text).toContain(`  ${group}: ${name}\n`);
    expect(text).toContain(`covered: ${coverage.reached} of ${coverage.features} features`);
  });

  it('is drawn as XML that is well formed', async () => {
    const contents = coverageSvg('a < b & c', coverage);
    const xml = [{ fileName: 'coverage.svg', contents }];
    expect((await validateXML({ xml, schema: [ANYTHING] })).errors).toEqual([]);
  });
});

/** Of SVG, that it is one element with whatever is well formed in it. */
const ANYTHING = {
  fileName: 'any.xsd',
  contents: `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/2000/svg">
    <xs:element name="svg"/></xs:schema>`,
};

describe('allocheck check --coverage', () => {
  it('writes a plot to a .svg and all that is known elsewhere', async () => {
    const desk = new Desk();
    for (const [file, start] of [
      ['covered.svg', '<svg'],
      ['covered.txt', 'builtin, seed s\n'],
    ] as const) {
      const argv = [
        'check',
        '--seed',
        's',
        '--budget',
        '20runs',
        '--coverage',
        file,
        '--json',
        '-',
      ];
      const { code, out } = await desk.run(argv);
      expect(code).toBe(0);
      expect(JSON.parse(out).coverage).toMatchObject({ runs: 20, independent: true });
      expect(readFileSync(join(desk.folder, file), 'utf8').startsWith(start)).toBe(true);
    }
    desk.clear();
  });

  it('draws no two targets in one plot', async () => {
    const desk = new Desk();
    const argv = ['check', 'builtin', `mutant:${BROKEN}`, '--coverage', 'c.svg'];
    const { code, err } = await desk.run(argv);
    desk.clear();
    expect(code).toBe(2);
    expect(err).toContain('--coverage c.svg is a plot of one target');
  });
});
