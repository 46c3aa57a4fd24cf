// A trace: what is said to an allocator, and nothing else. Semantics are total: an op on a slot in the
// wrong state is skipped by whoever executes it, so every subsequence of a trace is a trace.

import { multiplySizes, type SizeT } from '../contract/size-t.ts';
import { type Op, sameOp } from './op.ts';

export type Trace = readonly Op[];

export function sameTrace(a: Trace, b: Trace): boolean {
  return a.length === b.length && a.every((op, index) => sameOp(op, b[index] as Op));
}

/** The bytes that an op asks for in all: count * size, undefined where that does not fit size_t. */
export function requested(op: Op): SizeT | undefined {
  return op.kind === 'calloc' ? multiplySizes(op.count, op.size) : op.size;
}

/** How many slots a trace needs: one more than the highest it names. */
export function slotsOf(trace: Trace): number {
  let slots = 0;
  for (const op of trace) if (op.slot >= slots) slots = op.slot + 1;
  return slots;
}
