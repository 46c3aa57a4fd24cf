// From a confirmed violation to the smallest trace that shows it. The kind of failure never changes: each
// candidate must show the same cause, and where that is a coarse one (a crash is a crash) it must not come
// to be the defect of a plainer call.

import { minimize } from '../shrink/minimize.ts';
import type { Density } from '../target/target.ts';
import type { Trace } from '../trace/trace.ts';
import type { Confirmed } from './confirm.ts';
import { causeOf, type Finding } from './finding.ts';
import type { Hunter, Suspect } from './hunt.ts';
import { breathe } from './pause.ts';
import { plainer } from './twins.ts';
import type { Sighting } from './watch.ts';

/** Candidates a shrink may try, and how many of them may hang: each of those costs a time-out. */
export const SHRINK_TRIES = 3000;
const SHRINK_HANGS = 24;
/** … and their share of the time that there is: what hangs would take all of it. */
const HUNG_SHARE = 0.4;

/** Looking at everything costs the square of a trace's ops. Of more than these, a trace is first made shorter at the
 * density of the hunt, as far as it shows the same there: a tenth of the time for 300 of them. */
const LONG = 64;

/** The cause of a call that does not end. */
export const HUNG = 'hung';

export interface ShrinkOptions {
  /** Candidates tried for one finding. */
  readonly tries?: number | undefined;
  /** For one finding, in milliseconds; asked when it starts. Absent: bounded by tries alone. */
  readonly milliseconds?: (() => number) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export async function shrinkFinding(
  hunter: Hunter,
  { trace, seed }: Suspect,
  sighting: Confirmed,
  options: ShrinkOptions,
): Promise<Finding> {
  const shrink = new Shrink(hunter, sighting, options);
  const start = await shrink.firstPart(trace, sighting.violation.step);
  const minimal = await shrink.minimize(start);
  await shrink.stillFails(minimal.trace);
  const { violation, before, after } = shrink.last;
  return { violation, ...minimal, originalOps: trace.length, seed, before, after };
}

class Shrink {
  /** What the smallest trace so far showed. */
  last: Sighting;
  readonly #hunter: Hunter;
  readonly #wanted: Confirmed;
  readonly #options: ShrinkOptions;
  readonly #cause: string;
  #density: Density;
  #tries = 0;
  #hangs = 0;

  constructor(hunter: Hunter, wanted: Confirmed, options: ShrinkOptions) {
    this.last = wanted;
    this.#hunter = hunter;
    this.#wanted = wanted;
    this.#options = options;
    this.#cause = causeOf(wanted.violation);
    this.#density = wanted.density;
  }

  async stillFails(candidate: Trace): Promise<boolean> {
    const { violation } = this.#wanted;
    const density = this.#density;
    const { sightings } = await this.#hunter.look(candidate, density);
    if (sightings.at(-1)?.violation.cause === HUNG) this.#hangs += 1;
    const same = sightings.find((each) => causeOf(each.violation) === this.#cause);
    if (same === undefined) return false;
    const isCoarse = violation.tier === 'safety';
    if (isCoarse && (await plainer(this.#hunter, candidate, { ...same, density }))) return false;
    this.last = same;
    return true;
  }

  /** Nothing after the violating op is needed, as a rule: one try instead of many. */
  async firstPart(trace: Trace, step: number): Promise<Trace> {
    if (step + 1 >= trace.length) return trace;
    const part = trace.slice(0, step + 1);
    if (part.length > LONG) this.#density = 'hunting';
    const isEnough = await this.stillFails(part);
    this.#density = this.#wanted.density;
    return isEnough ? part : trace;
  }

  async minimize(start: Trace): Promise<{ trace: Trace; tries: number }> {
    const { signal, milliseconds, tries } = this.#options;
    if (signal?.aborted) return { trace: start, tries: 0 };
    const stop = new AbortController();
    const tellStop = (): void => stop.abort();
    signal?.addEventListener('abort', tellStop, { once: true });
    const share = this.#wanted.violation.cause === HUNG ? HUNG_SHARE : 1;
    const deadline = performance.now() + share * (milliseconds?.() ?? Infinity);
    const bounded = async (candidate: Trace): Promise<boolean> => {
      if (performance.now() > deadline || this.#hangs >= SHRINK_HANGS) tellStop();
      this.#tries += 1;
      if (this.#tries % 32 === 0) await breathe();
      return !stop.signal.aborted && this.stillFails(candidate);
    };
    const most = Math.min(SHRINK_TRIES, tries ?? SHRINK_TRIES);
    const part = async (from: Trace): Promise<Trace> => {
      const maxTries = Math.max(0, most - this.#tries);
      return (await minimize(from, bounded, { maxTries, signal: stop.signal })).trace;
    };
    try {
      const shorter = await this.#hastily(start, part);
      return { trace: await part(shorter), tries: this.#tries };
    } finally {
      signal?.removeEventListener('abort', tellStop);
    }
  }

  /** Where looking at everything would take long: what is left at the density of the hunt, if that stands. */
  async #hastily(start: Trace, part: (from: Trace) => Promise<Trace>): Promise<Trace> {
    if (start.length <= LONG || this.#density === 'hunting') return start;
    this.#density = 'hunting';
    const shorter = (await this.stillFails(start)) ? await part(start) : start;
    this.#density = this.#wanted.density;
    return shorter === start || (await this.stillFails(shorter)) ? shorter : start;
  }
}
