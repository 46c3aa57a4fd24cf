// Leave ops out: chunks of them by delta debugging; an allocation together with its free, which neither
// can leave alone; and, of a trace that is short already, any two.

import { NO_SLOT, type Op } from '../op.ts';
import type { Trace } from '../trace.ts';
import { type ChunkCursor, chunks } from './chunks.ts';
import { type Candidate, pass } from './pass.ts';

export const dropChunks = pass<ChunkCursor>('drop chunks of ops', function* (trace, from) {
  for (const { start, end, resume } of chunks(trace.length, from)) {
    yield { trace: trace.toSpliced(start, end - start), resume };
  }
});

/** Cursor: the place of the first op of the pair. */
export const dropLives = pass<number>(
  'drop an op with the next of its slot',
  function* (trace, from) {
    for (let first = from ?? 0; first < trace.length; first++) {
      const second = nextOfSlot(trace, first);
      if (second > 0) yield withoutTwo(trace, first, second);
    }
  },
);

/** Longer traces have too many pairs. */
const FEW = 8;

/** Cursor: the place of the first op of the pair. */
export const dropPairs = pass<number>('drop any two ops', function* (trace, from) {
  if (trace.length > FEW) return;
  for (let first = from ?? 0; first < trace.length; first++) {
    for (let second = first + 1; second < trace.length; second++) {
      yield withoutTwo(trace, first, second);
    }
  }
});

function nextOfSlot(trace: Trace, first: number): number {
  const { slot } = trace[first] as Op;
  if (slot === NO_SLOT) return -1;
  return trace.findIndex((op, index) => index > first && op.slot === slot);
}

function withoutTwo(trace: Trace, first: number, second: number): Candidate<number> {
  const kept = trace.filter((_, index) => index !== first && index !== second);
  return { trace: kept, resume: first };
}
