// Which slot a pointer in a course record stands for: the one whose block lives at that address, or, if
// none does, the one whose block was freed there last (a stale pointer).

import {
  calloc,
  free,
  freeNull,
  malloc,
  type Op,
  realloc,
  SLOT_LIMIT,
  type Slot,
  staleFree,
  staleRealloc,
} from './op.ts';
import { fail, failResult, type Line } from './record-line.ts';
import {
  isNull,
  type Place,
  placeKey,
  placeOf,
  type RecordedResult,
  sizeOf,
} from './record-value.ts';
import { quote } from './trace-syntax-error.ts';

export class RecordSlots {
  readonly #live = new Map<string, Slot>();
  readonly #freed = new Map<string, Slot>();
  readonly #taken: boolean[] = [];
  /** No slot below this is free. */
  #lowest = 0;

  liveAt(place: Place): Slot | undefined {
    return this.#live.get(placeKey(place));
  }

  freedAt(place: Place): Slot | undefined {
    return this.#freed.get(placeKey(place));
  }

  /** The slot that the next new block will have. */
  lowestFree(): Slot {
    while (this.#taken[this.#lowest]) this.#lowest++;
    return this.#lowest;
  }

  born(slot: Slot, place: Place): void {
    this.#taken[slot] = true;
    this.#live.set(placeKey(place), slot);
    this.#freed.delete(placeKey(place));
  }

  died(slot: Slot, place: Place): void {
    this.#taken[slot] = false;
    this.#lowest = Math.min(this.#lowest, slot);
    this.#live.delete(placeKey(place));
    this.#freed.set(placeKey(place), slot);
  }
}

/** The op that the line is, with its effect on who lives where. */
export function opOf(line: Line, result: RecordedResult, slots: RecordSlots): Op {
  if ((result.kind === 'void') !== (line.name === 'os_free')) {
    throw failResult(line, `${line.name} cannot return ${quote(line.result)}`);
  }
  const [first = '', second = ''] = line.args;
  if (line.name === 'os_free') return freed(line, first, slots);
  if (line.name === 'os_realloc' && !isNull(first)) return resized(line, result, slots);

  const slot = slots.lowestFree();
  if (slot >= SLOT_LIMIT) throw fail(line, `more than ${SLOT_LIMIT} blocks are live`);
  settle(line, slot, result, slots);
  if (line.name === 'os_malloc') return malloc(slot, sizeOf(line, first));
  if (line.name === 'os_realloc') return realloc(slot, sizeOf(line, second));
  return calloc(slot, sizeOf(line, first), sizeOf(line, second));
}

function freed(line: Line, pointer: string, slots: RecordSlots): Op {
  if (isNull(pointer)) return freeNull();
  const place = pointerOf(line, pointer);
  const slot = slots.liveAt(place);
  if (slot === undefined) return staleFree(staleSlot(line, pointer, place, slots));
  slots.died(slot, place);
  return free(slot);
}

function resized(line: Line, result: RecordedResult, slots: RecordSlots): Op {
  const [pointer = '', sizeText = ''] = line.args;
  const place = pointerOf(line, pointer);
  const size = sizeOf(line, sizeText);
  const slot = slots.liveAt(place);
  if (slot === undefined) {
    if (result.kind !== 'null') throw fail(line, 'a freed block was reallocated', pointer);
    return staleRealloc(staleSlot(line, pointer, place, slots), size);
  }
  // NULL for a size above zero is a failure: the old block stays as it was.
  if (size === 0 || result.kind !== 'null') slots.died(slot, place);
  settle(line, slot, result, slots);
  return realloc(slot, size);
}

function settle(line: Line, slot: Slot, result: RecordedResult, slots: RecordSlots): void {
  if (result.kind === 'null' || result.kind === 'void') return;
  if (slots.liveAt(result) !== undefined) {
    throw failResult(line, `${quote(line.result)} was given out, but the block there is live`);
  }
  slots.born(slot, result);
}

function staleSlot(line: Line, text: string, place: Place, slots: RecordSlots): Slot {
  const slot = slots.freedAt(place);
  if (slot === undefined) throw fail(line, `no call has returned ${quote(text)}`, text);
  return slot;
}

function pointerOf(line: Line, text: string): Place {
  const place = placeOf(text);
  if (!place) throw fail(line, `${quote(text)} is not an address`, text);
  return place;
}
