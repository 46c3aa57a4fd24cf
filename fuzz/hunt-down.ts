// Hunts until something is caught: how many runs that took, what it is once confirmed, and the smallest
// trace that shows it. What `mutants`, `zoo` and `canary` have in common.

import type { Confirmed } from '../src/check/confirm.ts';
import { causeOf, type Finding } from '../src/check/finding.ts';
import { Hunter, type Run, type Suspect } from '../src/check/hunt.ts';
import { Ledger } from '../src/check/ledger.ts';
import { DEFAULT_PIECES, type Pieces } from '../src/generate/pieces.ts';
import { traces } from '../src/generate/traces.ts';
import type { Violation } from '../src/oracle/violation.ts';
import type { Target } from '../src/target/target.ts';
import { type Amount, isSpent } from './fuzzer.ts';

export interface Catch {
  /** The confirmed violations of one run, in the order in which they were seen. */
  readonly confirmed: readonly Confirmed[];
  readonly suspect: Suspect;
}

export interface Hunt {
  /** Up to the one that was caught, included. */
  readonly runs: number;
  /** Calls made and judged; of the last batch, all. */
  readonly ops: number;
  readonly elapsedMs: number;
  /** The first that shows any violation. */
  readonly first: Catch | undefined;
  /** The first that shows one of the invariants that were asked for. */
  readonly caught: Catch | undefined;
  readonly hunter: Hunter;
}

export interface HuntOptions {
  readonly seed: string;
  /** At most so much; known traces are not counted. */
  readonly amount: Amount;
  /** What to hunt for, names of invariants; any if absent. */
  readonly invariants?: readonly string[];
  /** Traces that the target is asked to run at a time: many for a native one, else 1. */
  readonly batch?: number;
  /** The pieces of the search that make the traces; default DEFAULT_PIECES. */
  readonly pieces?: Pieces;
  /** Run before anything new. */
  readonly known?: readonly Run[];
}

export const NATIVE_BATCH = 64;

/** Known traces, then new ones, until something is caught or the amount is spent. */
export async function huntDown(target: Target, options: HuntOptions): Promise<Hunt> {
  const {
    seed,
    amount,
    invariants,
    batch: size = 1,
    known = [],
    pieces = DEFAULT_PIECES,
  } = options;
  const started = performance.now();
  const hunter = new Hunter(target);
  const source = traces(seed, target.contract, 0, { pieces });
  let first: Catch | undefined;
  let done = 0;
  let batch = known;
  for (;;) {
    for (const suspect of batch.length === 0 ? [] : await hunter.hunt(batch)) {
      const confirmed = await hunter.confirm(suspect);
      if (confirmed.length === 0) continue;
      const caught = { confirmed, suspect };
      first ??= caught;
      if (!shows(caught, invariants)) continue;
      const runs = done + batch.findIndex(({ trace }) => trace === suspect.trace) + 1;
      return { ...result(), runs, caught };
    }
    done += batch.length;
    if (isSpent(amount, done - known.length, hunter.watch.calls)) return result();
    batch = Array.from({ length: size }, () => source.next().value);
  }

  function result(): Hunt {
    const elapsedMs = performance.now() - started;
    return { runs: done, ops: hunter.watch.calls, elapsedMs, first, caught: undefined, hunter };
  }
}

function shows({ confirmed }: Catch, invariants: readonly string[] | undefined): boolean {
  if (invariants === undefined) return true;
  return confirmed.some(({ violation }) => invariants.includes(violation.invariant));
}

/** What a run shows first, once it is confirmed; of the invariants asked for, if there are any. */
export function violationOf({ confirmed }: Catch, invariants?: readonly string[]): Violation {
  const asked = confirmed.find(({ violation }) => invariants?.includes(violation.invariant));
  return (asked ?? (confirmed[0] as Confirmed)).violation;
}

/** The finding of that violation, shrunk. */
export async function shrinkCatch(
  hunter: Hunter,
  caught: Catch,
  invariants?: readonly string[],
): Promise<Finding> {
  const ledger = new Ledger(hunter, {});
  await ledger.consider(caught.suspect);
  const cause = causeOf(violationOf(caught, invariants));
  const findings = ledger.findings();
  const finding = findings.find((each) => causeOf(each.violation) === cause) ?? findings[0];
  if (finding === undefined) throw new Error(`${cause} was confirmed, and then not found`);
  return finding;
}
