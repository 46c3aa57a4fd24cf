// Hunting: many traces at the density that is fast, and of each only the causes that the judge named.
// What looks wrong here is a suspicion; confirm.ts decides.

import { Judge } from '../oracle/judge.ts';
import type { InvariantName, Violation } from '../oracle/violation.ts';
import type { RunStatistics } from '../target/statistics.ts';
import type { Target, Visitor } from '../target/target.ts';
import type { Trace } from '../trace/trace.ts';
import type { Census } from './census.ts';
import { type Confirmed, confirm } from './confirm.ts';
import { Deadline } from './deadline.ts';
import { causeOf } from './finding.ts';
import { type Look, look, Watch } from './watch.ts';

/** A trace as it is run, with the seed (or the corpus name) that says where it came from. */
export interface Run {
  readonly seed: string;
  readonly trace: Trace;
}

/** A run in which the judge saw something. */
export interface Suspect extends Run {
  readonly violations: readonly Violation[];
  /** The op whose damage ended the run before the trace did, or -1. */
  readonly endedAt?: number;
}

export interface JudgeOptions {
  /** Judge by these invariants alone. */
  readonly only?: ReadonlySet<InvariantName> | undefined;
  /** Bytes of a block header; inferred from the first heap payload if absent. */
  readonly header?: number | undefined;
}

/** A target, with figures of the last trace that it ran if it counts them (ours does). */
export type CountingTarget = Target & { readonly statistics?: RunStatistics };

export class Hunter {
  readonly target: CountingTarget;
  /** Figures of the hunting runs alone: what is run again to confirm or to shrink is not new evidence. */
  readonly watch: Watch;
  readonly #hunting: Judge;
  readonly #confirming: Judge;
  readonly #census: Census | undefined;
  /** End what is executed: new traces, and what looks wrong run again. */
  #huntUntil: AbortSignal | undefined;
  #lookUntil: AbortSignal | undefined;

  constructor(target: CountingTarget, options: JudgeOptions = {}, census?: Census) {
    this.target = target;
    this.#census = census;
    this.#hunting = newJudge(target, options);
    this.watch = new Watch(this.#hunting, false);
    this.#confirming = newJudge(target, options);
  }

  /** How often each rule was really judged while hunting. */
  get judged(): ReadonlyMap<InvariantName, number> {
    return this.#hunting.judged;
  }

  /** When to end: `look` no sooner than `hunt`, or what was seen last could not be confirmed. */
  until({ hunt, look }: { readonly hunt: AbortSignal; readonly look: AbortSignal }): void {
    this.#huntUntil = hunt;
    this.#lookUntil = look;
  }

  /** Runs a batch; fewer traces than were given if one of them hung, or the target was told to stop. A `visitor`
   * sees the steps first, and passes them on to `watch`. */
  async hunt(runs: readonly Run[], visitor: Visitor = this.watch): Promise<Suspect[]> {
    this.watch.forget();
    const traces = runs.map((run) => run.trace);
    await this.#executeAll(traces, visitor);
    const suspects: Suspect[] = [];
    for (const [index, sightings] of this.watch.seen.entries()) {
      const run = runs[index];
      if (run === undefined || sightings.length === 0) continue;
      const violations = sightings.map((sighting) => sighting.violation);
      suspects.push({ ...run, violations, endedAt: this.watch.endedAt[index] ?? -1 });
    }
    return suspects;
  }

  /** Where one trace hangs most do, and each costs its time-out, so what is known by then is looked at first. */
  async #executeAll(traces: readonly Trace[], visitor: Visitor): Promise<void> {
    const { watch } = this;
    const firstHang = new Deadline(Infinity, this.#huntUntil);
    watch.onHang = () => firstHang.pass();
    await this.#execute(traces, visitor, firstHang.signal);
    firstHang.close();
  }

  /** The figures for a census are those of the last trace, so they are taken after each. */
  async #execute(traces: readonly Trace[], visitor: Visitor, until: AbortSignal): Promise<void> {
    const { target } = this;
    if (this.#census === undefined)
      return target.execute(traces, 'hunting', visitor, undefined, until);
    for (const trace of traces) {
      await target.execute([trace], 'hunting', visitor, undefined, until);
      if (target.statistics !== undefined) this.#census.add(target.statistics);
    }
  }

  /** Of what was damaged no more than that is run again: nothing that comes later is evidence, and it may hang. */
  confirm({ trace, violations, endedAt = -1 }: Suspect): Promise<Confirmed[]> {
    const suspected = new Set(violations.map(causeOf));
    const part = endedAt < 0 ? trace : trace.slice(0, endedAt + 1);
    return confirm(this.target, this.#confirming, part, suspected, this.#lookUntil);
  }

  look(trace: Trace, density: Confirmed['density']): Promise<Look> {
    return look(this.target, this.#confirming, trace, density, this.#lookUntil);
  }
}

/** A judge of the target's contract. */
export function newJudge(target: Target, options: JudgeOptions): Judge {
  return new Judge(target.contract, {
    ...(options.only === undefined ? {} : { only: options.only }),
    ...(options.header === undefined ? {} : { header: options.header }),
  });
}
