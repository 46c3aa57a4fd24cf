// Hunts until something is caught: how many runs that took, what it is once confirmed, and the smallest
// trace that shows it. What `mutants`, `zoo` and `canary` have in common.

import type { Confirmed } from '../src/check/confirm.ts';
import { causeOf, type Finding } from '../src/check/finding.ts';
import { Hunter, type Run, type Suspect } from '../src/check/hunt.ts';
import { Ledger } from '../src/check/ledger.ts';
import { traces } from '../src/generate/traces.ts';
import type { Violation } from '../src/oracle/violation.ts';
import type { Target } from '../src/target/target.ts';
import { type Amount, isSpent } from './fuzzer.ts';

export interface Catch {
  /** The confirmed violations of the run that was caught first, in the order in which they were seen. */
  readonly confirmed: readonly Confirmed[];
  readonly suspect: Suspect;
}

export interface Hunt {
  /** Up to the one that was caught, included. */
  readonly runs: number;
  /** Calls made and judged; of the last batch, all. */
  readonly ops: number;
  readonly elapsedMs: number;
  readonly caught: Catch | undefined;
  readonly hunter: Hunter;
}

/** A native target is asked for many traces at a time, ours for one after the other. */
export const NATIVE_BATCH = 64;

/** New traces of `seed` until one is caught or the amount is spent; `known` ones are run before. */
export async function huntDown(
  target: Target,
  seed: string,
  amount: Amount,
  batchSize = 1,
  known: readonly Run[] = [],
): Promise<Hunt> {
  const started = performance.now();
  const hunter = new Hunter(target);
  const source = traces(seed, target.contract);
  let done = 0;
  let batch: readonly Run[] = known;
  for (;;) {
    for (const suspect of batch.length === 0 ? [] : await hunter.hunt(batch)) {
      const confirmed = await hunter.confirm(suspect);
      if (confirmed.length === 0) continue;
      const runs = done + batch.findIndex(({ trace }) => trace === suspect.trace) + 1;
      return hunt(runs, { confirmed, suspect });
    }
    done += batch.length;
    if (isSpent(amount, done - known.length, hunter.watch.calls)) return hunt(done, undefined);
    batch = Array.from({ length: batchSize }, () => source.next().value);
  }

  function hunt(runs: number, caught: Catch | undefined): Hunt {
    const elapsedMs = performance.now() - started;
    return { runs, ops: hunter.watch.calls, elapsedMs, caught, hunter };
  }
}

/** The violation that a hunt caught first: what the run shows first, once it is confirmed. */
export function firstViolation({ confirmed }: Catch): Violation {
  return (confirmed[0] as Confirmed).violation;
}

/** The finding of what was caught first, shrunk. */
export async function shrinkCatch(hunter: Hunter, caught: Catch): Promise<Finding> {
  const ledger = new Ledger(hunter, {});
  await ledger.consider(caught.suspect);
  const cause = causeOf(firstViolation(caught));
  const findings = ledger.findings();
  const finding = findings.find((each) => causeOf(each.violation) === cause) ?? findings[0];
  if (finding === undefined) throw new Error(`${cause} was confirmed, and then not found`);
  return finding;
}
