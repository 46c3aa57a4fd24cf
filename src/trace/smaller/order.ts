// When one trace is smaller than another: the order that makes shrinking end. It is lexicographic over
//   1. how many ops there are,
//   2. how intricate their kinds are, in all,
//   3. the slots, op by op (so fewer and lower slots, in the order of their first use, are smaller),
//   4. the bytes asked for in all, counted as count * size without wrapping,
//   5. the counts in all,
//   6. the sizes in all (which only differ still beside counts of 0).
// Each part is a whole number, or a list of them whose length is fixed by the first, so there is no
// endless way down.

import type { Op, OpKind } from '../op.ts';
import type { Trace } from '../trace.ts';

/** Negative: `a` is smaller. 0: neither is. */
export function compareTraces(a: Trace, b: Trace): number {
  if (a.length !== b.length) return a.length - b.length;
  return (
    total(a, intricacy) - total(b, intricacy) ||
    compareSlots(a, b) ||
    compareBigints(bytesOf(a), bytesOf(b)) ||
    compareBigints(sumOf(a, 'count'), sumOf(b, 'count')) ||
    compareBigints(sumOf(a, 'size'), sumOf(b, 'size'))
  );
}

const INTRICACY: Readonly<Record<OpKind, number>> = {
  'free-null': 0,
  free: 1,
  malloc: 2,
  calloc: 3,
  realloc: 4,
  'stale-realloc': 5,
  'stale-free': 5,
  'fail-sbrk': 5,
  'fail-mmap': 5,
};

export function intricacy(op: Op): number {
  return INTRICACY[op.kind];
}

function total(trace: Trace, measure: (op: Op) => number): number {
  return trace.reduce((sum, op) => sum + measure(op), 0);
}

function compareSlots(a: Trace, b: Trace): number {
  for (const [index, op] of a.entries()) {
    const difference = op.slot - (b[index] as Op).slot;
    if (difference !== 0) return difference;
  }
  return 0;
}

function bytesOf(trace: Trace): bigint {
  return trace.reduce((sum, op) => sum + BigInt(op.count) * BigInt(op.size), 0n);
}

function sumOf(trace: Trace, field: 'count' | 'size'): bigint {
  return trace.reduce((sum, op) => sum + BigInt(op[field]), 0n);
}

function compareBigints(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
