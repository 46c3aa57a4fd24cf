import { expect, test } from 'vitest';
import { corpusTraces } from '../fuzz/corpora.ts';
import { FaultSweep } from '../fuzz/faults.ts';
import { osmemOurs } from '../src/contract/osmem.ts';
import { traces } from '../src/generate/traces.ts';
import { parseTrace } from '../src/trace/notation.ts';

test('each sbrk and mmap of random traces can be refused, and everything stays owed', () => {
  const sweep = new FaultSweep();
  const source = traces('faults', osmemOurs, 0, { failures: false });
  for (let run = 0; run < 60; run++) sweep.over(source.next().value);
  expect(sweep.vigil.problems).toEqual([]);
  expect(sweep.points).toBeGreaterThan(200);
  expect(sweep.vigil.refused).toBeGreaterThanOrEqual(sweep.points);
});

test('each sbrk and mmap of the seeds of the corpus can be refused', () => {
  const sweep = new FaultSweep();
  for (const run of corpusTraces('seeds')) sweep.over(run);
  expect(sweep.vigil.problems).toEqual([]);
});

test('a trace is swept at each of its growths and mmaps, without the failures that it brings along', () => {
  const sweep = new FaultSweep();
  const trace = parseTrace('x sbrk 1; a 0 1; a 1 131072; x mmap 1; c 2 1 5000; a 3 131024');
  sweep.over({ seed: 'by hand', trace });
  // The preallocation and one growth; two mmaps.
  expect(sweep.points).toBe(4);
  expect(sweep.vigil.refused).toBe(4);
  expect(sweep.vigil.problems).toEqual([]);
});
