// `npm run bench -- bugs-choose`: which broken allocators are the C tasks, by a rule that does not ask how any tool but
// the plainest fares. All single files of osmem and malloclab are candidates, but for those that break only from one
// trace to the next (the fuzzers' harness puts the target's variables back, so it cannot see them). Of these, the
// HARDEST that plain random testing needs most runs for, the median of SEEDS searches of at most MOST_RUNS runs (of
// those that all of them miss, the one with the longer known trace is the harder); then, for each invariant in turn, the next
// hardest that names it first, until there are TASKS.

import { Hunter } from '../../../src/check/hunt.ts';
import { deriveSeed } from '../../../src/generate/seed.ts';
import type { Target } from '../../../src/target/target.ts';
import { parseTrace } from '../../../src/trace/notation.ts';
import { type AnyAllocator, anyAllocators } from '../../corpora.ts';
import { withNative } from '../../native-target.ts';
import { uniformBatches } from './batches.ts';
import { middle } from './statistics.ts';

const TASKS = 40;
const HARDEST = 30;
const SEEDS = 5;
const MOST_RUNS = 1024;
const FROM_TRACE_TO_TRACE = /earlier-trace|after-init/;

export async function chooseTasks(seed: string, say: (line: string) => void): Promise<void> {
  const ranked: Ranked[] = [];
  for (const allocator of candidates()) {
    const runs = await withNative(allocator, (target) => medianRuns(target, seed, allocator.name));
    const { name, expect, trace } = allocator;
    const ops = parseTrace(trace).length;
    ranked.push({ name, expect: expect[0] ?? '', runs, ops });
    say(`# ${name} ${runs} ${ops}`);
  }
  for (const name of choose(ranked)) say(`  '${name}',`);
}

function candidates(): AnyAllocator[] {
  return anyAllocators().filter(
    ({ sound, contract, name }) =>
      !sound && /^(osmem|malloclab)$/.test(contract.name) && !FROM_TRACE_TO_TRACE.test(name),
  );
}

export interface Ranked {
  readonly name: string;
  /** The invariant that it names first. */
  readonly expect: string;
  readonly runs: number;
  /** Of the trace in its header. */
  readonly ops: number;
}

export function choose(all: readonly Ranked[], tasks = TASKS, hardest = HARDEST): string[] {
  const ranked = [...all].sort(harderFirst);
  const chosen = ranked.slice(0, hardest);
  const invariants = [...new Set(ranked.map(({ expect }) => expect))].sort();
  for (let i = 0; chosen.length < Math.min(tasks, ranked.length); i++) {
    const wanted = invariants[i % invariants.length];
    const next = ranked.find((each) => each.expect === wanted && !chosen.includes(each));
    if (next !== undefined) chosen.push(next);
  }
  return chosen.map(({ name }) => name).sort();
}

function harderFirst(a: Ranked, b: Ranked): number {
  if (a.runs !== b.runs) return a.runs > b.runs ? -1 : 1;
  return b.ops - a.ops || (a.name < b.name ? -1 : 1);
}

async function medianRuns(target: Target, seed: string, name: string): Promise<number> {
  const runs: number[] = [];
  for (let i = 0; i < SEEDS; i++) runs.push(await runsOf(target, deriveSeed(seed, name, i)));
  return middle(runs);
}

async function runsOf(target: Target, seed: string): Promise<number> {
  const hunter = new Hunter(target);
  const batches = uniformBatches(seed, target.contract);
  for (let runs = 0, n = 0; runs < MOST_RUNS; n++) {
    const traces = batches.take(n);
    const [suspect] = await hunter.hunt(traces.map((trace) => ({ seed: '', trace })));
    if (suspect !== undefined) return runs + traces.indexOf(suspect.trace) + 1;
    runs += traces.length;
  }
  return Number.POSITIVE_INFINITY;
}
