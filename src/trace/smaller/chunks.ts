// Delta debugging's order of attempts: leave out large chunks first, then ever smaller ones, down to one,
// from the back to the front (the end of a trace matters least: a violation ends it).
// Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (TSE 2002).

export interface Chunk {
  /** The items [start, end) of the list. */
  readonly start: number;
  readonly end: number;
  /** Where to go on when the chunk was left out for good. */
  readonly resume: ChunkCursor;
}

export interface ChunkCursor {
  /** How many items are left out at a time. */
  readonly span: number;
  /** Chunks end here at most: everything behind was tried with this span. */
  readonly end: number;
}

/** The chunks of a list of `length` items, in the order in which to leave them out. */
export function* chunks(length: number, from?: ChunkCursor): Generator<Chunk> {
  let span = from ? from.span : Math.max(1, length >> 1);
  let end = from ? Math.min(from.end, length) : length;
  for (; span >= 1; span >>= 1, end = length) {
    for (; end > 0; end -= span) {
      const start = Math.max(0, end - span);
      yield { start, end, resume: { span, end: start } };
    }
  }
}
