// Low sizes for many ops at once, by delta debugging: a trace that is long because it has to be has hundreds of
// sizes, nearly all of which say nothing, and one by one each would cost a few tries.

import type { Trace } from '../trace.ts';
import { type Argument, argumentsOf, withValue } from './arguments.ts';
import { type ChunkCursor, chunks } from './chunks.ts';
import { pass } from './pass.ts';

/** Shorter traces are done as soon one by one. */
const LONG = 20;
/** A chunk of one is what `lowerArguments` does. */
const FEWEST = 2;
/** The least block; and one that is no smaller than the links that some keep in it. */
const LOW = [1, 24];

interface Cursor extends ChunkCursor {
  readonly value: number;
}

export const lowerChunks = pass<Cursor>('lower chunks of sizes', function* (trace, from) {
  if (trace.length < LONG) return;
  const sizes = argumentsOf(trace).filter(({ field }) => field === 'size');
  for (const value of LOW) {
    if (from !== undefined && value < from.value) continue;
    for (const chunk of chunks(sizes.length, from?.value === value ? from : undefined)) {
      if (chunk.end - chunk.start < FEWEST) continue;
      const lowered = lower(trace, sizes.slice(chunk.start, chunk.end), value);
      if (lowered !== undefined) yield { trace: lowered, resume: { ...chunk.resume, value } };
    }
  }
});

/** Undefined where none of them is higher. */
function lower(trace: Trace, sizes: readonly Argument[], value: number): Trace | undefined {
  const higher = sizes.filter((size) => size.value > value);
  return higher.length === 0 ? undefined : withValue(trace, higher, value);
}
