// Which slots should be live while a trace is made, oldest first, and with what sizes. "Should": a call
// may fail in earnest, and then later ops on its slot are skipped.

import type { SizeT } from '../contract/size-t.ts';
import { NO_SLOT, type Slot } from '../trace/op.ts';
import type { Lifetime } from './profile.ts';
import type { Random } from './random.ts';

export class SlotStates {
  readonly #lifetime: Lifetime;
  /** Live slots, oldest first, then (from #liveCount on) the empty ones. */
  readonly #order: Slot[] = [];
  #liveCount = 0;
  readonly #sizes: SizeT[] = [];

  constructor(slots: number, lifetime: Lifetime) {
    this.#lifetime = lifetime;
    for (let slot = 0; slot < slots; slot++) {
      this.#order.push(slot);
      this.#sizes.push(0);
    }
  }

  get anyEmpty(): boolean {
    return this.#liveCount < this.#order.length;
  }

  /** An empty slot, or NO_SLOT. */
  empty(random: Random): Slot {
    const empty = this.#order.length - this.#liveCount;
    return empty === 0 ? NO_SLOT : (this.#order[this.#liveCount + random.below(empty)] as Slot);
  }

  /** The live slot whose turn it is, or NO_SLOT: seven times in eight by the lifetime, else any. */
  victim(random: Random): Slot {
    if (this.#liveCount === 0) return NO_SLOT;
    if (this.#lifetime === 'random' || random.below(8) === 0) {
      return this.#order[random.below(this.#liveCount)] as Slot;
    }
    return this.#order[this.#lifetime === 'lifo' ? this.#liveCount - 1 : 0] as Slot;
  }

  sizeOf(slot: Slot): SizeT {
    return this.#sizes[slot] as SizeT;
  }

  /** The slot is live from now on, with this size (or goes on with it). */
  live(slot: Slot, size: SizeT): void {
    this.#sizes[slot] = size;
    const at = this.#order.indexOf(slot);
    if (at < this.#liveCount) return;
    this.#order[at] = this.#order[this.#liveCount] as Slot;
    this.#order[this.#liveCount++] = slot;
  }

  /** The slot is empty from now on. */
  dead(slot: Slot): void {
    const at = this.#order.indexOf(slot);
    if (at >= this.#liveCount) return;
    this.#liveCount--;
    for (let i = at; i < this.#liveCount; i++) this.#order[i] = this.#order[i + 1] as Slot;
    this.#order[this.#liveCount] = slot;
  }
}
