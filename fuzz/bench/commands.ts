// What a fast-check user would write without allocheck: an allocator's operations as model-based commands.
// `check` looks at the model, `run` executes on the very same target and applies the very same judge, so
// that a comparison of speeds compares the two ways of driving and nothing else.

import fc from 'fast-check';
import type { SizeT } from '../../src/contract/size-t.ts';
import { Judge } from '../../src/oracle/judge.ts';
import type { SimulatedTarget } from '../../src/target/simulated.ts';
import { formatOp } from '../../src/trace/notation.ts';
import type { Op, Slot } from '../../src/trace/op.ts';
import * as ops from '../../src/trace/op.ts';
import { sizes } from './sizes.ts';

/** What the commands know: enough for their preconditions. */
export interface Model {
  readonly live: boolean[];
  justFreed: Slot;
}

/** Makes a call, or notes it. */
export interface Performer {
  /** Returns what the call returned, 0 for NULL. */
  perform(op: Op): number;
}

/** The system under test, with the judge that watches it. */
export class Real implements Performer {
  /** Calls made and judged, over all runs. */
  calls = 0;
  readonly #target: SimulatedTarget;
  readonly #judge: Judge;
  readonly #trace: Op[] = [];

  constructor(target: SimulatedTarget) {
    this.#target = target;
    this.#judge = new Judge(target.contract);
  }

  begin(): void {
    this.#trace.length = 0;
    this.#judge.begin(this.#target.begin('hunting'));
  }

  /** Returns what the call returned, 0 for NULL. Throws where the judge finds a violation. */
  perform(op: Op): number {
    this.#target.perform(op, this.#trace.length);
    this.#trace.push(op);
    const { step } = this.#target;
    if (step.outcome !== 'skipped') this.calls += 1;
    this.#judged();
    return step.result;
  }

  end(): void {
    if (this.#target.finish(this.#trace)) this.#judged();
  }

  #judged(): void {
    const [violation] = this.#judge.step(this.#target.step);
    if (violation !== undefined) throw new Error(violation.says);
  }
}

abstract class OpCommand implements fc.Command<Model, Performer> {
  readonly op: Op;

  constructor(op: Op) {
    this.op = op;
  }

  abstract check(model: Readonly<Model>): boolean;

  run(model: Model, real: Performer): void {
    const result = real.perform(this.op);
    model.justFreed = ops.NO_SLOT;
    this.follow(model, result);
  }

  follow(_model: Model, _result: number): void {}

  toString(): string {
    return formatOp(this.op);
  }
}

class Malloc extends OpCommand {
  constructor(slot: Slot, size: SizeT) {
    super(ops.malloc(slot, size));
  }

  override check(model: Readonly<Model>): boolean {
    return model.live[this.op.slot] !== true;
  }

  override follow(model: Model, result: number): void {
    model.live[this.op.slot] = result !== 0;
  }
}

class Calloc extends OpCommand {
  constructor(slot: Slot, count: SizeT, size: SizeT) {
    super(ops.calloc(slot, count, size));
  }

  override check(model: Readonly<Model>): boolean {
    return model.live[this.op.slot] !== true;
  }

  override follow(model: Model, result: number): void {
    model.live[this.op.slot] = result !== 0;
  }
}

class Realloc extends OpCommand {
  constructor(slot: Slot, size: SizeT) {
    super(ops.realloc(slot, size));
  }

  override check(): boolean {
    return true;
  }

  override follow(model: Model, result: number): void {
    const { slot, size } = this.op;
    if (model.live[slot] === true && size === 0) {
      model.live[slot] = false;
      model.justFreed = slot;
    } else if (result !== 0) model.live[slot] = true;
  }
}

class Free extends OpCommand {
  constructor(slot: Slot) {
    super(ops.free(slot));
  }

  override check(model: Readonly<Model>): boolean {
    return model.live[this.op.slot] === true;
  }

  override follow(model: Model): void {
    model.live[this.op.slot] = false;
    model.justFreed = this.op.slot;
  }
}

/** free(NULL), and the failures that are armed for later calls. */
class Always extends OpCommand {
  override check(): boolean {
    return true;
  }
}

class Stale extends OpCommand {
  override check(model: Readonly<Model>): boolean {
    return model.justFreed === this.op.slot;
  }
}

/** Kinds at about the odds of our own generator's base weights (16, 8, 14, 16 of 58). */
export function commandArbitraries(slots: number): fc.Arbitrary<fc.Command<Model, Performer>>[] {
  const slot = fc.nat(slots - 1);
  const malloc = fc.tuple(slot, sizes).map(([at, size]) => new Malloc(at, size));
  const realloc = fc.tuple(slot, sizes).map(([at, size]) => new Realloc(at, size));
  const free = slot.map((at) => new Free(at));
  const nth = fc.integer({ min: 1, max: 5 });
  return [
    malloc,
    malloc,
    fc.tuple(slot, fc.nat(32), sizes).map(([at, count, size]) => new Calloc(at, count, size)),
    realloc,
    realloc,
    free,
    free,
    fc.oneof(
      fc.constant(new Always(ops.freeNull())),
      fc.tuple(slot, sizes).map(([at, size]) => new Stale(ops.staleRealloc(at, size))),
      slot.map((at) => new Stale(ops.staleFree(at))),
      nth.map((n) => new Always(ops.failSbrk(n))),
      nth.map((n) => new Always(ops.failMmap(n))),
    ),
  ];
}
