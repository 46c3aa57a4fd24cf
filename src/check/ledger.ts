// The findings of a campaign so far: one a cause, each with the smallest trace known. It decides which
// suspicions are worth confirming, has the new ones shrunk, and knows when it has seen enough of one.

import { TIERS } from '../contract/contract.ts';
import type { Violation } from '../oracle/violation.ts';
import { OP_KINDS } from '../trace/op.ts';
import type { Trace } from '../trace/trace.ts';
import type { Confirmed } from './confirm.ts';
import { causeOf, type Finding } from './finding.ts';
import type { Hunter, Suspect } from './hunt.ts';
import { oneEachDefect } from './one-defect.ts';
import { HUNG, type ShrinkOptions, shrinkFinding } from './shrink-finding.ts';
import { plainer } from './twins.ts';
import type { Sighting } from './watch.ts';

/**
 * A cause that a hunting run names may be the symptom of several defects, told apart only when the trace
 * is looked at in full (or of none that repeats). It is looked into this often, and then believed.
 */
const LOOKS_PER_SYMPTOM = 64;
/** … and where each look costs a few time-outs. */
const LOOKS_PER_HANG = 4;

/** A cause that came to be another's in so many shrinks is believed to be that. */
const VAIN_SHRINKS = 3;

/** What does not repeat is run ten times more at the end, so a few have to do. */
const MOST_UNREPEATED = 4;

export interface LedgerOptions extends ShrinkOptions {
  /** How often the same symptom is looked into; at most LOOKS_PER_SYMPTOM, which is the default. */
  readonly looks?: number | undefined;
  /** Look no further than the first finding. */
  readonly first?: boolean | undefined;
}

export class Ledger {
  readonly #found = new Map<string, Finding>();
  /** How often a cause came to be another's when it was shrunk. */
  readonly #vain = new Map<string, number>();
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
    const all = [...this.#found.values()].sort(
      (a, b) =>
        TIERS.indexOf(a.violation.tier) - TIERS.indexOf(b.violation.tier) ||
        a.trace.length - b.trace.length ||
        OP_KINDS.indexOf(a.violation.opKind) - OP_KINDS.indexOf(b.violation.opKind) ||
        (causeOf(a.violation) < causeOf(b.violation) ? -1 : 1),
    );
    return oneEachDefect(all);
  }

  /** Traces that make a call hang. */
  hanging(): Trace[] {
    const hung = [...this.#found.values()].filter(({ violation }) => violation.cause === HUNG);
    return hung.map(({ trace }) => trace);
  }

  /** What was seen once, and never by a run that repeated. */
  unrepeated(): Suspect[] {
    return [...this.#unrepeated]
      .filter(([cause]) => !this.#found.has(cause))
      .map(([, each]) => each);
  }

  /** Confirms and shrinks what is new in a suspect. Returns how many findings were added or bettered. Where
   * the time is up nothing is executed any more, and the suspect is kept as what did not repeat. */
  async consider(suspect: Suspect): Promise<number> {
    if (!this.#isNews(suspect)) return 0;
    let news = 0;
    const confirmed = await this.#hunter.confirm(suspect);
    if (confirmed.length === 0) this.doubt(suspect);
    for (const sighting of confirmed) {
      if (await this.#take(suspect, sighting)) news += 1;
      if (this.#options.first && news > 0) break;
    }
    return news;
  }

  /** Whether the sighting, or the plainer call that it comes down to, added or bettered a finding. */
  async #take(suspect: Suspect, sighting: Confirmed): Promise<boolean> {
    if (!this.#isBetter(sighting, suspect.trace)) return false;
    const [part, rest] = parted(suspect.trace, sighting.violation);
    const twin = await plainer(this.#hunter, part, sighting);
    if (twin !== undefined)
      return this.#take({ ...suspect, trace: [...twin.trace, ...rest] }, twin.sighting);
    const cause = causeOf(sighting.violation);
    const vain = this.#vain.get(cause) ?? 0;
    if (vain >= VAIN_SHRINKS) return false;
    const finding = await shrinkFinding(this.#hunter, suspect, sighting, this.#options);
    const again = await plainer(this.#hunter, finding.trace, { ...sighting, ...finding });
    if (again === undefined) return this.#keep(finding);
    this.#vain.set(cause, vain + 1);
    const { violation, before, after } = again.sighting;
    return this.#keep({ ...finding, violation, before, after, trace: again.trace });
  }

  #isBetter({ violation }: Sighting, trace: Trace): boolean {
    const known = this.#found.get(causeOf(violation));
    const length = Math.min(violation.step + 1, trace.length);
    return known === undefined || isShorter(violation, length, known);
  }

  #keep(finding: Finding): boolean {
    const cause = causeOf(finding.violation);
    const best = this.#found.get(cause);
    if (best !== undefined && finding.trace.length >= best.trace.length) return false;
    this.#found.set(cause, finding);
    return true;
  }

  /** Keeps what was seen and has not been seen again. */
  doubt(suspect: Suspect): void {
    const [violation] = suspect.violations;
    if (violation === undefined) return;
    const cause = causeOf(violation);
    if (this.#unrepeated.size >= MOST_UNREPEATED || this.#unrepeated.has(cause)) return;
    this.#unrepeated.set(cause, { ...suspect, violations: [violation] });
  }

  #isNews(suspect: Suspect): boolean {
    let news = false;
    for (const violation of suspect.violations) {
      const cause = causeOf(violation);
      const known = this.#found.get(cause);
      if (known !== undefined && !isShorter(violation, violation.step + 1, known)) continue;
      const looks = this.#symptoms.get(cause) ?? 0;
      if (looks >= this.#mostLooks(violation)) continue;
      this.#symptoms.set(cause, looks + 1);
      news = true;
    }
    return news;
  }

  #mostLooks({ cause }: Violation): number {
    const most = Math.min(LOOKS_PER_SYMPTOM, this.#options.looks ?? LOOKS_PER_SYMPTOM);
    return cause === HUNG ? Math.min(LOOKS_PER_HANG, most) : most;
  }
}

/** What has come of a long trace by the violation, which is all that need be run to see it again; and the rest. */
function parted(trace: Trace, { step }: Violation): [Trace, Trace] {
  return [trace.slice(0, step + 1), trace.slice(step + 1)];
}

/** Worth shrinking beside what is known; where each try may hang only if it is much shorter. */
function isShorter({ cause }: Violation, length: number, known: Finding): boolean {
  return length < known.trace.length / (cause === HUNG ? 4 : 1);
}
