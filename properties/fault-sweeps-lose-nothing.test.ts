import { expect, test } from 'vitest';
import { MUTANTS, mutantTarget } from '../fuzz/mutant-list.ts';
import { brokenByRefusals, caughtBySweeps } from '../fuzz/sweep-zoo.ts';
import { OwnSweep, sweptTraces } from '../fuzz/sweeps.ts';
import { Hunter, type Run } from '../src/check/hunt.ts';
import { type Asked, type SweepOptions, sweep } from '../src/check/sweep.ts';
import { sweepRunner } from '../src/check/sweep-hunt.ts';
import { osmemOurs } from '../src/contract/osmem.ts';
import { traces } from '../src/generate/traces.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import { formatTrace, parseTrace } from '../src/trace/notation.ts';

/** The traces that a sweep of this one makes on the built-in, the plain one first. */
async function sweptOn(text: string, options: SweepOptions = {}) {
  const ran: string[] = [];
  const runner = sweepRunner(new Hunter(createSimulatedTarget()), async () => false);
  const noting = (runs: readonly Run[]) => {
    for (const { trace } of runs) ran.push(formatTrace(trace).trimEnd().replaceAll('\n', '; '));
    return runner(runs);
  };
  return { ran, ...(await sweep({ seed: 'by hand', trace: parseTrace(text) }, noting, options)) };
}

test('each growth of the break and each mmap is refused in turn, just before its op', async () => {
  const { ran, singles, pairs, left } = await sweptOn(
    'a 0 1; f 0; a 1 131072; c 2 1 5000; a 0 200',
  );
  expect(ran).toEqual([
    'a 0 1; f 0; a 1 131072; c 2 1 5000; a 0 200',
    'x sbrk 1; a 0 1; f 0; a 1 131072; c 2 1 5000; a 0 200',
    'a 0 1; f 0; x mmap 1; a 1 131072; c 2 1 5000; a 0 200',
    'a 0 1; f 0; a 1 131072; x mmap 1; c 2 1 5000; a 0 200',
  ]);
  expect({ singles, pairs, left }).toEqual({ singles: 3, pairs: 0, left: 0 });
});

test('the second of two refusals is of a syscall that was made after the first', async () => {
  const { ran } = await sweptOn('a 0 1; a 1 131008; a 2 131072', { pairs: true });
  expect(ran.slice(1)).toEqual([
    'x sbrk 1; a 0 1; a 1 131008; a 2 131072',
    'a 0 1; x sbrk 1; a 1 131008; a 2 131072',
    'a 0 1; a 1 131008; x mmap 1; a 2 131072',
    // The preallocation is tried again, which nobody would see without the first refusal.
    'x sbrk 1; a 0 1; x sbrk 1; a 1 131008; a 2 131072',
    'x sbrk 1; a 0 1; a 1 131008; x mmap 1; a 2 131072',
    'a 0 1; x sbrk 1; a 1 131008; x mmap 1; a 2 131072',
  ]);
});

test('what a trace has refused itself is not refused once more', async () => {
  const { ran } = await sweptOn('x sbrk 2; a 0 1; a 1 131008; x mmap 1; a 2 131072');
  expect(ran.slice(1)).toEqual(['x sbrk 2; x sbrk 1; a 0 1; a 1 131008; x mmap 1; a 2 131072']);
});

test('a second syscall of the same op is refused by an arming of its own', async () => {
  const ran: string[] = [];
  const ask = (op: number, nth: number, refused: boolean): Asked => ({
    op,
    of: 'sbrk',
    nth,
    refused,
  });
  const runner = async (runs: readonly Run[]) =>
    runs.map(({ trace }) => {
      ran.push(formatTrace(trace).trimEnd().replaceAll('\n', '; '));
      const op = trace.length - 1; // tries twice, whatever is refused
      return [
        ask(op, 1, op > 0 && trace[0]?.count === 1),
        ask(op, 2, ran.at(-1)?.includes('2;') ?? false),
      ];
    });
  await sweep({ seed: '', trace: parseTrace('a 0 1') }, runner, { pairs: true });
  expect(ran).toEqual(['a 0 1', 'x sbrk 1; a 0 1', 'x sbrk 2; a 0 1', 'x sbrk 1; x sbrk 2; a 0 1']);
});

test('bounds take runs from all of a trace, and what they leave out is counted', async () => {
  const text = 'a 0 131072; a 1 131072; a 2 131072; a 3 131072';
  const { ran, ...counts } = await sweptOn(text, { pairs: true, mostSingles: 2, mostPairs: 1 });
  expect(ran.slice(1)).toEqual([
    'x mmap 1; a 0 131072; a 1 131072; a 2 131072; a 3 131072',
    'a 0 131072; a 1 131072; x mmap 1; a 2 131072; a 3 131072',
    'x mmap 1; a 0 131072; x mmap 1; a 1 131072; a 2 131072; a 3 131072',
  ]);
  // Two singles; of the three and the one that come after these, all but one.
  expect(counts).toEqual({ singles: 2, pairs: 1, left: 5, missed: [] });
});

test('a refusal that nobody meets is told', async () => {
  const granted: Asked = { op: 0, of: 'mmap', nth: 1, refused: false };
  const runner = async (runs: readonly Run[]) => runs.map(() => [granted]);
  const { missed } = await sweep({ seed: 's', trace: parseTrace('a 0 131072') }, runner);
  expect(missed.map(({ seed }) => seed)).toEqual(['s+mmap@0']);
});

test('nothing is run any more once whoever is told has seen enough', async () => {
  const mutant = MUTANTS.find(({ name }) => name === 'ignores-failed-mmap');
  if (mutant === undefined) throw new Error('the mutant is gone');
  const told: string[] = [];
  const runner = sweepRunner(new Hunter(mutantTarget(mutant)), async ({ seed }) => {
    told.push(seed);
    return false;
  });
  const run = { seed: 's', trace: parseTrace('a 0 1; a 1 131072') };
  const { singles, pairs } = await sweep(run, runner, { pairs: true });
  expect(told).toEqual(['s+mmap@1']);
  expect({ singles, pairs }).toEqual({ singles: 2, pairs: 0 });
});

test('each syscall of the seeds and regressions can be refused, singly and in pairs: nothing is lost', async () => {
  const own = new OwnSweep();
  for (const run of sweptTraces()) await own.over(run, { pairs: true });
  expect(own.vigil.problems).toEqual([]);
  expect(own.left).toBe(0);
  expect(own.singles).toBeGreaterThan(100);
  expect(own.pairs).toBeGreaterThan(250);
  expect(own.vigil.refused).toBeGreaterThanOrEqual(own.singles + 2 * own.pairs);
});

test('each syscall of random traces can be refused, singly and in pairs', async () => {
  const own = new OwnSweep();
  const source = traces('faults', osmemOurs, 0, { failures: false, maxLength: 60 });
  const bounds = { pairs: true, mostSingles: 16, mostPairs: 16 };
  for (let run = 0; run < 40; run++) await own.over(source.next().value, bounds);
  expect(own.vigil.problems).toEqual([]);
  expect(own.singles).toBeGreaterThan(100);
});

test('mutants that are wrong only where a syscall fails are caught by sweeps of seeds that have no failures', async () => {
  const said: string[] = [];
  expect(await brokenByRefusals(true, (line) => said.push(line))).toEqual([]);
  expect(said.join('\n')).toContain('mutant:flag-before-sbrk');
});

test('a sweep of the built-in catches nothing', async () => {
  const few = createSimulatedTarget();
  expect(await caughtBySweeps(few)).toMatchObject({ by: '' });
});
