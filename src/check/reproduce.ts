// Nothing is reported that was seen in one process only. Each finding is executed again, each time in a
// fresh process that has run nothing before; what does not repeat there every time is flaky, and is said to
// be so, with its rate. What stands is then shown outside of the driver, where somebody can.

import type { Density, Target } from '../target/target.ts';
import type { Trace } from '../trace/trace.ts';
import { causeOf, type Finding, type Repeats, type Reproducer } from './finding.ts';
import { type JudgeOptions, newJudge, type Suspect } from './hunt.ts';
import { HUNG } from './shrink-finding.ts';
import { look } from './watch.ts';

export interface Reproducing {
  /** Starts the same target again, in a process of its own. Absent: a process makes no difference. */
  readonly fresh?: (() => Promise<Target>) | undefined;
  /** Shows a finding as a program of its own; undefined where there is none. */
  readonly outside?: ((finding: Finding) => Promise<Reproducer | undefined>) | undefined;
}

interface Stopping {
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

/** Rejects as `Target.execute` does. An aborted signal leaves the rest as it was found. */
export async function settle(
  found: readonly Finding[],
  unrepeated: readonly Suspect[],
  how: Reproducing & JudgeOptions & Stopping,
): Promise<Settled> {
  const findings: Finding[] = [];
  const flaky: Finding[] = [];
  const doubtful = how.fresh === undefined ? [] : unrepeated.map(unshrunk);
  for (const finding of [...found, ...doubtful]) {
    const repeats = how.signal?.aborted ? undefined : await repeatsOf(finding, how);
    const settled = repeats === undefined ? finding : { ...finding, repeats };
    const isKept = repeats === undefined ? found.includes(finding) : repeats.seen === repeats.of;
    if (isKept) findings.push(await withReproducer(settled, how));
    else if (how.first || !isMerelySlow(settled)) flaky.push(settled);
  }
  return { findings, flaky };
}

/** Fresh processes have more time for a call: one that ends in it was slow, which is no violation. */
function isMerelySlow({ violation, repeats }: Finding): boolean {
  return violation.cause === HUNG && repeats?.seen === 0;
}

async function repeatsOf(
  finding: Finding,
  how: Reproducing & JudgeOptions,
): Promise<Repeats | undefined> {
  const { fresh } = how;
  if (fresh === undefined) return undefined;
  const repeats = { seen: 0, of: 0 };
  const runs = finding.violation.cause === HUNG ? FRESH_RUNS_HUNG : FRESH_RUNS;
  const enough = (): number => (repeats.seen === repeats.of || runs === 1 ? runs : RATE_RUNS);
  while (repeats.of < enough()) {
    const target = await fresh();
    try {
      const again = await shows(target, finding, how);
      repeats.of += 1;
      if (again) repeats.seen += 1;
    } finally {
      await target.close();
    }
  }
  return repeats;
}

/** At the density that looks at everything, or else at the one that it may have been seen at. */
async function shows(target: Target, finding: Finding, options: JudgeOptions): Promise<boolean> {
  const judge = newJudge(target, options);
  const seenAt = async (density: Density, trace: Trace): Promise<boolean> => {
    const { sightings } = await look(target, judge, trace, density);
    return sightings.some(({ violation }) => causeOf(violation) === causeOf(finding.violation));
  };
  const { trace } = finding;
  return (await seenAt('everything', trace)) || seenAt('hunting', trace);
}

/** The finding with its program, where there is one. */
export async function withReproducer(
  finding: Finding,
  { outside }: Pick<Reproducing, 'outside'>,
): Promise<Finding> {
  const reproducer = await outside?.(finding);
  return reproducer === undefined ? finding : { ...finding, reproducer };
}

/** A suspicion that its own process did not show twice: as it was seen. */
function unshrunk({ seed, trace, violations }: Suspect): Finding {
  const violation = violations[0];
  if (violation === undefined) throw new Error('a suspect without a violation');
  const originalOps = trace.length;
  return { violation, trace, originalOps, tries: 0, seed, before: undefined, after: undefined };
}
