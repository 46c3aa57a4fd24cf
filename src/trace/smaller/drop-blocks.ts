// A slot less, and with it what a later size had for its block: a request that spans three freed blocks
// still does so with two of them, if it is shorter by a block. Neither change helps alone.

import { alignSize } from '../../contract/size-t.ts';
import type { Op } from '../op.ts';
import { requested, type Trace } from '../trace.ts';
import { type Candidate, pass } from './pass.ts';

/** Bytes of a block beside its payload, in either edition of the contract. */
const HEADERS = [32, 24];
/** Longer traces have too many pairs, and shorter ways down. */
const LONGEST = 24;

/** Cursor: the place among the slots, in the order of their first use. */
export const dropBlocks = pass<number>(
  'drop a slot and its block in a size',
  function* (trace, from) {
    if (trace.length > LONGEST) return;
    const slots = [...new Set(trace.map((op) => op.slot))].filter((slot) => slot >= 0);
    for (let at = from ?? 0; at < slots.length; at++)
      yield* without(trace, slots[at] as number, at);
  },
);

function* without(trace: Trace, slot: number, resume: number): Generator<Candidate<number>> {
  const rest = trace.filter((op) => op.slot !== slot);
  const sizes = new Set(trace.filter((op) => op.slot === slot).map(payloadOf));
  for (const payload of sizes) {
    if (payload === 0) continue;
    for (const header of HEADERS) {
      for (const shorter of lowerOne(rest, payload + header)) yield { trace: shorter, resume };
    }
  }
}

/** The bytes of the payload that the op asks for; 0 where that is nothing that can be had. */
function payloadOf(op: Op): number {
  const bytes = requested(op);
  const payload = bytes === undefined ? undefined : alignSize(bytes, 8);
  return typeof payload === 'number' ? payload : 0;
}

/** Each single size that is larger than `amount`, lowered by it. */
function* lowerOne(trace: Trace, amount: number): Generator<Trace> {
  for (const [index, op] of trace.entries()) {
    if (op.kind === 'calloc' || typeof op.size !== 'number' || op.size <= amount) continue;
    yield trace.with(index, { ...op, size: op.size - amount });
  }
}
