// Makes a random trace: a plain loop that keeps in mind which slots should be live, so that few ops are
// skipped. The one generator: campaigns call it, fast-check's arbitrary calls it.
//
// Cost matters (it runs in front of every target): nothing but the op itself is allocated for an op, and
// nothing but the list of them for a trace. So one builder makes them all, one after the other.

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
  OP_KINDS,
  type Op,
  realloc,
  type Slot,
  staleFree,
  staleRealloc,
} from '../trace/op.ts';
import type { Trace } from '../trace/trace.ts';
import { Aim } from './aim.ts';
import { countFor, overflowingPair } from './calloc-shape.ts';
import { HeapModel } from './heap-model.ts';
import type { Profile } from './profile.ts';
import type { Random } from './random.ts';
import { SizeMemory } from './size-memory.ts';
import { heapRules, randomSize, type SizeRules, sizeRules } from './sizes.ts';
import { SlotStates } from './slot-states.ts';
import { fillWeightTable, TABLE_SIZE } from './weights.ts';

/**
 * A trace of at most profile.length ops (and at least one) over the slots 0..profile.slots-1. It ends
 * early where every slot is live and the profile has nothing to do with live slots.
 */
export function randomTrace(random: Random, profile: Profile, contract: Contract): Trace {
  BUILDER.begin(random, profile, contract);
  const trace: Op[] = [];
  while (trace.length < profile.length) {
    const op = BUILDER.next();
    if (op === undefined) break;
    trace.push(op);
  }
  return trace;
}

const MALLOC = OP_KINDS.indexOf('malloc');
const CALLOC = OP_KINDS.indexOf('calloc');
const REALLOC = OP_KINDS.indexOf('realloc');
const FREE = OP_KINDS.indexOf('free');
const STALE_REALLOC = OP_KINDS.indexOf('stale-realloc');
const STALE_FREE = OP_KINDS.indexOf('stale-free');
const FAIL_SBRK = OP_KINDS.indexOf('fail-sbrk');
const FAIL_MMAP = OP_KINDS.indexOf('fail-mmap');
const NONE = -1;
/** No size above this is met by anyone: the slot stays empty. */
const SERVED = 2 ** 32;
/** A plan is made before one op in so many, of eight times as many where all are aimed. */
const PLANS = 32;

class TraceBuilder {
  #random!: Random;
  #rules!: SizeRules;
  #kindWeights: readonly number[] = [];
  readonly #kinds = new Uint8Array(TABLE_SIZE);
  readonly #sizes = new Uint8Array(TABLE_SIZE);
  #tide = 0;
  /** Ops until the tide turns. */
  #untilTurn = 0;
  #ebb = false;
  readonly #memory = new SizeMemory();
  readonly #slots = new SlotStates();
  /** In 8: how many ops are aimed. 0: none, and the heap is not kept in mind. */
  #aimed = 0;
  readonly #heap = new HeapModel();
  readonly #aim = new Aim(this.#heap);
  /** The slot that the last op freed, or NO_SLOT: what a stale op may name now. */
  #justFreed: Slot = NO_SLOT;
  /** A stale op that waits for the free before it, or NONE. */
  #owed = NONE;

  /** Makes everything new for another trace. */
  begin(random: Random, profile: Profile, contract: Contract): void {
    this.#random = random;
    this.#kindWeights = profile.kindWeights;
    fillWeightTable(this.#kinds, profile.kindWeights);
    fillWeightTable(this.#sizes, profile.sizeWeights);
    this.#tide = profile.tide;
    this.#untilTurn = profile.tide;
    this.#ebb = false;
    this.#rules = sizeRules(contract, random);
    this.#memory.begin();
    this.#slots.begin(profile.slots, profile.lifetime);
    this.#justFreed = NO_SLOT;
    this.#owed = NONE;
    this.#aimed = profile.aimed;
    if (profile.aimed > 0) {
      this.#heap.begin(heapRules(contract, this.#rules, random));
      this.#aim.begin();
    }
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
    if (kind === NONE) return undefined;
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
        (this.#kindWeights[FREE] as number) > 0 &&
        (this.#kindWeights[MALLOC] as number) > 0 &&
        random.below(PLANS) < this.#aimed;
      if (!mayPlan) return undefined;
      aim.plan(random, (this.#kindWeights[REALLOC] as number) > 0);
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
    this.#owed = NONE;
    if (owed !== NONE && freed !== NO_SLOT) return owed;
    const drawn = this.#kinds[this.#random.below(TABLE_SIZE)] as number;
    const kind = this.#tide === 0 ? drawn : this.#swept(drawn);
    return (kind === MALLOC || kind === CALLOC) && !this.#slots.anyEmpty
      ? this.#insteadOfNew()
      : kind;
  }

  /** With the tide: at flood 7 in 8 frees become allocations, at ebb 7 in 8 allocations become frees; only
   * kinds that the profile has on. */
  #swept(kind: number): number {
    if (this.#untilTurn-- === 0) {
      this.#untilTurn = this.#tide;
      this.#ebb = !this.#ebb;
    }
    const against = this.#ebb ? kind === MALLOC || kind === CALLOC : kind === FREE;
    if (!against || this.#random.below(8) === 0) return kind;
    if (this.#ebb) return (this.#kindWeights[FREE] as number) > 0 ? FREE : kind;
    if ((this.#kindWeights[MALLOC] as number) > 0) return MALLOC;
    return (this.#kindWeights[CALLOC] as number) > 0 ? CALLOC : kind;
  }

  /** Every slot is live: one is freed or reallocated, whichever the profile has on. */
  #insteadOfNew(): number {
    const canFree = (this.#kindWeights[FREE] as number) > 0;
    const canResize = (this.#kindWeights[REALLOC] as number) > 0;
    if (canFree && canResize) return this.#random.below(3) === 0 ? REALLOC : FREE;
    return canFree ? FREE : canResize ? REALLOC : NONE;
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
    if (bytes === 0) return emptyCalloc(slot, random);
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
      if (this.#aimed > 0) this.#heap.resize(slot, size);
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
    if ((this.#kindWeights[MALLOC] as number) > 0) return this.#malloc();
    return (this.#kindWeights[CALLOC] as number) > 0 ? this.#calloc() : this.#realloc();
  }

  #freeFirst(stale: number): Op | undefined {
    this.#owed = stale;
    return this.#free();
  }

  #staleRealloc(slot: Slot): Op {
    const size = this.#size(NONE);
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
    return bytes > 0 ? bytes : this.#size(NONE);
  }

  #size(own: number): SizeT {
    const choice = this.#sizes[this.#random.below(TABLE_SIZE)] as number;
    return randomSize(choice, this.#random, this.#rules, this.#memory, own);
  }

  #served(slot: Slot, size: SizeT, isCalloc: boolean): void {
    if (typeof size !== 'number' || size > SERVED || size === 0) return;
    if (this.#aimed > 0) this.#heap.allocate(slot, size, isCalloc);
    this.#known(slot, size);
  }

  #known(slot: Slot, size: number): void {
    this.#slots.live(slot, size);
    this.#memory.allocated(size);
  }

  #gone(slot: Slot): void {
    this.#memory.released(this.#slots.sizeOf(slot));
    this.#slots.dead(slot);
    if (this.#aimed > 0) this.#heap.release(slot);
    this.#justFreed = slot;
  }
}

/** No elements, or elements of no bytes. */
function emptyCalloc(slot: Slot, random: Random): Op {
  const other = random.below(100);
  return random.below(2) === 0 ? calloc(slot, 0, other) : calloc(slot, other, 0);
}

const BUILDER = new TraceBuilder();
