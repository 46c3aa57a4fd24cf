// Fewer slots: leave a slot out with all of its ops, let two slots become one, and number what is left
// in the order of first use.

import { NO_SLOT, type Op, type Slot } from '../op.ts';
import type { Trace } from '../trace.ts';
import { type ChunkCursor, chunks } from './chunks.ts';
import { pass } from './pass.ts';

export const dropSlots = pass<ChunkCursor>('drop slots with their ops', function* (trace, from) {
  const slots = slotsInOrder(trace);
  for (const { start, end, resume } of chunks(slots.length, from)) {
    const dropped = new Set(slots.slice(start, end));
    yield { trace: trace.filter((op) => !dropped.has(op.slot)), resume };
  }
});

/** More slots than these would make too many pairs; ops are dropped first anyway. */
const MERGED = 8;

/** Cursor: how many slots, in order of first use, could not be merged into an earlier one. */
export const mergeSlots = pass<number>('merge two slots', function* (trace, from) {
  const slots = slotsInOrder(trace).slice(0, MERGED);
  for (let later = from ?? 1; later < slots.length; later++) {
    for (let earlier = 0; earlier < later; earlier++) {
      const [low, high] = ascending(slots[earlier] as Slot, slots[later] as Slot);
      yield { trace: renamed(trace, (slot) => (slot === high ? low : slot)), resume: later };
    }
  }
});

/** No cursor: it is done in one step. */
export const renumberSlots = pass<true>('number slots by first use', function* (trace, done) {
  if (done) return;
  const numbers = new Map(slotsInOrder(trace).map((slot, index) => [slot, index]));
  if ([...numbers].every(([slot, number]) => slot === number)) return;
  yield { trace: renamed(trace, (slot) => numbers.get(slot) as Slot), resume: true };
});

function slotsInOrder(trace: Trace): Slot[] {
  const slots = new Set(trace.map((op) => op.slot));
  slots.delete(NO_SLOT);
  return [...slots];
}

function renamed(trace: Trace, rename: (slot: Slot) => Slot): Trace {
  return trace.map((op) => {
    const slot = op.slot === NO_SLOT ? NO_SLOT : rename(op.slot);
    return slot === op.slot ? op : withSlot(op, slot);
  });
}

function withSlot({ kind, count, size }: Op, slot: Slot): Op {
  return { kind, slot, count, size };
}

function ascending(a: Slot, b: Slot): [Slot, Slot] {
  return a < b ? [a, b] : [b, a];
}
