// An op less, where it was only there to bring about what a larger size brings about alone: a realloc to the threshold
// moves though nothing keeps the block from growing, and a first malloc of nearly all the preallocation is as good as
// a free block that fits but for what a split leaves. More bytes, but fewer ops.

import { osmem } from '../../contract/osmem.ts';
import type { OpKind } from '../op.ts';
import type { Trace } from '../trace.ts';
import { pass } from './pass.ts';

const {
  mmapThreshold = 0,
  preallocation = 0,
  headers = [],
  smallestPayload = 0,
} = osmem.placement ?? {};
/** The size that each kind is raised to. */
const RAISED: Partial<Readonly<Record<OpKind, number>>> = {
  realloc: mmapThreshold,
  malloc: preallocation - 2 * (headers[0] ?? 0) - smallestPayload,
};
/** Longer traces have too many pairs, and shorter ways down. */
const LONGEST = 12;

/** Cursor: the place of the op. */
export const raiseToDrop = pass<number>('raise a size, and drop an op', function* (trace, from) {
  if (trace.length > LONGEST) return;
  for (let place = from ?? 0; place < trace.length; place++) {
    const op = trace[place];
    const size = op === undefined ? undefined : RAISED[op.kind];
    if (op === undefined || size === undefined || op.size === 0 || op.size >= size) continue;
    const raised: Trace = trace.with(place, { ...op, size });
    for (let other = trace.length - 1; other >= 0; other--) {
      if (other !== place) yield { trace: raised.toSpliced(other, 1), resume: 0 };
    }
  }
});
