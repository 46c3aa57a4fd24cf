// The judge: a fold over the steps of an execution. It knows what every live slot is owed (model), looks
// at each step through the invariants, and goes on from what was observed, so that one deviation is one
// violation. After damage (memory or headers that nobody can trust) it is over: the rest of the trace
// is no evidence.

import { type Contract, judges } from '../contract/contract.ts';
import { addSizes, alignSize } from '../contract/size-t.ts';
import type { Address } from '../memory/address.ts';
import { type Beginning, emptyWalk, type HeapWalk, type Step } from '../target/execution.ts';
import { type Invariant, violationOf } from './invariant.ts';
import { containment } from './invariants/containment.ts';
import { contents } from './invariants/contents.ts';
import { INVARIANTS } from './invariants.ts';
import { Model } from './model.ts';
import { Routine } from './routine.ts';
import { Situation } from './situation.ts';
import type { InvariantName, Violation } from './violation.ts';

export interface JudgeOptions {
  /** Judge by these only. */
  readonly only?: ReadonlySet<InvariantName>;
  /** false: every step is looked at through each invariant, the ordinary ones too (slower, and the same). */
  readonly routine?: boolean;
  /** Header size in bytes, where the user knows it; else the first heap payload tells. */
  readonly header?: number;
}

const NONE: readonly Violation[] = [];
/** What is judged at the end of a trace, where all bytes are looked at once more without a call. */
const AT_REST: readonly Invariant[] = [containment, contents];

export class Judge {
  /** The rest of the trace is no evidence: stop it. */
  over = false;
  private readonly contract: Contract;
  private readonly model: Model;
  private readonly situation: Situation;
  private readonly invariants: readonly Invariant[];
  private readonly counts: number[];
  /** For the ordinary steps; absent where its shortcuts do not hold. */
  private readonly routine: Routine | undefined;
  private readonly fixedHeader: number;
  /** Two stand-ins for a walk that was not taken, used in turn: one is still the walk before. */
  private unwalked = emptyWalk(0);
  private unwalkedSpare = emptyWalk(0);
  private headerKnown = false;
  private likelyHeader = 0;
  private previous: HeapWalk;

  constructor(contract: Contract, options: JudgeOptions = {}) {
    this.contract = contract;
    this.model = new Model(contract);
    this.situation = new Situation(contract, this.model);
    const { only } = options;
    this.invariants = INVARIANTS.filter((each) => only === undefined || only.has(each.name));
    this.counts = this.invariants.map(() => 0);
    this.fixedHeader = options.header ?? 0;
    this.previous = this.unwalked;
    const shortcuts = options.routine !== false && only === undefined && !contract.links;
    this.routine = shortcuts ? new Routine(contract, this.model) : undefined;
  }

  begin(beginning: Beginning): void {
    this.over = false;
    this.headerKnown = this.fixedHeader > 0;
    this.likelyHeader = this.contract.placement?.headers[0] ?? 0;
    this.model.begin(beginning.heapStart);
    this.previous = this.withoutWalk();
    this.routine?.begin();
  }

  /** Judges a step; the violations in the order of the invariants, usually none. */
  step(step: Step): readonly Violation[] {
    if (this.over || this.isRoutine(step)) return NONE;
    const { situation: s, model } = this;
    const skipped = step.outcome === 'skipped';
    if (!skipped || step.broken.length > 0) s.enter(step);
    for (let i = 0; i < step.syscalls.length; i++) model.observe(step.syscalls[i]!);
    if (skipped) return step.broken.length === 0 ? NONE : this.judgeAtRest();
    this.takeWalks(step);
    const violations = this.judge();
    if (!s.returned) this.over = true;
    if (!this.over) this.followChange(step);
    this.apply();
    return violations;
  }

  /** The heap just before the step judged last; the target may overwrite it at the next step. */
  get before(): HeapWalk {
    return this.situation.before;
  }

  /** How often each rule was really judged, since this judge was made. */
  get judged(): ReadonlyMap<InvariantName, number> {
    const judged = new Map(this.invariants.map((each, i) => [each.name, this.counts[i] as number]));
    this.routine?.addTo(judged);
    return judged;
  }

  /** Ordinary, lawful, and followed. */
  private isRoutine(step: Step): boolean {
    const { blocks } = step;
    if (this.routine === undefined || blocks === undefined || !this.headerKnown) return false;
    const { frame, after } = blocks;
    if (!frame.taken || frame.flaw !== '' || !after.taken || after.flaw !== '') return false;
    if (frame.header !== after.header) return false;
    if (this.fixedHeader > 0 && after.header !== this.fixedHeader) return false;
    return this.routine.passes(step, blocks);
  }

