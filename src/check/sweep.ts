// Fault sweeps: a trace is run as it is, then once for each growth of the break and each mmap that it made, with
// just that one refused, then with two of them refused; each time it goes on, and everything is still owed. What is
// run are plain traces: an `x` op stands just before the op whose syscall it refuses.
//
// After a refusal an allocator may ask for other things, so the second of two is taken from the run with the
// first refused, and always comes after it: each two are tried once, in the order in which they fail.

import type { Beginning, Step } from '../target/execution.ts';
import type { Visitor } from '../target/target.ts';
import { failMmap, failSbrk } from '../trace/op.ts';
import type { Trace } from '../trace/trace.ts';
import type { Run } from './hunt.ts';

/** A growth of the break, or an mmap, as a call asked for it. */
export interface Asked {
  /** The op's place in the trace that was run. */
  readonly op: number;
  readonly of: 'sbrk' | 'mmap';
  /** The how-manieth of its kind in that op, from 1. */
  readonly nth: number;
  /** Whether the system refused it, told to or not. */
  readonly refused: boolean;
}

/** Runs them, judged by whoever it is; for each what was asked of the system, in order, and nothing for those that
 * were not run any more. */
export type SweepRunner = (runs: readonly Run[]) => Promise<readonly (readonly Asked[])[]>;

export interface SweepOptions {
  /** Two refusals in one run, too. */
  readonly pairs?: boolean | undefined;
  /** Runs of one trace with one refusal, and with two; where there are more, they are taken evenly from all.
   * No bound if absent. */
  readonly mostSingles?: number | undefined;
  readonly mostPairs?: number | undefined;
}

export interface Swept {
  /** Runs with one refusal, and with two. */
  readonly singles: number;
  readonly pairs: number;
  /** How many of them the bounds left out; of two, those whose first was tried. */
  readonly left: number;
  /** Runs in which nobody met the syscall that was to be refused. */
  readonly missed: readonly Run[];
}

/** Rejects as the runner does. */
export async function sweep(
  run: Run,
  runner: SweepRunner,
  options: SweepOptions = {},
): Promise<Swept> {
  const { pairs = false, mostSingles = Infinity, mostPairs = Infinity } = options;
  const [asked = []] = await runner([run]);
  const firsts = grantedOf(asked).map((refusal) => ({ run, refusal }));
  const seconds: Attempt[] = [];
  const singles = await tryAll(evenly(firsts, mostSingles), runner, (refused, then) => {
    if (pairs) for (const refusal of grantedOf(then)) seconds.push({ run: refused, refusal });
  });
  const both = await tryAll(evenly(seconds, mostPairs), runner, () => {});
  return {
    singles: singles.tried,
    pairs: both.tried,
    left: firsts.length - singles.tried + seconds.length - both.tried,
    missed: [...singles.missed, ...both.missed],
  };
}

/** A run, to be made again with one thing refused that it was granted. */
export interface Attempt {
  readonly run: Run;
  readonly refusal: Asked;
}

/** Tells of each that was run what was asked for after the refusal. */
export async function tryAll(
  attempts: readonly Attempt[],
  runner: SweepRunner,
  tell: (refused: Run, then: readonly Asked[]) => void,
): Promise<{ tried: number; missed: Run[] }> {
  const missed: Run[] = [];
  const part = partOf(attempts[0]?.run.trace ?? []);
  let tried = 0;
  for (let from = 0; from < attempts.length; from += part) {
    const some = attempts.slice(from, from + part);
    const runs = some.map(refused);
    const told = await runner(runs);
    tried += told.length;
    for (const [index, asked] of told.entries()) {
      const run = runs[index] as Run;
      const at = asked.findIndex((each) => isThat(each, (some[index] as Attempt).refusal));
      if (at < 0) missed.push(run);
      else tell(run, asked.slice(at + 1));
    }
    if (told.length < runs.length) break;
  }
  return { tried, missed };
}

function refused({ run: { seed, trace }, refusal: { op, of, nth } }: Attempt): Run {
  const arming = of === 'sbrk' ? failSbrk(nth) : failMmap(nth);
  return { seed: `${seed}+${of}@${op}`, trace: trace.toSpliced(op, 0, arming) };
}

/** The same, one op later, for there is one more before it. */
function isThat(asked: Asked, { op, of, nth }: Asked): boolean {
  return asked.refused && asked.op === op + 1 && asked.of === of && asked.nth === nth;
}

/** What is refused already need not be. */
export function grantedOf(asked: readonly Asked[]): readonly Asked[] {
  return asked.filter(({ refused }) => !refused);
}

/** Traces are handed over many at a time, long ones in small numbers. */
const MOST_AT_A_TIME = 64;
const MOST_OPS = 100_000;

function partOf(trace: Trace): number {
  return Math.max(1, Math.min(MOST_AT_A_TIME, Math.floor(MOST_OPS / (trace.length + 1))));
}

/** All of them, or `most`, from the first on. */
function evenly<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)] as T);
}

const NOTHING: readonly Asked[] = [];

/** What was asked of the system in each trace, noted beside another visitor, who decides whether it goes on. */
export class AskedLog implements Visitor {
  /** By trace, since `forget`; the last is the one under way. */
  readonly all: (readonly Asked[])[] = [];
  readonly #beside: Visitor;
  #asked: Asked[] | undefined;

  constructor(beside: Visitor) {
    this.#beside = beside;
  }

  forget(): void {
    this.all.length = 0;
  }

  begin(trace: Trace, beginning: Beginning): void {
    this.all.push(NOTHING);
    this.#asked = undefined;
    this.#beside.begin(trace, beginning);
  }

  step(step: Step): boolean {
    if (step.syscalls.length > 0 && step.outcome !== 'skipped') this.#note(step);
    return this.#beside.step(step);
  }

  wasted(): void {
    this.#beside.wasted?.();
  }

  end(): void {
    this.#beside.end();
  }

  #note({ index, syscalls }: Step): void {
    const nth = { sbrk: 0, mmap: 0 };
    for (const { name, moved, error } of syscalls) {
      const of = name === 'mmap' ? name : moved > 0 ? 'sbrk' : undefined;
      if (of === undefined) continue;
      nth[of] += 1;
      if (this.#asked === undefined) this.all[this.all.length - 1] = this.#asked = [];
      this.#asked.push({ op: index, of, nth: nth[of], refused: error !== 0 });
    }
  }
}
