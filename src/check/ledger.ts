// The findings of a campaign so far: one a cause, each with the smallest trace known. It decides which
// suspicions are worth confirming, has the new ones shrunk, and knows when it has seen enough of one.

import { TIERS } from '../contract/contract.ts';
import { SIZE_MAX } from '../contract/size-t.ts';
import { minimize } from '../shrink/minimize.ts';
import type { Density } from '../target/target.ts';
import { malloc } from '../trace/op.ts';
import { requested, type Trace } from '../trace/trace.ts';
import type { Confirmed } from './confirm.ts';
import { causeOf, type Finding } from './finding.ts';
import type { Hunter, Suspect } from './hunt.ts';
import { breathe } from './pause.ts';
import type { Sighting } from './watch.ts';

/**
 * A cause that a hunting run names may be the symptom of several defects, told apart only when the trace
 * is looked at in full (or of none that repeats). It is looked into this often, and then believed.
 */
const LOOKS_PER_SYMPTOM = 16;
/** Candidates a shrink may try, and how many where each one costs a time-out. */
export const SHRINK_TRIES = 3000;
const SHRINK_TRIES_HUNG = 60;

/** What does not repeat is run ten times more at the end, so a few have to do. */
const MOST_UNREPEATED = 4;

export interface LedgerOptions {
  /** Look no further than the first finding. */
  readonly first?: boolean | undefined;
  /** Candidates tried for one finding. */
  readonly tries?: number | undefined;
  /** For one finding, in milliseconds; asked when it starts. Absent: bounded by tries alone. */
  readonly milliseconds?: (() => number) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class Ledger {
  readonly #found = new Map<string, Finding>();
  /** Causes that turned out to be another's. */
  readonly #folded = new Set<string>();
  readonly #symptoms = new Map<string, number>();
  /** Suspects that showed nothing when they were run again, one a cause. */
  readonly #unrepeated = new Map<string, Suspect>();
  readonly #hunter: Hunter;
  readonly #options: LedgerOptions;

  constructor(hunter: Hunter, options: LedgerOptions) {
    this.#hunter = hunter;
    this.#options = options;
  }

  get size(): number {
    return this.#found.size;
  }

  /** Worst first; then the shortest, then by name, so that the order is no accident of the hunt. */
  findings(): Finding[] {
    return [...this.#found.values()].sort(
      (a, b) =>
        TIERS.indexOf(a.violation.tier) - TIERS.indexOf(b.violation.tier) ||
        a.trace.length - b.trace.length ||
        (causeOf(a.violation) < causeOf(b.violation) ? -1 : 1),
    );
  }

  /** What was seen once, and never by a run that repeated. */
  unrepeated(): Suspect[] {
    return [...this.#unrepeated]
      .filter(([cause]) => !this.#found.has(cause))
      .map(([, each]) => each);
  }

  /** Confirms and shrinks what is new in a suspect. Returns how many findings were added or bettered. */
  async consider(suspect: Suspect): Promise<number> {
    if (!this.#isNews(suspect)) return 0;
    let news = 0;
    const confirmed = await this.#hunter.confirm(suspect);
    if (confirmed.length === 0) this.#keepUnrepeated(suspect);
    for (const sighting of confirmed) {
      if (this.#folded.has(causeOf(sighting.violation))) continue;
      const known = this.#found.get(causeOf(sighting.violation));
      if (known !== undefined && !isShorter(sighting, known)) continue;
      const finding = await this.#fold(await this.#shrink(suspect, sighting), sighting.density);
      const best = this.#found.get(causeOf(finding.violation));
      if (best !== undefined && finding.trace.length >= best.trace.length) continue;
      this.#found.set(causeOf(finding.violation), finding);
      news += 1;
      if (this.#options.first) break;
    }
    return news;
  }

  /** What calloc shows and malloc in its place shows too is malloc's defect, and one finding. */
  async #fold(finding: Finding, density: Density): Promise<Finding> {
    const { violation, trace } = finding;
    const op = trace[violation.step];
    if (op?.kind !== 'calloc') return finding;
    const twin = trace.with(violation.step, malloc(op.slot, requested(op) ?? SIZE_MAX));
    const { sightings } = await this.#hunter.look(twin, density);
    const wanted = causeOf({ ...violation, opKind: 'malloc' });
    const same = sightings.find((each) => causeOf(each.violation) === wanted);
    if (same === undefined) return finding;
    this.#folded.add(causeOf(violation));
    return { ...finding, ...same, trace: twin };
  }

  /** An interrupted target executes nothing, which says nothing of the suspect. */
  #keepUnrepeated(suspect: Suspect): void {
    const [violation] = suspect.violations;
    if (violation === undefined || this.#options.signal?.aborted) return;
    const cause = causeOf(violation);
    if (this.#unrepeated.size >= MOST_UNREPEATED || this.#unrepeated.has(cause)) return;
    this.#unrepeated.set(cause, { ...suspect, violations: [violation] });
  }

  #isNews(suspect: Suspect): boolean {
    let news = false;
    for (const violation of suspect.violations) {
      const cause = causeOf(violation);
      if (this.#folded.has(cause)) continue;
      const known = this.#found.get(cause);
      if (known !== undefined && violation.step + 1 >= known.trace.length) continue;
      const looks = this.#symptoms.get(cause) ?? 0;
      if (looks >= LOOKS_PER_SYMPTOM) continue;
      this.#symptoms.set(cause, looks + 1);
      news = true;
    }
    return news;
  }

  async #shrink(suspect: Suspect, sighting: Confirmed): Promise<Finding> {
    const { density, violation } = sighting;
    const cause = causeOf(violation);
    let last: Sighting = sighting;
    const stillFails = async (candidate: Trace): Promise<boolean> => {
      const { sightings } = await this.#hunter.look(candidate, density);
      const same = sightings.find((each) => causeOf(each.violation) === cause);
      if (same !== undefined) last = same;
      return same !== undefined;
    };
    const start = await firstPart(suspect.trace, violation.step, stillFails);
    const { trace, tries } = await this.#minimize(start, stillFails, cause);
    await stillFails(trace);
    const { before, after } = last;
    const originalOps = suspect.trace.length;
    return {
      violation: last.violation,
      trace,
      originalOps,
      tries,
      seed: suspect.seed,
      before,
      after,
    };
  }

  async #minimize(
    start: Trace,
    stillFails: (candidate: Trace) => Promise<boolean>,
    cause: string,
  ): Promise<{ trace: Trace; tries: number }> {
    const stop = new AbortController();
    const tellStop = (): void => stop.abort();
    if (this.#options.signal?.aborted) return { trace: start, tries: 0 };
    this.#options.signal?.addEventListener('abort', tellStop, { once: true });
    const deadline = performance.now() + (this.#options.milliseconds?.() ?? Infinity);
    let tries = 0;
    const bounded = async (candidate: Trace): Promise<boolean> => {
      if (performance.now() > deadline) tellStop();
      tries += 1;
      if (tries % 32 === 0) await breathe();
      return !stop.signal.aborted && stillFails(candidate);
    };
    const most = cause.includes('hung') ? SHRINK_TRIES_HUNG : SHRINK_TRIES;
    const maxTries = Math.min(most, this.#options.tries ?? most);
    try {
      return await minimize(start, bounded, { maxTries, signal: stop.signal });
    } finally {
      this.#options.signal?.removeEventListener('abort', tellStop);
    }
  }
}

function isShorter(sighting: Sighting, known: Finding): boolean {
  return sighting.violation.step + 1 < known.trace.length;
}

/** Nothing after the violating op is needed, as a rule: one try instead of many. */
async function firstPart(
  trace: Trace,
  step: number,
  stillFails: (candidate: Trace) => Promise<boolean>,
): Promise<Trace> {
  if (step + 1 >= trace.length) return trace;
  const part = trace.slice(0, step + 1);
  return (await stillFails(part)) ? part : trace;
}
