// The visitor that sits between a target and the judge: it passes every step on, and notes what the judge
// says, once a cause and trace. It exists so that hunting, confirming and shrinking judge alike.
//
// One Watch (and one Judge) serves a whole campaign: on a step without a violation it allocates nothing.

import type { Judge } from '../oracle/judge.ts';
import type { Violation } from '../oracle/violation.ts';
import { type Beginning, type HeapWalk, keepWalk, type Step } from '../target/execution.ts';
import type { Density, Target, Visitor } from '../target/target.ts';
import type { Trace } from '../trace/trace.ts';
import type { Coverage } from './coverage.ts';
import { causeOf } from './finding.ts';
import { refined } from './unmerged.ts';

/** A violation as it was seen in one run, with the heap around it where walks were kept. */
export interface Sighting {
  readonly violation: Violation;
  readonly before: HeapWalk | undefined;
  readonly after: HeapWalk | undefined;
}

/** Who looks on while traces run, and says nothing. `isSound`: nothing was found in the trace. */
export interface Onlooker {
  begin(trace: Trace, beginning: Beginning): void;
  step(step: Step): void;
  /** As a visitor's. */
  edges(words: Int32Array, from: number, count: number): void;
  end(isSound: boolean): void;
}

const NOTHING: readonly Sighting[] = [];

export class Watch implements Visitor {
  /** Calls that were made and judged, over the life of the watch. */
  calls = 0;
  /** Ops skipped because their slot was in the wrong state; armed failures are not among them. */
  skipped = 0;
  /** Traces that a hang ended: each costs its time-out. */
  hangs = 0;
  /** Those that hung after their end, which costs as much and tells nothing. */
  vainHangs = 0;
  /** Of both: each costs a time-out, and teaches nothing new. After half of these all that is new is steered around what
   * is known, and after all a campaign whose budget is not in time is over. */
  mostHangs = 32;
  /** Calls in which the process was gone without a word: each costs the start of another. */
  lost = 0;
  /** After so many of these, too, a campaign whose budget is not in time is over. */
  mostLost = Infinity;
  /** Traces that came to their end. */
  traces = 0;
  /** What was seen in each trace since `forget`, in order; an unsuspicious one has none. */
  readonly seen: (readonly Sighting[])[] = [];
  /** For each of `seen`: the op whose damage ended the trace, or -1. */
  readonly endedAt: number[] = [];
  /** Whether the last trace was ended by damage. */
  damaged = false;
  /** Shown every step too. */
  coverage: Coverage | undefined;
  /** Told at the end of a trace in which a call hung. */
  onHang: () => void = () => {};
  onlooker: Onlooker | undefined;

  readonly #judge: Judge;
  readonly #keepsWalks: boolean;
  #length = 0;
  #hangsBefore = 0;
  #at = 0;
  #sightings: readonly Sighting[] = NOTHING;
  /** What was said in this trace. */
  readonly #said = new Set<string>();

  /** `keepsWalks`: whether sightings carry copies of the heap before and after. */
  constructor(judge: Judge, keepsWalks: boolean) {
    this.#judge = judge;
    this.#keepsWalks = keepsWalks;
  }

  get hangsOften(): boolean {
    return this.hangs + this.vainHangs >= this.mostHangs / 2;
  }

  get hangsTooOften(): boolean {
    return this.hangs + this.vainHangs >= this.mostHangs || this.lost >= this.mostLost;
  }

  forget(): void {
    this.seen.length = 0;
    this.endedAt.length = 0;
  }

  begin(trace: Trace, beginning: Beginning): void {
    this.#length = trace.length;
    this.#hangsBefore = this.hangs;
    this.#sightings = NOTHING;
    if (this.#said.size > 0) this.#said.clear();
    this.#judge.begin(beginning);
    this.coverage?.begin(beginning);
    this.onlooker?.begin(trace, beginning);
  }

  step(step: Step): boolean {
    this.#count(step);
    this.onlooker?.step(step);
    const violations = this.#judge.step(step);
    if (violations.length > 0) this.#note(violations, step);
    this.coverage?.step(step);
    this.#at = step.index;
    return !this.#judge.over;
  }

  edges(words: Int32Array, from: number, count: number): void {
    this.onlooker?.edges(words, from, count);
  }

  wasted(): void {
    this.vainHangs += 1;
  }

  end(): void {
    this.damaged = this.#judge.over;
    this.traces += 1;
    this.coverage?.end();
    this.onlooker?.end(this.#sightings.length === 0);
    this.seen.push(this.#sightings);
    this.endedAt.push(this.damaged ? this.#at : -1);
    if (this.hangs > this.#hangsBefore) this.onHang();
  }

  #count(step: Step): void {
    if (step.outcome === 'hung') this.hangs += 1;
    else if (step.outcome === 'cut-off') this.lost += 1;
    if (step.outcome !== 'skipped') this.calls += 1;
    else if (step.index >= 0 && step.index < this.#length && !isArming(step)) this.skipped += 1;
  }

  #note(violations: readonly Violation[], step: Step): void {
    const sightings = [...this.#sightings];
    for (const each of violations) {
      if (this.#isOld(each)) continue;
      const violation = refined(each, step, this.#judge.before);
      const cause = causeOf(violation);
      if (sightings.some((known) => causeOf(known.violation) === cause)) continue;
      sightings.push({
        violation,
        before: this.#keep(this.#judge.before),
        after: this.#keep(step.heap),
      });
    }
    this.#sightings = sightings;
  }

  /** A state that lasts (a leaked mapping) is one violation, at the op that brought it about. */
  #isOld({ invariant, cause, says }: Violation): boolean {
    const fact = `${invariant}/${cause}: ${says}`;
    if (this.#said.has(fact)) return true;
    this.#said.add(fact);
    return false;
  }

  #keep(walk: HeapWalk): HeapWalk | undefined {
    return walk.taken && this.#keepsWalks ? keepWalk(walk) : undefined;
  }
}

/** What one run of one trace showed. */
export interface Look {
  readonly sightings: readonly Sighting[];
  /** Whether damage cut the run short, so that what it did not show may still be there. */
  readonly damaged: boolean;
}

/** Runs one trace once, keeping the heaps around what is seen; what there is of it once `signal` comes. */
export async function look(
  target: Target,
  judge: Judge,
  trace: Trace,
  density: Density,
  signal?: AbortSignal,
): Promise<Look> {
  const watch = new Watch(judge, true);
  await target.execute([trace], density, watch, undefined, signal);
  return { sightings: watch.seen[0] ?? NOTHING, damaged: watch.damaged };
}

function isArming(step: Step): boolean {
  return step.op.kind === 'fail-sbrk' || step.op.kind === 'fail-mmap';
}
