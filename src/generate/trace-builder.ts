// Makes the ops of a random trace, one after the other, and keeps in mind which slots should be live, so that
// few ops are skipped; where they are aimed, how the heap will stand, too.
//
// Cost matters (it runs in front of every target): nothing but the op itself is allocated for an op. So one
// builder makes all traces.

import type { Contract } from '../contract/contract.ts';
import type { SizeT } from '../contract/size-t.ts';
import {
  calloc,
  failMmap,
  failSbrk,
  free,
  freeNull,
  malloc,
  NO_SLOT,
  type Op,
  realloc,
  type Slot,
  staleFree,
  staleRealloc,
} from '../trace/op.ts';
import { Aim } from './aim.ts';
import { countFor, emptyPair, overflowingPair } from './calloc-shape.ts';
import { HeapModel } from './heap-model.ts';
import {
  CALLOC,
  FAIL_MMAP,
  FAIL_SBRK,
  FREE,
  KindChoice,
  MALLOC,
  NO_KIND,
  REALLOC,
  STALE_FREE,
  STALE_REALLOC,
} from './kind-choice.ts';
import type { Phase, Profile } from './profile.ts';
import type { Random } from './random.ts';
import { SizeMemory } from './size-memory.ts';
import { heapRules, randomSize, type SizeRules, sizeRules } from './sizes.ts';
import { SlotStates } from './slot-states.ts';
import { fillWeightTable, TABLE_SIZE } from './weights.ts';

/** No size above this is met by anyone: the slot stays empty. */
const SERVED = 2 ** 32;
/** The own size of what is no block yet. */
const NO_SIZE = -1;
/** A plan is made before one op in so many, of eight times as many where all are aimed. */
const PLANS = 32;

export class TraceBuilder {
  #random!: Random;
  #rules!: SizeRules;
  readonly #kinds = new KindChoice();
  readonly #sizes = new Uint8Array(TABLE_SIZE);
  readonly #memory = new SizeMemory();
  readonly #slots = new SlotStates();
  /** In 8: how many ops are aimed. */
  #aimed = 0;
  /** Whether any phase is aimed. If none, the heap is not kept in mind. */
  #models = false;
  readonly #heap = new HeapModel();
  readonly #aim = new Aim(this.#heap);
  /** The slot that the last op freed, or NO_SLOT: what a stale op may name now. */
  #justFreed: Slot = NO_SLOT;
  /** A stale op that waits for the free before it, or NO_KIND. */
  #owed = NO_KIND;

  /** Makes everything new for another trace. */
  begin(random: Random, profile: Profile, contract: Contract): void {
    this.#random = random;
    this.#rules = sizeRules(contract, random);
    this.#memory.begin();
    this.#slots.begin(profile.slots);
    this.#justFreed = NO_SLOT;
    this.#owed = NO_KIND;
    this.#models = profile.aimed > 0 || profile.later.some(({ aimed }) => aimed > 0);
    if (this.#models) this.#heap.begin(heapRules(contract, this.#rules, random));
    this.turnTo(profile);
  }

  /** Goes on in another way, with what is live. */
  turnTo(phase: Phase): void {
    this.#kinds.begin(phase);
    fillWeightTable(this.#sizes, phase.sizeWeights);
    this.#slots.turnTo(phase.lifetime);
    this.#aimed = phase.aimed;
    this.#aim.begin();
  }

  /** The next op, or undefined where the profile leaves nothing to do. */
  next(): Op | undefined {
    const freed = this.#justFreed;
    this.#justFreed = NO_SLOT;
    if (this.#aimed > 0) {
      const op = this.#nextPlanned();
      if (op !== undefined) return op;
    }
    const kind = this.#nextKind(freed);
    if (kind === NO_KIND) return undefined;
    switch (kind) {
      case MALLOC:
        return this.#malloc();
      case CALLOC:
        return this.#calloc();
      case REALLOC:
        return this.#realloc();
      case FREE:
        return this.#free();
      case STALE_REALLOC:
        return freed === NO_SLOT ? this.#freeFirst(kind) : this.#staleRealloc(freed);
      case STALE_FREE:
        return freed === NO_SLOT ? this.#freeFirst(kind) : staleFree(freed);
      case FAIL_SBRK:
        return this.#failGrowth();
      case FAIL_MMAP:
        return this.#failMap();
      default:
        return freeNull();
    }
  }

  /** The plan goes on; or one is made, once in a while. */
  #nextPlanned(): Op | undefined {
    const random = this.#random;
    const aim = this.#aim;
    if (!aim.isPlanned) {
      const mayPlan =
        this.#kinds.isOn(FREE) && this.#kinds.isOn(MALLOC) && random.below(PLANS) < this.#aimed;
      if (!mayPlan) return undefined;
      aim.plan(random, this.#kinds.isOn(REALLOC));
      if (!aim.isPlanned) return undefined;
    }
    const slot = aim.nextToFree();
    if (slot !== NO_SLOT) {
      this.#gone(slot);
      return free(slot);
    }
    const { slot: resized, bytes } = aim.planned();
    if (resized !== NO_SLOT) return this.#resize(resized, bytes);
    return this.#slots.anyEmpty ? this.#mallocOf(bytes) : undefined;
  }

  #isAimed(): boolean {
    return this.#aimed > 0 && this.#random.below(8) < this.#aimed;
  }

  #nextKind(freed: Slot): number {
    const owed = this.#owed;
    this.#owed = NO_KIND;
    if (owed !== NO_KIND && freed !== NO_SLOT) return owed;
    const kind = this.#kinds.draw(this.#random);
    return (kind === MALLOC || kind === CALLOC) && !this.#slots.anyEmpty
      ? this.#kinds.withoutRoom(this.#random)
      : kind;
  }

