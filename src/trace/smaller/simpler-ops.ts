// The same with plainer ops: calloc as malloc, calloc of m x n as 1 x mn, realloc of an empty slot as malloc,
// realloc to zero as free. Each says the same as before, or nearly, to whoever reads the trace.

import { calloc, free, malloc, NO_SLOT, type Op, realloc, type Slot } from '../op.ts';
import { requested, type Trace } from '../trace.ts';
import { pass } from './pass.ts';

/** Cursor: the place of the op. */
export const simplerOps = pass<number>('simpler ops', function* (trace, from) {
  const live = liveBefore(trace);
  for (let place = from ?? 0; place < trace.length; place++) {
    for (const op of simpler(trace[place] as Op, live[place] as boolean)) {
      yield { trace: trace.with(place, op), resume: place };
    }
  }
});

/** Simplest first. */
function simpler(op: Op, live: boolean): Op[] {
  if (op.kind === 'calloc') return plainerCallocs(op);
  if (op.kind === 'stale-realloc') return [realloc(op.slot, op.size)];
  if (op.kind === 'stale-free') return [free(op.slot)];
  if (op.kind !== 'realloc') return [];
  if (!live) return [malloc(op.slot, op.size)];
  return op.size === 0 ? [free(op.slot)] : [];
}

function plainerCallocs(op: Op): Op[] {
  const bytes = requested(op);
  if (bytes === undefined) return [];
  const plain = malloc(op.slot, bytes);
  return op.count === 0 || op.count === 1 ? [plain] : [plain, calloc(op.slot, 1, bytes)];
}

/** For each op, whether its slot should be live before it, if no call fails. */
function liveBefore(trace: Trace): boolean[] {
  const live = new Set<Slot>();
  return trace.map((op) => {
    const before = op.slot !== NO_SLOT && live.has(op.slot);
    if (op.kind === 'free' || (op.kind === 'realloc' && op.size === 0)) live.delete(op.slot);
    else if (gives(op)) live.add(op.slot);
    return before;
  });
}

function gives(op: Op): boolean {
  const asks = op.kind === 'malloc' || op.kind === 'calloc' || op.kind === 'realloc';
  return asks && requested(op) !== 0;
}
