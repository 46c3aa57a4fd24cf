// The one shrinker: named passes, each of which offers smaller traces. Whoever drives it (fast-check, for
// properties and findings alike) keeps the first candidate that still fails and comes back with the place
// to go on from. It ends when every pass in a row has offered all it has and nothing was kept; so the result
// cannot lose any single op, and no single change of any pass makes it smaller.

import type { Trace } from '../trace.ts';
import { dropBlocks } from './drop-blocks.ts';
import { dropChunks, dropLives, dropPairs } from './drop-ops.ts';
import { dropSlots, mergeSlots, renumberSlots } from './fewer-slots.ts';
import { lowerArguments, lowerEqualSizes, lowerTwoSizes } from './lower-arguments.ts';
import { lowerChunks } from './lower-chunks.ts';
import type { Pass } from './pass.ts';
import { raiseToDrop } from './raise-to-drop.ts';
import { simplerOps } from './simpler-ops.ts';

/** In the order in which they are tried: what removes most comes first. */
export const PASSES: readonly Pass[] = [
  dropChunks,
  dropSlots,
  dropLives,
  dropPairs,
  dropBlocks,
  raiseToDrop,
  mergeSlots,
  simplerOps,
  lowerChunks,
  lowerArguments,
  lowerEqualSizes,
  lowerTwoSizes,
  renumberSlots,
];

/** Where shrinking stands. Opaque: hand it back with the trace that it came with. */
export interface Progress {
  /** The pass at work, and its own place. */
  readonly pass: number;
  readonly cursor: unknown;
  /** How many passes in a row, before this one, found nothing; -1 if this one has found something. */
  readonly idle: number;
}

export interface Smaller {
  readonly trace: Trace;
  /** To go on from, if this trace is kept. */
  readonly progress: Progress;
}

const START: Progress = { pass: 0, cursor: undefined, idle: 0 };

/** Smaller traces, lazily, likeliest first. Each is smaller in the order of order.ts. */
export function* smaller(trace: Trace, from: Progress = START): Generator<Smaller> {
  let { pass, cursor, idle } = from;
  while (idle < PASSES.length) {
    for (const candidate of (PASSES[pass] as Pass).candidates(trace, cursor)) {
      const progress: Progress = { pass, cursor: candidate.resume, idle: -1 };
      yield { trace: candidate.trace, progress };
    }
    cursor = undefined;
    pass = (pass + 1) % PASSES.length;
    idle++;
  }
}
