// A graded submission: plain data, so that it is kept as JSON while a class is graded, and every format of the
// gradebook is a pure function of it. Texts come from strangers (names, compilers, the submission itself): they
// are kept as they are, and each format escapes what it must.

import type { Tier } from '../contract/contract.ts';
import type { InvariantName } from '../oracle/violation.ts';
import type { FindingJson } from '../report/json.ts';

/** `graded` alone has marks that count; `undecided` was cut short (a limit, a signal) with nothing decided;
 * `refused` was not run: no submission in it, an archive that goes astray, no sandbox where one is required. */
export type GradedState = 'graded' | 'does-not-build' | 'undecided' | 'refused';

export interface GradedSubmission {
  /** Unique in the class: the name of its directory, file or archive. */
  readonly id: string;
  /** As people call it; the id where nothing else is known. */
  readonly name: string;
  readonly state: GradedState;
  /** Why it is not `graded`: what the compiler said, which limit it met. */
  readonly reason: string | null;
  /** 0 .. maximum; null where there is nothing to mark by (`undecided`, `refused`). */
  readonly marks: number | null;
  readonly maximum: number;
  /** The rubric's tiers, in its order. */
  readonly tiers: readonly GradedTier[];
  /** The rubric's lines, in its order, lost or not; empty where nothing was judged. */
  readonly tests: readonly GradedTest[];
  /** What was found, as in the JSON of a check. */
  readonly findings: readonly FindingJson[];
  /** How it was kept from the rest of the machine, in a word or two: `bubblewrap`, `process`, `none`. */
  readonly isolation: string;
  readonly contract: string;
  /** The same for the whole class. */
  readonly seed: string;
  /** As it was asked for: `2000runs`. */
  readonly budget: string;
  /** New traces that were run, and calls made and judged. */
  readonly runs: number;
  readonly ops: number;
  readonly elapsedMs: number;
}

export interface GradedTier {
  readonly tier: Tier;
  readonly marks: number;
  readonly maximum: number;
}

/** One line of the rubric: what must hold, and what it is worth. */
export interface GradedTest {
  readonly invariant: InvariantName;
  readonly tier: Tier;
  /** What must hold, in one sentence. */
  readonly statement: string;
  readonly marks: number;
  readonly maximum: number;
  /** The defects that cost points here, each once; empty where nothing was found. */
  readonly losses: readonly GradedLoss[];
}

export interface GradedLoss {
  /** Index into `findings`. */
  readonly finding: number;
  /** A short stable key, free of numbers: `slack`, `signal`. */
  readonly cause: string;
  /** Points taken off, at least 0: a line that is already at 0 loses no more. */
  readonly points: number;
  /** Why, for the student: one or a few sentences. */
  readonly explanation: string;
}