  #malloc(): Op {
    return this.#mallocOf(this.#newSize());
  }

  #mallocOf(size: SizeT): Op {
    const slot = this.#slots.empty(this.#random);
    this.#served(slot, size, false);
    return malloc(slot, size);
  }

  /** One in 24 overflows, or nearly. */
  #calloc(): Op {
    const random = this.#random;
    const slot = this.#slots.empty(random);
    if (random.below(24) === 0) {
      const [count, size] = overflowingPair(random);
      return calloc(slot, count, size);
    }
    const bytes = this.#newSize();
    if (bytes === 0) {
      const [count, size] = emptyPair(random);
      return calloc(slot, count, size);
    }
    this.#served(slot, bytes, true);
    const count = countFor(random, bytes);
    return calloc(slot, count, typeof bytes === 'number' ? bytes / count : bytes);
  }

  /** Mostly of a live slot; one time in six realloc(NULL, n). */
  #realloc(): Op {
    const random = this.#random;
    const { anyEmpty } = this.#slots;
    let slot = anyEmpty && random.below(6) === 0 ? NO_SLOT : this.#slots.victim(random);
    if (slot === NO_SLOT) {
      slot = this.#slots.empty(random);
      const size = this.#newSize();
      this.#served(slot, size, false);
      return realloc(slot, size);
    }
    if (this.#isAimed()) {
      const better = this.#aim.toResize(random);
      if (better !== NO_SLOT) slot = better;
      const bytes = this.#aim.resized(slot, random);
      if (bytes > 0) return this.#resize(slot, bytes);
    }
    return this.#resize(slot, this.#size(this.#slots.sizeOf(slot)));
  }

  #resize(slot: Slot, size: SizeT): Op {
    if (size === 0) this.#gone(slot);
    else if (typeof size === 'number' && size <= SERVED) {
      this.#memory.released(this.#slots.sizeOf(slot));
      if (this.#models) this.#heap.resize(slot, size);
      this.#known(slot, size);
    }
    return realloc(slot, size);
  }

  /** If nothing is live, one of the kinds that make something so. */
  #free(): Op | undefined {
    let slot = this.#slots.victim(this.#random);
    if (slot === NO_SLOT) return this.#somethingNew();
    if (this.#isAimed()) {
      const better = this.#aim.toFree(this.#random);
      if (better !== NO_SLOT) slot = better;
    }
    this.#gone(slot);
    return free(slot);
  }

  #somethingNew(): Op | undefined {
    if (this.#kinds.isOn(MALLOC)) return this.#malloc();
    return this.#kinds.isOn(CALLOC) ? this.#calloc() : this.#realloc();
  }

  #freeFirst(stale: number): Op | undefined {
    this.#owed = stale;
    return this.#free();
  }

  #staleRealloc(slot: Slot): Op {
    const size = this.#size(NO_SIZE);
    return staleRealloc(slot, size === 0 ? 1 : size);
  }

  #whichFails(): number {
    return this.#random.below(3) === 0 ? 2 + this.#random.below(4) : 1;
  }

  #failGrowth(): Op {
    const nth = this.#whichFails();
    this.#heap.failGrowth(nth);
    return failSbrk(nth);
  }

  #failMap(): Op {
    const nth = this.#whichFails();
    this.#heap.failMap(nth);
    return failMmap(nth);
  }

  #newSize(): SizeT {
    const bytes = this.#isAimed() ? this.#aim.newSize(this.#random) : 0;
    return bytes > 0 ? bytes : this.#size(NO_SIZE);
  }

  #size(own: number): SizeT {
    const choice = this.#sizes[this.#random.below(TABLE_SIZE)] as number;
    return randomSize(choice, this.#random, this.#rules, this.#memory, own);
  }

  #served(slot: Slot, size: SizeT, isCalloc: boolean): void {
    if (typeof size !== 'number' || size > SERVED || size === 0) return;
    if (this.#models) this.#heap.allocate(slot, size, isCalloc);
    this.#known(slot, size);
  }

  #known(slot: Slot, size: number): void {
    this.#slots.live(slot, size);
    this.#memory.allocated(size);
  }

  #gone(slot: Slot): void {
    this.#memory.released(this.#slots.sizeOf(slot));
    this.#slots.dead(slot);
    if (this.#models) this.#heap.release(slot);
    this.#justFreed = slot;
  }
}
