// The numbers in a trace, as places to read and write: sizes, counts of calloc, and which call fails.

import type { SizeT } from '../../contract/size-t.ts';
import type { Op, OpKind } from '../op.ts';
import type { Trace } from '../trace.ts';

export interface Argument {
  /** Of the op, in the trace. */
  readonly place: number;
  readonly field: 'count' | 'size';
  readonly value: SizeT;
  /** It cannot be lower than this. */
  readonly least: number;
}

const FIELDS: Readonly<Record<OpKind, readonly ('count' | 'size')[]>> = {
  malloc: ['size'],
  calloc: ['count', 'size'],
  realloc: ['size'],
  free: [],
  'free-null': [],
  'stale-realloc': ['size'],
  'stale-free': [],
  'fail-sbrk': ['count'],
  'fail-mmap': ['count'],
};

export function argumentsOf(trace: Trace): Argument[] {
  return trace.flatMap((op, place) =>
    FIELDS[op.kind].map((field) => ({ place, field, value: op[field], least: least(op) })),
  );
}

/** The trace with another value at those arguments. */
export function withValue(trace: Trace, args: readonly Argument[], value: SizeT): Trace {
  const changed = [...trace];
  for (const { place, field } of args) {
    const { kind, slot, count, size } = changed[place] as Op;
    changed[place] =
      field === 'count' ? { kind, slot, count: value, size } : { kind, slot, count, size: value };
  }
  return changed;
}

function least(op: Op): number {
  return op.kind === 'fail-sbrk' || op.kind === 'fail-mmap' || op.kind === 'stale-realloc' ? 1 : 0;
}
