// The heap as it should stand while a trace is made, so that sizes and victims can be chosen for it. It does what
// oracle/placement.ts specifies (and is held to it by a test), on flat arrays and without a result, for it
// runs in front of every aimed trace. Another allocator's heap is much like it, mostly: enough to aim at.
//
// One object serves one trace after the other (see `begin`).

import type { Slot } from '../trace/op.ts';

export interface HeapRules {
  readonly header: number;
  /** Blocks from this size on are mapped: calloc's, and all others'. */
  readonly page: number;
  readonly threshold: number;
  /** How far the break moves first. 0: no further than for the block. */
  readonly preallocation: number;
}

const FREE = -1;
const NOWHERE = -1;
const ROOM = 1024;

export class HeapModel {
  /** The blocks that tile the heap, in order. */
  count = 0;
  /** Payload bytes of each. */
  sizes = new Int32Array(ROOM);
  /** The slot that has it, or -1: FREE. */
  owners = new Int32Array(ROOM);
  header = 0;
  #page = 0;
  #threshold = 0;
  #preallocation = 0;
  /** By slot: the payload bytes of its mapping, or 0. */
  readonly #mapped: number[] = [];
  /** A bit for each growth of the break, and each mmap, from the next on: whether it fails. */
  #failingGrowths = 0;
  #failingMaps = 0;

  begin(rules: HeapRules): void {
    this.header = rules.header;
    this.#page = rules.page;
    this.#threshold = rules.threshold;
    this.#preallocation = rules.preallocation;
    this.count = 0;
    this.#mapped.length = 0;
    this.#failingGrowths = 0;
    this.#failingMaps = 0;
  }

  /** The `nth` growth of the break from here fails. */
  failGrowth(nth: number): void {
    this.#failingGrowths |= 1 << (nth - 1);
  }

  failMap(nth: number): void {
    this.#failingMaps |= 1 << (nth - 1);
  }

  /** malloc, or calloc, of `bytes` >= 1 into an empty slot. */
  allocate(slot: Slot, bytes: number, isCalloc: boolean): void {
    this.#give(slot, align8(bytes), isCalloc ? this.#page : this.#threshold);
  }

  release(slot: Slot): void {
    const at = this.indexOf(slot);
    if (at >= 0) this.owners[at] = FREE;
    else this.#mapped[slot] = 0;
  }

  /** realloc of `bytes` >= 1. */
  resize(slot: Slot, bytes: number): void {
    const need = align8(bytes);
    const at = this.indexOf(slot);
    if (at < 0) {
      if (this.#mapped[slot] !== need) this.#give(slot, need, this.#threshold);
      return;
    }
    if (need <= (this.sizes[at] as number)) this.#cut(at, need);
    else if (need + this.header >= this.#threshold) this.#move(slot, need);
    else this.#expand(slot, at, need);
  }

  /** The block of a slot, or -1: it has none on the heap. */
  indexOf(slot: Slot): number {
    const { owners, count } = this;
    for (let i = 0; i < count; i++) if (owners[i] === slot) return i;
    return NOWHERE;
  }

  /** A mapping or a block of the heap, if it can be had, in place of a mapping that the slot may have. */
  #give(slot: Slot, need: number, threshold: number): void {
    if (need + this.header >= threshold) {
      if (!this.#mapFails()) this.#mapped[slot] = need;
      return;
    }
    const at = this.#place(need);
    if (at < 0) return;
    this.owners[at] = slot;
    this.#mapped[slot] = 0;
  }

  /** A FREE block for `need` bytes, cut to size; -1 where the break does not move. */
  #place(need: number): number {
    if (this.count === 0 && this.#preallocation > 0) {
      if (this.#growthFails()) return NOWHERE;
      this.#insert(0, this.#preallocation - this.header);
    }
    const fit = this.#coalesceAndSearch(need);
    if (fit >= 0) return this.#cut(fit, need);
    if (this.#growthFails()) return NOWHERE;
    const last = this.count - 1;
    if (last >= 0 && this.owners[last] === FREE) {
      this.sizes[last] = need;
      return last;
    }
    this.#insert(this.count, need);
    return this.count - 1;
  }

  /** All runs of FREE blocks become one block each; the best fit, or -1. */
  #coalesceAndSearch(need: number): number {
    const { sizes, owners, count, header } = this;
    let to = 0;
    let best = NOWHERE;
    let bestSize = Number.POSITIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const owner = owners[i] as number;
      let size = sizes[i] as number;
      if (owner === FREE) {
        while (i + 1 < count && owners[i + 1] === FREE) size += header + (sizes[++i] as number);
        if (size >= need && size < bestSize) {
          best = to;
          bestSize = size;
        }
      }
      sizes[to] = size;
      owners[to++] = owner;
    }
    this.count = to;
    return best;
  }

  /** What the block has more than `need` becomes FREE, if it can hold a block. Returns the same block. */
  #cut(at: number, need: number): number {
    const rest = (this.sizes[at] as number) - need - this.header;
    if (rest < 8) return at;
    this.sizes[at] = need;
    this.#insert(at + 1, rest);
    return at;
  }

  #move(slot: Slot, need: number): void {
    if (need + this.header >= this.#threshold) {
      if (this.#mapFails()) return;
      this.owners[this.indexOf(slot)] = FREE;
      this.#mapped[slot] = need;
      return;
    }
    // The old block keeps its owner until there is a new one, which may lie before it.
    const at = this.#place(need);
    if (at < 0) return;
    this.owners[this.indexOf(slot)] = FREE;
    this.owners[at] = slot;
  }

  #expand(slot: Slot, at: number, need: number): void {
    const wasLast = at === this.count - 1;
    while ((this.sizes[at] as number) < need && this.#absorbNext(at));
    if ((this.sizes[at] as number) >= need) {
      this.#cut(at, need);
      return;
    }
    const isLast = at === this.count - 1;
    if (!isLast || (!wasLast && this.#coalesceAndSearch(need) >= 0)) {
      this.#move(slot, need);
      return;
    }
    if (!this.#growthFails()) this.sizes[this.count - 1] = need;
  }

  #absorbNext(at: number): boolean {
    const { sizes, owners } = this;
    if (at + 1 >= this.count || owners[at + 1] !== FREE) return false;
    sizes[at] = (sizes[at] as number) + this.header + (sizes[at + 1] as number);
    sizes.copyWithin(at + 1, at + 2, this.count);
    owners.copyWithin(at + 1, at + 2, this.count);
    this.count -= 1;
    return true;
  }

  #insert(at: number, size: number): void {
    if (this.count === this.sizes.length) this.#enlarge();
    const { sizes, owners, count } = this;
    for (let i = count; i > at; i--) {
      sizes[i] = sizes[i - 1] as number;
      owners[i] = owners[i - 1] as number;
    }
    sizes[at] = size;
    owners[at] = FREE;
    this.count = count + 1;
  }

  #enlarge(): void {
    const { sizes, owners } = this;
    this.sizes = new Int32Array(2 * sizes.length);
    this.owners = new Int32Array(2 * sizes.length);
    this.sizes.set(sizes);
    this.owners.set(owners);
  }

  #growthFails(): boolean {
    const fails = (this.#failingGrowths & 1) !== 0;
    this.#failingGrowths >>= 1;
    return fails;
  }

  #mapFails(): boolean {
    const fails = (this.#failingMaps & 1) !== 0;
    this.#failingMaps >>= 1;
    return fails;
  }
}

function align8(bytes: number): number {
  return bytes < 2 ** 30 ? (bytes + 7) & ~7 : bytes;
}
