// An op less, where it was only there to keep a block from growing in place: a realloc to the threshold moves it
// without that. More bytes, but fewer ops.

import { osmem } from '../../contract/osmem.ts';
import type { Trace } from '../trace.ts';
import { pass } from './pass.ts';

const THRESHOLD = osmem.placement?.mmapThreshold ?? 0;
/** Longer traces have too many pairs, and shorter ways down. */
const LONGEST = 12;

/** Cursor: the place of the realloc. */
export const moveToDrop = pass<number>('move instead, and drop an op', function* (trace, from) {
  if (trace.length > LONGEST) return;
  for (let place = from ?? 0; place < trace.length; place++) {
    const op = trace[place];
    if (op?.kind !== 'realloc' || op.size === 0 || op.size >= THRESHOLD) continue;
    const moved: Trace = trace.with(place, { ...op, size: THRESHOLD });
    for (let other = trace.length - 1; other >= 0; other--) {
      if (other !== place) yield { trace: moved.toSpliced(other, 1), resume: 0 };
    }
  }
});
