// A finding: one defect of one target, with the smallest trace known that shows it.

import type { Violation } from '../oracle/violation.ts';
import type { HeapWalk } from '../target/execution.ts';
import type { SourceLine } from '../target/target.ts';
import type { Trace } from '../trace/trace.ts';
import type { Cause } from './causes/cause.ts';

export interface Finding {
  readonly violation: Violation;
  /** What else the same defect was seen to break, each by a trace of its own. */
  readonly also?: readonly Other[];
  readonly trace: Trace;
  /** Length of the trace before shrinking, and how many candidates were tried. */
  readonly originalOps: number;
  readonly tries: number;
  /** Seed of the run that found it. */
  readonly seed: string;
  /** The heap just before and just after the violating op, where it was walked. */
  readonly before: HeapWalk | undefined;
  readonly after: HeapWalk | undefined;
  /** How often it was seen again, each time in a process that had run nothing before; absent where a
   * process makes no difference. Of 0: there was no time. */
  readonly repeats?: Repeats;
  /** Why, where a check establishes it. */
  readonly cause?: Cause;
  /** The lines of the source that did it, where they are known. */
  readonly where?: Where;
  /** The time was up before both had been looked for. */
  readonly hurried?: boolean;
  /** The same as a program without this tool, where there is one. */
  readonly reproducer?: Reproducer;
}

/** What the same defect breaks beside. */
export interface Other extends Violation {
  /** The smallest that shows it; absent where it was folded before it had one to tell. */
  readonly trace?: Trace;
}

export interface Where {
  /** What happened there: `it crashed`, `the header at heap+0x28 was written`. */
  readonly what: string;
  /** The innermost first; the last is that of the function that was called. Never empty. */
  readonly lines: readonly SourceLine[];
}

export interface Repeats {
  readonly seen: number;
  readonly of: number;
}

export interface Reproducer {
  /** C. */
  readonly source: string;
  /** Whether it failed, run on the real operating system; undefined where there was no time to try. */
  readonly reproduced: boolean | undefined;
  /** What it printed, or why it could not be run. */
  readonly says: string;
}

/** One finding per key: findings with the same key are one defect. */
export function causeOf(violation: Violation): string {
  return `${violation.invariant}/${violation.opKind}/${violation.cause}`;
}
