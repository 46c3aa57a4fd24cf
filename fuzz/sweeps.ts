// Fault sweeps (check/sweep.ts): each growth of the break and each mmap of a trace is refused in turn, then two of
// them, and everything is still owed. On the built-in, where each step is judged and followed by the specification, as
// in `simulated`; on the sound C allocators, of which none may be accused; and on those whose defect shows only
// where a syscall fails, which must be caught by sweeps of traces that bring no failure along.

import type { Run } from '../src/check/hunt.ts';
import { AskedLog, type SweepOptions, sweep } from '../src/check/sweep.ts';
import type { Contract } from '../src/contract/contract.ts';
import { deriveSeed } from '../src/generate/seed.ts';
import { traces } from '../src/generate/traces.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import type { Trace } from '../src/trace/trace.ts';
import { corpusTraces } from './corpora.ts';
import { type Fuzzer, isSpent, runs } from './fuzzer.ts';
import { brokenByRefusals, soundByRefusals } from './sweep-zoo.ts';
import { figure } from './table.ts';
import { describeProblems, Vigil } from './vigil.ts';

/** Of a random trace. */
const OF_RANDOM: SweepOptions = { pairs: true, mostSingles: 64, mostPairs: 64 };
/** Of a recorded program, its first ops: all of it would take half a minute a run. */
const OF_PROGRAM: SweepOptions = { pairs: true, mostSingles: 8, mostPairs: 8 };
const PROGRAM_OPS = 2000;

export const sweeps: Fuzzer = {
  name: 'sweeps',
  about:
    'each sbrk and mmap of a trace refused in turn, and in pairs, then on with it: all stays owed',
  amount: runs(1000),
  smoke: runs(5),
  async run(context) {
    const { seed, amount, brief, say } = context;
    const own = new OwnSweep();
    const tell = (what: string): void => say(`built-in, ${what}: ${own.tally()}`);
    for (const run of sweptTraces()) await own.over(run, brief ? OF_RANDOM : { pairs: true });
    tell(`${own.swept} seeds and regressions, ${brief ? 'a part' : 'all'} of them`);
    if (!brief) {
      const programs = corpusTraces('programs');
      for (const { seed, trace } of programs) {
        await own.over({ seed, trace: trace.slice(0, PROGRAM_OPS) }, OF_PROGRAM);
      }
      tell(
        `with the first ${PROGRAM_OPS} ops of ${programs.length} programs, at most 8 and 8 of each`,
      );
    }
    const given = own.swept;
    for (const run of traces(deriveSeed(seed, 'sweeps', 0), own.contract, 0, CALM)) {
      if (isSpent(amount, own.swept - given, own.vigil.ops)) break;
      await own.over(run, OF_RANDOM);
    }
    tell(`with ${figure(own.swept - given)} random traces, at most 64 and 64 of each`);
    const { vigil } = own;
    for (const line of describeProblems(vigil.problems, createSimulatedTarget())) say(line);
    const accused = brief ? [] : await soundByRefusals(say);
    const missed = await brokenByRefusals(brief, say);
    for (const line of [...accused, ...missed]) say(line);
    return {
      passed: vigil.problemCount + accused.length + missed.length === 0,
      summary:
        `${figure(own.singles)} runs with one refusal, ${figure(own.pairs)} with two: ` +
        `${figure(vigil.problemCount)} problems, ${accused.length} accused, ${missed.length} missed`,
      figures: {
        traces: own.swept,
        singles: own.singles,
        pairs: own.pairs,
        left: own.left,
        ops: vigil.ops,
        problems: vigil.problemCount,
        accused,
        missed,
      },
    };
  },
};

const CALM = { failures: false };

/** Seeds and regressions, each as it is; those that bring failures along without them, too. */
export function sweptTraces(): Run[] {
  const known = [...corpusTraces('seeds'), ...corpusTraces('regressions')];
  const calmed = known.filter(({ trace }) => calm(trace).length < trace.length);
  return [
    ...known,
    ...calmed.map(({ seed, trace }) => ({ seed: `${seed}-calm`, trace: calm(trace) })),
  ];
}

/** Without the failures that it brings along. */
export function calm(trace: Trace): Trace {
  return trace.filter(({ kind }) => kind !== 'fail-sbrk' && kind !== 'fail-mmap');
}

/** Of our own allocator. */
export class OwnSweep {
  readonly vigil: Vigil;
  /** Traces that were swept, and the runs that were made of them. */
  swept = 0;
  singles = 0;
  pairs = 0;
  left = 0;
  readonly #target = createSimulatedTarget();
  readonly #log: AskedLog;

  constructor() {
    this.vigil = new Vigil(this.#target);
    this.#log = new AskedLog(this.vigil);
  }

  get contract(): Contract {
    return this.#target.contract;
  }

  async over(run: Run, options: SweepOptions): Promise<void> {
    const runner = async (runs: readonly Run[]) => {
      this.#log.forget();
      for (const { seed, trace } of runs) this.vigil.watch(seed, trace, 'hunting', this.#log);
      return this.#log.all.slice();
    };
    const { singles, pairs, left, missed } = await sweep(run, runner, options);
    this.swept += 1;
    this.singles += singles;
    this.pairs += pairs;
    this.left += left;
    for (const each of missed) {
      this.vigil.keep({ ...each, kind: 'sweep/not-refused', says: `${each.seed} refused nothing` });
    }
  }

  tally(): string {
    const { singles, pairs, left, vigil } = this;
    return (
      `${figure(singles)} runs with one refusal, ${figure(pairs)} with two, ${figure(left)} left out; ` +
      `${figure(vigil.ops)} ops, ${figure(vigil.problemCount)} problems`
    );
  }
}
