// What a campaign covered: which calls of which sizes it made, which features its runs reached and when, and what that
// says of the next run. Fed by the Watch of the hunt. Only new runs count, as they
// were drawn: known traces, and what is run because of what another run showed, were chosen.
//
// To read all features costs a tenth of the time of a run of the built-in, so after the first LOOKED_AT_ALL runs only one
// in EVERY is looked at, unless coverage is what was asked for. Which ones, depends on their number alone.

import type { Contract } from '../contract/contract.ts';
import type { FeatureGroup } from '../feedback/feature-space.ts';
import { FeatureReader } from '../feedback/features.ts';
import { type OpCount, OpCounts } from '../feedback/op-counts.ts';
import { FeatureTally } from '../feedback/tally.ts';
import { type Unseen, unseen } from '../feedback/unseen.ts';
import type { Beginning, Step } from '../target/execution.ts';

const LOOKED_AT_ALL = 4096;
const EVERY = 8;

export interface CoverageReport {
  /** The runs that were looked at: all that follows is told of them. */
  readonly runs: number;
  readonly ops: readonly OpCount[];
  /** Ops of the whole campaign that made no call, as a share, between 0 and 1. */
  readonly skippedShare: number;
  readonly features: number;
  readonly reached: number;
  /** Those that no run reached. A choice is up to the allocator: no search can reach it where that chose otherwise. */
  readonly unreached: readonly Unreached[];
  /** After how many runs how many features were reached, wherever that grew. */
  readonly growth: readonly Growth[];
  readonly next: Unseen;
  /** Whether the runs were independent, as that estimate has it: none was led around, or made of, an earlier one. */
  readonly independent: boolean;
}

export interface Unreached {
  readonly group: FeatureGroup;
  readonly name: string;
  readonly choice: boolean;
}

export interface Growth {
  readonly runs: number;
  readonly reached: number;
}

export class Coverage {
  #independent = true;
  #on = false;
  readonly #every: number;
  #run = 0;
  #looks = false;
  readonly #reader: FeatureReader;
  readonly #tally: FeatureTally;
  readonly #ops: OpCounts;
  readonly #growth: Growth[] = [];

  /** `whole`: every run is looked at. */
  constructor(contract: Contract, whole = false) {
    this.#every = whole ? 1 : EVERY;
    this.#reader = new FeatureReader(contract);
    this.#tally = new FeatureTally(this.#reader.space);
    this.#ops = new OpCounts(contract);
  }

  /** New runs begin, `asDrawn` if none of them was changed by, or made of, others. */
  look(asDrawn: boolean): void {
    this.#on = true;
    if (!asDrawn) this.#independent = false;
  }

  /** What runs now was chosen because of other runs. */
  pause(): void {
    this.#on = false;
  }

  begin(beginning: Beginning): void {
    this.#looks = this.#on && (this.#run < LOOKED_AT_ALL || this.#run % this.#every === 0);
    if (this.#on) this.#run += 1;
    if (this.#looks) this.#reader.begin(beginning);
  }

  step(step: Step): void {
    if (!this.#looks) return;
    this.#reader.step(step);
    this.#ops.step(step);
  }

  end(): void {
    if (!this.#looks || this.#tally.add(this.#reader) === 0) return;
    this.#growth.push({ runs: this.#tally.runs, reached: this.#tally.reached });
  }

  report(calls: number, skipped: number): CoverageReport {
    const counts = this.#tally.counts();
    const { runs, reached } = this.#tally;
    return {
      runs,
      ops: this.#ops.all(),
      skippedShare: calls + skipped === 0 ? 0 : skipped / (calls + skipped),
      features: counts.length,
      reached,
      unreached: counts
        .filter((each) => each.runs === 0)
        .map(({ group, name, choice }) => ({ group, name, choice })),
      growth: this.#growth,
      next: unseen(counts, runs),
      independent: this.#independent,
    };
  }
}
