// Fault sweeps of other allocators than our own: sound ones in C, which may not be accused, and those, in C and of
// ours, whose defect shows only where a syscall fails.

import { Hunter, type Run, type Suspect } from '../src/check/hunt.ts';
import { type SweepOptions, sweep } from '../src/check/sweep.ts';
import { sweepRunner } from '../src/check/sweep-hunt.ts';
import { judges } from '../src/contract/contract.ts';
import type { Target } from '../src/target/target.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { anyAllocators, corpusAllocators } from './corpora.ts';
import { violationOf } from './hunt-down.ts';
import { MUTANTS, mutantTarget } from './mutant-list.ts';
import { hasCompiler, withNative } from './native-target.ts';
import { calm, sweptTraces } from './sweeps.ts';
import { type Cell, tableText, traceLine } from './table.ts';

/** Of one trace of a sound C allocator. */
const OF_SOUND: SweepOptions = { pairs: true, mostSingles: 64, mostPairs: 64 };

/** Mutants that are sound as long as no syscall fails. `rare-third-failure` needs three of them. */
const REFUSED_MUTANTS: ReadonlySet<string> = new Set([
  'ignores-failed-sbrk',
  'ignores-failed-growth',
  'ignores-failed-mmap',
  'failed-realloc-frees',
  'flag-before-sbrk',
]);

/** Characters of a trace in a line. */
const WIDTH = 100;

/** Sweeps the seeds and regressions on each that is asked to bear refusals; those that were accused, a line each. */
export async function soundByRefusals(say: (line: string) => void): Promise<string[]> {
  if (!hasCompiler()) return [];
  const accused: string[] = [];
  const rows: Cell[][] = [];
  for (const allocator of anyAllocators()) {
    const { name, sound, contract } = allocator;
    if (!sound || !contract.interposed || !judges(contract, 'robustness')) continue;
    const row = await withNative(allocator, sweepOfSound);
    rows.push([name, row.singles, row.pairs, row.left, row.ops]);
    if (row.first !== '') accused.push(`${name}: ${row.first}`);
    if (row.missed > 0) accused.push(`${name}: ${row.missed} syscalls were not met again`);
  }
  say(tableText(['sound', 'one refused', 'two', 'left out', 'ops'], rows));
  return accused;
}

async function sweepOfSound(target: Target) {
  const hunter = new Hunter(target);
  const row = { singles: 0, pairs: 0, left: 0, missed: 0, ops: 0, first: '' };
  for (const run of sweptTraces()) {
    const runner = sweepRunner(hunter, async (suspect) => {
      row.first ||= await confirmed(hunter, suspect);
      return row.first === '';
    });
    const { singles, pairs, left, missed } = await sweep(run, runner, OF_SOUND);
    row.singles += singles;
    row.pairs += pairs;
    row.left += left;
    row.missed += missed.length;
  }
  return { ...row, ops: hunter.watch.calls };
}

async function confirmed(hunter: Hunter, suspect: Suspect): Promise<string> {
  const sightings = await hunter.confirm(suspect);
  if (sightings.length === 0) return '';
  const { invariant, says } = violationOf({ confirmed: sightings, suspect });
  return `${invariant}: ${says} (${suspect.seed}: ${traceLine(suspect.trace, WIDTH)})`;
}

/** Those that no sweep of a seed without failures caught, a line each. `brief`: the mutants alone. */
export async function brokenByRefusals(
  brief: boolean,
  say: (line: string) => void,
): Promise<string[]> {
  const rows: (readonly [string, Caught])[] = [];
  for (const mutant of MUTANTS.filter(({ name }) => REFUSED_MUTANTS.has(name))) {
    rows.push([`mutant:${mutant.name}`, await caughtBySweeps(mutantTarget(mutant))]);
  }
  for (const allocator of brief || !hasCompiler() ? [] : corpusAllocators('broken')) {
    if (calm(parseTrace(allocator.trace)).length === parseTrace(allocator.trace).length) continue;
    rows.push([allocator.name, await withNative(allocator, caughtBySweeps)]);
  }
  const cells = rows.map(([name, { plain, runs, by, seed }]) => [
    name,
    by === '' ? '-' : plain ? 'none' : seed.split('+').length - 1,
    runs,
    by || '-',
    seed,
  ]);
  say(tableText(['broken by refusals', 'refused', 'runs', 'caught by', 'in'], cells));
  return rows.filter(([, { by }]) => by === '').map(([name]) => `${name} was not caught`);
}

interface Caught {
  /** The run that caught it, counted from the first. */
  readonly runs: number;
  /** The invariant; '' if none did. */
  readonly by: string;
  readonly seed: string;
  /** Whether nothing had to be refused. */
  readonly plain: boolean;
}

/** One trace after the other: first all with one refusal, then, where nobody was caught, with two. */
export async function caughtBySweeps(target: Target): Promise<Caught> {
  const hunter = new Hunter(target);
  const calmed = sweptTraces().filter(({ trace }) => calm(trace).length === trace.length);
  let runs = 0;
  for (const pairs of [false, true]) {
    for (const run of calmed) {
      let caught: Caught | undefined;
      const runner = sweepRunner(hunter, async (suspect) => {
        const sightings = caught === undefined ? await hunter.confirm(suspect) : [];
        if (sightings.length === 0) return true;
        const { invariant: by } = violationOf({ confirmed: sightings, suspect });
        caught = { runs: 0, by, seed: suspect.seed, plain: suspect.trace === run.trace };
        return false;
      });
      const counted = async (batch: readonly Run[]) => {
        const asked = await runner(batch);
        const at = batch.findIndex(({ seed }) => seed === caught?.seed);
        runs += at < 0 ? asked.length : at + 1;
        return asked;
      };
      await sweep(run, counted, { pairs });
      if (caught !== undefined) return { ...(caught as Caught), runs };
    }
  }
  return { runs, by: '', seed: '', plain: false };
}
