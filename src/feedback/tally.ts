// What a campaign has reached so far, feature by feature: in how many runs, and when first. Fed by a FeatureReader at
// the end of each trace.

import type { Feature, FeatureSpace } from './feature-space.ts';
import type { FeatureReader } from './features.ts';

export interface FeatureCount extends Feature {
  /** How many runs reached it. */
  readonly runs: number;
  /** Which run reached it first, from 0; -1: none did. */
  readonly first: number;
}

export class FeatureTally {
  readonly space: FeatureSpace;
  /** Runs that were taken in. */
  runs = 0;
  /** How many features are reached. */
  reached = 0;
  private readonly runsOf: Uint32Array;
  private readonly firstOf: Int32Array;

  constructor(space: FeatureSpace) {
    this.space = space;
    this.runsOf = new Uint32Array(space.features.length);
    this.firstOf = new Int32Array(space.features.length).fill(-1);
  }

  /** Takes in the trace that the reader has just read; returns how many features it reached as the first. */
  add({ seen, seenCount }: FeatureReader): number {
    const before = this.reached;
    for (let i = 0; i < seenCount; i++) {
      const feature = seen[i] as number;
      if (this.runsOf[feature] === 0) {
        this.reached++;
        this.firstOf[feature] = this.runs;
      }
      (this.runsOf[feature] as number)++;
    }
    this.runs++;
    return this.reached - before;
  }

  /** All features, reached or not. */
  counts(): FeatureCount[] {
    return this.space.features.map((feature, i) => ({
      ...feature,
      runs: this.runsOf[i] as number,
      first: this.firstOf[i] as number,
    }));
  }
}
