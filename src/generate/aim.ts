// Sizes and victims chosen for the heap as it will stand: what is asked for fits a hole to the byte, or misses it
// by a little; what is freed lies beside what is free; what grows has just room, or just not. Where a plan is
// needed (free these neighbours, then ask for exactly what they make), it is made of ops, and followed at once.

import { NO_SLOT, type Slot } from '../trace/op.ts';
import type { HeapModel } from './heap-model.ts';
import type { Random } from './random.ts';

/** Asked for where the heap has nothing to aim at. */
const NOTHING = 0;
/** Neighbours that a plan frees, at most. */
const MOST_FREED = 4;

export class Aim {
  readonly #heap: HeapModel;
  /** The slots that the plan has yet to free. */
  readonly #toFree: Slot[] = [];
  /** What comes then: bytes for malloc, or for the realloc of a slot; 0: there is no plan. */
  #thenBytes = 0;
  #thenSlot: Slot = NO_SLOT;

  constructor(heap: HeapModel) {
    this.#heap = heap;
  }

  begin(): void {
    this.#toFree.length = 0;
    this.#thenBytes = 0;
  }

  /** Whether a plan is being followed. */
  get isPlanned(): boolean {
    return this.#thenBytes > 0;
  }

  /** The next slot that the plan frees, or NO_SLOT: then its end has come (see `planned`). */
  nextToFree(): Slot {
    return this.#toFree.pop() ?? NO_SLOT;
  }

  /** What the plan was for: the slot to be resized (NO_SLOT: malloc), and the bytes. It is over with this. */
  planned(): { readonly slot: Slot; readonly bytes: number } {
    const bytes = this.#thenBytes;
    this.#thenBytes = 0;
    return { slot: this.#thenSlot, bytes };
  }

  /**
   * Makes a plan, if the heap has blocks: frees one to four neighbours, in any order, and asks for what they make
   * together with what is FREE beside them, or nearly; half of the time by growing the block before them.
   */
  plan(random: Random, canResize: boolean): void {
    const { sizes, owners, count, header } = this.#heap;
    if (count < 2) return;
    const resizes = canResize && random.below(2) === 0;
    let from = random.below(count);
    if (resizes && (owners[from] === NO_SLOT || from + 1 === count)) return;
    const target = owners[from] as Slot;
    if (resizes) from += 1;
    let total = 0;
    let end = from;
    for (let left = 1 + random.below(MOST_FREED); end < count; end++) {
      const owner = owners[end] as Slot;
      if (owner !== NO_SLOT && left-- === 0) break;
      if (owner !== NO_SLOT) this.#toFree.push(owner);
      total += header + (sizes[end] as number);
    }
    let own = 0;
    if (resizes) own = sizes[from - 1] as number;
    else {
      while (from > 0 && owners[from - 1] === NO_SLOT) total += header + (sizes[--from] as number);
      total -= header;
    }
    shuffle(this.#toFree, random);
    this.#thenSlot = resizes ? target : NO_SLOT;
    this.#thenBytes = Math.max(1, own + total + beside(random, header));
  }

  /** Bytes for a new block: a run of FREE blocks, or nearly; 0 where there is none. */
  newSize(random: Random): number {
    const { owners, count, header } = this.#heap;
    if (count === 0) return NOTHING;
    // The run that ends the heap is most of it at first, and gone if it is met: it is aimed at one time in eight.
    let end = count;
    if (random.below(8) !== 0) while (end > 0 && owners[end - 1] === NO_SLOT) end--;
    const start = random.below(count);
    let at = NO_SLOT as number;
    for (let i = 0; i < count && at < 0; i++) {
      const index = start + i < count ? start + i : start + i - count;
      if (owners[index] === NO_SLOT && index < end) at = index;
    }
    if (at < 0) return NOTHING;
    while (at > 0 && owners[at - 1] === NO_SLOT) at--;
    return Math.max(1, this.#runFrom(at) - header + beside(random, header));
  }

  /** Bytes to resize a block to: with what is FREE behind it, the first of it alone, or cut short; nearly. */
  resized(slot: Slot, random: Random): number {
    const { sizes, owners, count, header } = this.#heap;
    const at = this.#heap.indexOf(slot);
    if (at < 0) return NOTHING;
    const own = sizes[at] as number;
    const hasRun = at + 1 < count && owners[at + 1] === NO_SLOT;
    if (!hasRun || random.below(4) === 0) return Math.max(1, own + beside(random, header));
    const behind =
      random.below(4) === 0 ? header + (sizes[at + 1] as number) : this.#runFrom(at + 1);
    return own + behind + beside(random, header);
  }

  /** A block to resize: the last one, or one before a FREE one; NO_SLOT where there is none such. */
  toResize(random: Random): Slot {
    const { owners, count } = this.#heap;
    if (count === 0) return NO_SLOT;
    const wantsLast = random.below(4) === 0;
    if (wantsLast && owners[count - 1] !== NO_SLOT) return owners[count - 1] as Slot;
    const start = random.below(count);
    for (let i = 0; i < count; i++) {
      const at = start + i < count ? start + i : start + i - count;
      const owner = owners[at] as Slot;
      if (owner !== NO_SLOT && at + 1 < count && owners[at + 1] === NO_SLOT) return owner;
    }
    return NO_SLOT;
  }

  /** A block to free: one beside a FREE block, or (half of the time) one that is not; NO_SLOT where there is none. */
  toFree(random: Random): Slot {
    const { owners, count } = this.#heap;
    if (count === 0) return NO_SLOT;
    const wantsFree = random.below(2) === 0;
    const start = random.below(count);
    for (let i = 0; i < count; i++) {
      const at = start + i < count ? start + i : start + i - count;
      const owner = owners[at] as Slot;
      if (owner === NO_SLOT) continue;
      const isBeside =
        (at > 0 && owners[at - 1] === NO_SLOT) || (at + 1 < count && owners[at + 1] === NO_SLOT);
      if (isBeside === wantsFree) return owner;
    }
    return NO_SLOT;
  }

  /** Headers and payloads of the FREE blocks from this one on. */
  #runFrom(at: number): number {
    const { sizes, owners, count, header } = this.#heap;
    let total = 0;
    for (let i = at; i < count && owners[i] === NO_SLOT; i++) {
      total += header + (sizes[i] as number);
    }
    return total;
  }
}

/** 0 half of the time; ±8, ±1, and what leaves a rest of a header alone, of the least block, of a little more. */
function beside(random: Random, header: number): number {
  switch (random.below(16)) {
    case 0:
      return 8;
    case 1:
      return -8;
    case 2:
      return 1;
    case 3:
      return -1;
    case 4:
      return -header;
    case 5:
      return -header - 8;
    case 6:
      return -header - 16;
    case 7:
      return header;
    default:
      return 0;
  }
}

function shuffle(slots: Slot[], random: Random): void {
  for (let i = slots.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const other = slots[j] as Slot;
    slots[j] = slots[i] as Slot;
    slots[i] = other;
  }
}
