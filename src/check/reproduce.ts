// Nothing is reported that was seen in one process only. Each finding is executed again, each time in a
// fresh process that has run nothing before; what does not repeat there every time is flaky, and is said to
// be so, with its rate. What stands is then shown outside of the driver, where somebody can.

import { availableParallelism } from 'node:os';
import type { Density, Target } from '../target/target.ts';
import type { Trace } from '../trace/trace.ts';
import { causeOf, type Finding, type Repeats, type Reproducer } from './finding.ts';
import { type JudgeOptions, newJudge, type Suspect } from './hunt.ts';
import { HUNG } from './shrink-finding.ts';
import { look } from './watch.ts';

export interface Reproducing {
  /** Starts the same target again, in a process of its own. Absent: a process makes no difference. */
  readonly fresh?: ((signal: AbortSignal | undefined) => Promise<Target>) | undefined;
  /** Shows a finding as a program of its own; undefined where there is none. */
  readonly outside?:
    | ((finding: Finding, signal: AbortSignal | undefined) => Promise<Reproducer | undefined>)
    | undefined;
}

interface Stopping {
  /** The time is up: what has not been tried by then is left as it was found, and says so. */
  readonly signal?: AbortSignal | undefined;
  /** The hunt ended with the first finding, so that one has to be told, whatever it is. */
  readonly first?: boolean | undefined;
}

export interface Settled {
  /** What repeats. */
  readonly findings: readonly Finding[];
  /** What was seen, and does not repeat every time. */
  readonly flaky: readonly Finding[];
}

/** Runs in fresh processes that a finding has to be seen in, each of them; a process costs some 20 ms. */
export const FRESH_RUNS = 5;
/** … and for one that hangs, which costs seconds each time. */
const FRESH_RUNS_HUNG = 1;
/** Runs that a rate is taken of, once one of them differed. */
export const RATE_RUNS = 10;
/** Findings settled at the same time: those that hang wait for the clock, the others for a compiler. */
const WIDTH = Math.min(availableParallelism(), 4);

/** Rejects as `Target.execute` does. All are repeated first, worst first, and then shown. */
export async function settle(
  found: readonly Finding[],
  unrepeated: readonly Suspect[],
  how: Reproducing & JudgeOptions & Stopping,
): Promise<Settled> {
  const doubtful = how.fresh === undefined ? [] : unrepeated.map(unshrunk);
  const repeated = await inParallel([...found, ...doubtful], async (finding) => {
    const repeats = await repeatsOf(finding, how);
    return repeats === undefined ? finding : { ...finding, repeats };
  });
  const stands = ({ violation, repeats }: Finding, isFound: boolean): boolean => {
    if (repeats === undefined) return isFound;
    if (repeats.of === 0) return isFound && violation.cause !== HUNG;
    return repeats.seen === repeats.of;
  };
  const isKept = repeated.map((finding, at) => stands(finding, at < found.length));
  const kept = repeated.filter((_, at) => isKept[at]);
  const flaky = repeated.filter((each, at) => !isKept[at] && (how.first || !isMerelySlow(each)));
  return { findings: await inParallel(kept, (each) => withReproducer(each, how)), flaky };
}

/** In their order, as if one after the other. */
async function inParallel<T, R>(all: readonly T[], act: (each: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = all.entries();
  const work = async (): Promise<void> => {
    for (const [at, each] of waiting) results[at] = await act(each);
  };
  await Promise.all(Array.from({ length: WIDTH }, work));
  return results;
}

/** Fresh processes have more time for a call: one that ends in it was slow, which is no violation. */
function isMerelySlow({ violation, repeats }: Finding): boolean {
  return violation.cause === HUNG && repeats?.seen === 0 && repeats.of > 0;
}

async function repeatsOf(
  finding: Finding,
  how: Reproducing & JudgeOptions & Stopping,
): Promise<Repeats | undefined> {
  const { fresh, signal } = how;
  if (fresh === undefined) return undefined;
  const repeats = { seen: 0, of: 0 };
  const runs = finding.violation.cause === HUNG ? FRESH_RUNS_HUNG : FRESH_RUNS;
  const enough = (): number => (repeats.seen === repeats.of || runs === 1 ? runs : RATE_RUNS);
  while (repeats.of < enough() && !signal?.aborted) {
    const target = await fresh(signal).catch(unlessStopped(signal));
    if (target === undefined) break;
    try {
      const again = await shows(target, finding, how);
      if (!again && signal?.aborted) break;
      repeats.of += 1;
      if (again) repeats.seen += 1;
    } finally {
      await target.close();
    }
  }
  return repeats;
}

/** What cannot be started because it was stopped is no error. */
function unlessStopped(signal: AbortSignal | undefined): (error: unknown) => undefined {
  return (error) => {
    if (signal?.aborted !== true) throw error;
  };
}

/** At the density that looks at everything, or else at the one that it may have been seen at. */
async function shows(
  target: Target,
  finding: Finding,
  options: JudgeOptions & Stopping,
): Promise<boolean> {
  const judge = newJudge(target, options);
  const seenAt = async (density: Density, trace: Trace): Promise<boolean> => {
    const { sightings } = await look(target, judge, trace, density, options.signal);
    return sightings.some(({ violation }) => causeOf(violation) === causeOf(finding.violation));
  };
  const { trace } = finding;
  return (await seenAt('everything', trace)) || seenAt('hunting', trace);
}

/** The finding with its program, where there is one. */
export async function withReproducer(
  finding: Finding,
  { outside, signal }: Pick<Reproducing, 'outside'> & Pick<Stopping, 'signal'>,
): Promise<Finding> {
  const reproducer = await outside?.(finding, signal);
  return reproducer === undefined ? finding : { ...finding, reproducer };
}

/** A suspicion that its own process did not show twice: as it was seen. */
function unshrunk({ seed, trace, violations }: Suspect): Finding {
  const violation = violations[0];
  if (violation === undefined) throw new Error('a suspect without a violation');
  const originalOps = trace.length;
  return { violation, trace, originalOps, tries: 0, seed, before: undefined, after: undefined };
}
