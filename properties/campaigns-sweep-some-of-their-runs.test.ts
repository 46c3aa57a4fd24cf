// In a campaign some runs are made again with what they were granted refused: soon, and within its budget.

import { expect, test } from 'vitest';
import { MUTANTS, mutantTarget } from '../fuzz/mutant-list.ts';
import { campaign } from '../src/check/campaign.ts';
import type { Run } from '../src/check/hunt.ts';
import { Sweeping, sweepTurns } from '../src/check/sweeping.ts';
import { osmemOurs } from '../src/contract/osmem.ts';
import { without } from '../src/generate/pieces.ts';
import { createSimulatedTarget, type SimulatedTarget } from '../src/target/simulated.ts';
import type { Visitor } from '../src/target/target.ts';
import { formatTrace, parseTrace } from '../src/trace/notation.ts';

const BESIDE: Visitor = { begin: () => {}, step: () => true, end: () => {} };

/** Runs the same trace so many times, and what was refused of it. */
async function turnsOf(text: string, runs: number, sweeping: Sweeping): Promise<string[]> {
  const target = createSimulatedTarget();
  const batch: Run[] = Array.from({ length: runs }, () => ({ seed: '', trace: parseTrace(text) }));
  await target.execute(
    batch.map(({ trace }) => trace),
    'hunting',
    sweeping.log,
  );
  const attempts = sweeping.turns(batch);
  const swept: string[] = [];
  await sweepTurns(attempts, async (again) => {
    sweeping.log.forget();
    for (const { trace } of again) {
      swept.push(formatTrace(trace).trimEnd().replaceAll('\n', '; '));
      target.run(trace, 'hunting', sweeping.log);
    }
    return sweeping.log.all.slice();
  });
  return swept;
}

test('one in eight runs is swept: its first syscall by turns with the others, then the next one, too', async () => {
  const sweeping = new Sweeping(BESIDE, osmemOurs, true);
  expect(await turnsOf('a 0 1; a 1 131072', 32, sweeping)).toEqual([
    'x sbrk 1; a 0 1; a 1 131072',
    'x sbrk 1; a 0 1; a 1 131072',
    'x sbrk 1; a 0 1; a 1 131072',
    'a 0 1; x mmap 1; a 1 131072',
    'x sbrk 1; a 0 1; x mmap 1; a 1 131072',
    'x sbrk 1; a 0 1; x mmap 1; a 1 131072',
    'x sbrk 1; a 0 1; x mmap 1; a 1 131072',
  ]);
});

test('after 128 runs one in 64 is swept', async () => {
  const sweeping = new Sweeping(BESIDE, osmemOurs, true);
  expect(await turnsOf('a 0 1', 128, sweeping)).toHaveLength(16);
  sweeping.log.forget();
  expect(await turnsOf('a 0 1', 128, sweeping)).toHaveLength(2);
});

test('nothing is refused where the contract lets nothing fail, nor where it is switched off', async () => {
  for (const sweeping of [
    new Sweeping(BESIDE, { ...osmemOurs, interposed: false }, true),
    new Sweeping(BESIDE, osmemOurs, false),
  ]) {
    expect(await turnsOf('a 0 1', 16, sweeping)).toEqual([]);
  }
});

test('swept runs are part of the budget, and the same seed makes the same ones', async () => {
  const check = async () => {
    const { runs, ops, verdict } = await campaign({
      target: createSimulatedTarget(),
      seed: 'sweeps',
      budget: { kind: 'runs', runs: 100 },
    });
    return { runs, ops, verdict };
  };
  const report = await check();
  expect(report).toMatchObject({ runs: 100, verdict: 'passed' });
  expect(await check()).toEqual(report);
});

test('an allocator that is wrong only after its first growth was refused is caught sooner with sweeps', async () => {
  const mutant = MUTANTS.find(({ name }) => name === 'flag-before-sbrk');
  if (mutant === undefined) throw new Error('the mutant is gone');
  const runsOf = async (target: SimulatedTarget, seed: string, swept: boolean): Promise<number> => {
    const budget = { kind: 'runs', runs: 128 } as const;
    const pieces = swept ? without('phases', 'holes') : without('sweeps', 'phases', 'holes');
    const how = { target, seed, budget, pieces, first: true, shrinkTries: 0 };
    return (await campaign(how)).findings.length;
  };
  let [on, off] = [0, 0];
  for (const seed of ['a', 'b', 'c', 'd', 'e']) {
    on += await runsOf(mutantTarget(mutant), seed, true);
    off += await runsOf(mutantTarget(mutant), seed, false);
  }
  expect(on).toBe(5);
  expect(off).toBeLessThan(5);
});
