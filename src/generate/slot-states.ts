// Which slots should be live while a trace is made, oldest first, and with what sizes. "Should": a call
// may fail in earnest, and then later ops on its slot are skipped.
//
// One object serves one trace after the other (see `begin`): its arrays are as long as the longest needed.

import { NO_SLOT, type Slot } from '../trace/op.ts';
import type { Lifetime } from './profile.ts';
import type { Random } from './random.ts';

export class SlotStates {
  #lifetime: Lifetime = 'random';
  #slots = 0;
  /** Live slots, oldest first, then (from #liveCount on) the empty ones. */
  readonly #order: Slot[] = [];
  #liveCount = 0;
  /** Bytes. */
  readonly #sizes: number[] = [];
  /** Where in #order the slot stands that was drawn last: the one that will be said to live or die. */
  #drawn = 0;
  /** Where in #order a checkerboard goes on. */
  #square = 0;

  /** All slots are empty. */
  begin(slots: number): void {
    this.#slots = slots;
    this.#liveCount = 0;
    for (let slot = 0; slot < slots; slot++) {
      this.#order[slot] = slot;
      this.#sizes[slot] = 0;
    }
  }

  /** From now on it is the turn of others; what is live stays so. */
  turnTo(lifetime: Lifetime): void {
    this.#lifetime = lifetime;
    this.#square = 0;
  }

  get anyEmpty(): boolean {
    return this.#liveCount < this.#slots;
  }

  /** An empty slot, or NO_SLOT. */
  empty(random: Random): Slot {
    const empty = this.#slots - this.#liveCount;
    return empty === 0 ? NO_SLOT : this.#draw(this.#liveCount + random.below(empty));
  }

  /** The live slot whose turn it is, or NO_SLOT: seven times in eight by the lifetime, else any. */
  victim(random: Random): Slot {
    if (this.#liveCount === 0) return NO_SLOT;
    if (this.#lifetime === 'random' || random.below(8) === 0) {
      return this.#draw(random.below(this.#liveCount));
    }
    return this.#draw(this.#turn());
  }

  /** Where in #order the one stands whose turn it is. */
  #turn(): number {
    if (this.#lifetime === 'fifo') return 0;
    if (this.#lifetime === 'lifo') return this.#liveCount - 1;
    // Those behind one that is freed move up: so the next of them is passed over.
    const at = this.#square < this.#liveCount ? this.#square : 0;
    this.#square = at + 1;
    return at;
  }

  sizeOf(slot: Slot): number {
    return this.#sizes[slot] as number;
  }

  /** The slot is live from now on, with this size (or goes on with it). */
  live(slot: Slot, size: number): void {
    this.#sizes[slot] = size;
    const at = this.#placeOf(slot);
    if (at < this.#liveCount) return;
    this.#order[at] = this.#order[this.#liveCount] as Slot;
    this.#order[this.#liveCount++] = slot;
  }

  /** The slot is empty from now on. */
  dead(slot: Slot): void {
    const at = this.#placeOf(slot);
    if (at >= this.#liveCount) return;
    const order = this.#order;
    const last = --this.#liveCount;
    for (let i = at; i < last; i++) order[i] = order[i + 1] as Slot;
    order[last] = slot;
  }

  #draw(at: number): Slot {
    this.#drawn = at;
    return this.#order[at] as Slot;
  }

  #placeOf(slot: Slot): number {
    return this.#order[this.#drawn] === slot ? this.#drawn : this.#order.indexOf(slot);
  }
}
