// The time of a campaign whose budget is in time, and how it is shared. The hunt ends early enough for what it has
// found to be repeated and shown as programs; what it saw last is looked into a little longer; and all
// is over soon after the budget, whatever the target does: what has not been tried by then is said to be so.
// Without such a budget there is no limit but the signal.

import type { Budget } from './budget.ts';
import { Deadline } from './deadline.ts';
import type { Ledger } from './ledger.ts';

/** Milliseconds of what comes after the hunt, for one finding, and more for one that hangs; and the largest
 * share of the time that is kept for it. */
const SETTLE_MS = 300;
const SETTLE_HUNG_MS = 3000;
const SETTLE_SHARE = 0.4;
/** Milliseconds past the budget: until what is suspected is confirmed and shrunk, and until all is over. */
const LOOK_GRACE_MS = 1000;
const SETTLE_GRACE_MS = 2500;
/** Shrinking may take this share of what is left, but at least a second for a finding. */
const SHRINK_SHARE = 0.5;
const SHRINK_LEAST_MS = 1000;
const SHRINK_MOST_MS = 10_000;

export class CampaignTime {
  readonly started = performance.now();
  readonly #whole: number;
  readonly #signal: AbortSignal | undefined;
  /** For what is suspected. */
  readonly look: Deadline;

  constructor(budget: Budget, signal: AbortSignal | undefined) {
    this.#whole = budget.kind === 'time' ? budget.milliseconds : Infinity;
    this.#signal = signal;
    this.look = new Deadline(this.#whole + LOOK_GRACE_MS, signal);
  }

  get elapsed(): number {
    return performance.now() - this.started;
  }

  get left(): number {
    return this.#whole - this.elapsed;
  }

  /** Of the hunt: what is found takes some of the time to be settled. */
  leftToHunt(ledger: Ledger): number {
    if (this.#whole === Infinity) return Infinity;
    const settling = ledger.size * SETTLE_MS + ledger.hanging().length * SETTLE_HUNG_MS;
    return this.left - Math.min(settling, this.#whole * SETTLE_SHARE);
  }

  hunt(ledger: Ledger): Deadline {
    return new Deadline(this.leftToHunt(ledger), this.#signal);
  }

  settle(): Deadline {
    return new Deadline(this.left + SETTLE_GRACE_MS, this.#signal);
  }

  /** For the shrinking of one finding. */
  readonly shrink = (): number => {
    if (this.#whole === Infinity) return Infinity;
    return Math.min(Math.max(this.left * SHRINK_SHARE, SHRINK_LEAST_MS), SHRINK_MOST_MS);
  };
}
