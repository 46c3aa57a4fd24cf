// What a shrink pass is: a function from a trace to smaller candidates, lazily, with a place to go on from
// when a candidate is kept. Passes are pure: they know neither target nor violation.

import type { Trace } from '../trace.ts';

export interface Candidate<Cursor> {
  readonly trace: Trace;
  /** Where this pass goes on, in `trace`, if the candidate is kept. */
  readonly resume: Cursor;
}

export interface Pass<Cursor = unknown> {
  readonly name: string;
  /** Every candidate is smaller than `trace` in the order of order.ts. */
  candidates(trace: Trace, from?: Cursor): Iterable<Candidate<Cursor>>;
}

/** A pass whose cursor has a type of its own, as one of a list of passes. The cursors that it is handed
 * are always its own. */
export function pass<Cursor>(
  name: string,
  candidates: (trace: Trace, from?: Cursor) => Iterable<Candidate<Cursor>>,
): Pass {
  return { name, candidates: candidates as Pass['candidates'] };
}