  private takeWalks(step: Step): void {
    const { situation: s, model } = this;
    const { heap, before } = step;
    const wasKnown = this.headerKnown;
    if (!this.headerKnown && step.result !== 0 && model.inHeap(step.result)) {
      this.headerKnown = heap.header > 0;
    }
    s.measure(this.headerOf(step));
    s.before = wasKnown && before?.taken === true ? before : this.previous;
    s.after = this.headerKnown ? this.known(heap) : this.withoutWalk();
    s.walked = this.contract.placement !== undefined && isKnown(s.before) && isKnown(s.after);
    this.previous = s.after;
  }

  private known(walk: HeapWalk): HeapWalk {
    return walk.taken ? walk : this.withoutWalk();
  }

  private withoutWalk(): HeapWalk {
    const walk = this.unwalkedSpare;
    this.unwalkedSpare = this.unwalked;
    this.unwalked = walk;
    walk.start = this.model.heapStart;
    walk.end = this.model.heapEnd;
    return walk;
  }

  /**
   * Bytes of a header. The first heap payload settles it; until then a mapping, or one that was refused,
   * shows it: with mapped blocks first, both editions are still possible.
   */
  private headerOf(step: Step): number {
    const headers = this.contract.placement?.headers;
    if (headers === undefined) return 0;
    if (this.fixedHeader > 0) return this.fixedHeader;
    if (this.headerKnown) return step.heap.header;
    const shown = headers.find((header) => this.isShown(header, step.result));
    this.likelyHeader = shown ?? this.likelyHeader;
    return this.likelyHeader;
  }

  /** A mapping made for the result, or a block that the system refused, has room for this header. */
  private isShown(header: number, result: Address): boolean {
    const { mapped, attempt, attemptedGrowth, request } = this.situation;
    if (mapped !== undefined && result - mapped.result === header) return true;
    const need = request === undefined ? undefined : alignSize(request, 8);
    if (attempt === undefined || need === undefined) return false;
    const block = addSizes(need, header);
    if (block === attempt.length) return true;
    // 128 KiB are a preallocation, with either header, though the block may happen to be as long.
    return block === attemptedGrowth && block !== this.contract.placement?.preallocation;
  }

  private judge(): readonly Violation[] {
    const { situation: s, invariants } = this;
    let violations: Violation[] | undefined;
    for (let i = 0; i < invariants.length; i++) {
      const invariant = invariants[i] as Invariant;
      if (!invariant.applies(s)) continue;
      (this.counts[i] as number)++;
      const breach = invariant.check(s);
      if (breach === undefined) continue;
      const violation = violationOf(invariant, breach, s);
      if (judges(this.contract, violation.tier)) {
        violations ??= [];
        violations.push(violation);
      }
      this.over = violation.tier === 'safety' || breach.damage === true;
      if (this.over) break;
    }
    return violations ?? NONE;
  }

  private judgeAtRest(): readonly Violation[] {
    const { situation: s } = this;
    for (const invariant of AT_REST) {
      const breach = this.invariants.includes(invariant) ? invariant.check(s) : undefined;
      if (breach === undefined) continue;
      this.over = true;
      return [violationOf(invariant, breach, s)];
    }
    return NONE;
  }

  /** What the step took back and gave out on the heap, for those who judge the next by its changes. */
  private followChange(step: Step): void {
    const { situation: s } = this;
    if (this.routine === undefined) return;
    const stays = s.oldInHeap && s.oldKept;
    const taken = s.oldInHeap && (!s.oldKept || step.result !== 0) ? s.oldAddress : 0;
    const given = s.newHeapPayload ? s.result : stays ? taken : 0;
    this.routine.follow(step, taken, given);
  }

  private apply(): void {
    const { situation: s, model } = this;
    const { slot } = s.op;
    if (s.call === 'release' || (s.call === 'resize' && s.result !== 0)) {
      if (s.oldMappingLength > 0 && !s.oldKept) model.raiseThreshold(s.oldMappingLength);
      if (!s.oldKept) model.clear(slot);
    }
    if (s.gaveMemory) model.place(slot, s.result, s.bytes);
  }
}

/** Walked and tiling, or never used. */
function isKnown(walk: HeapWalk): boolean {
  return walk.taken ? walk.flaw === '' : walk.end === walk.start;
}
