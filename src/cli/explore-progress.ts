// How far an exploration is, in one line, and how long it may take. Each level has about as many times the traces of
// the one before as that had of its own: so the levels to come are guessed, and said to be.

import type { ExploreProgress } from '../check/explore.ts';
import { counted, duration, grouped } from '../report/sentence.ts';

export class Forecast {
  readonly #name: string;
  readonly #depth: number;
  readonly #started = performance.now();
  /** Candidates by level. */
  readonly #sizes: number[] = [];

  constructor(name: string, depth: number) {
    this.#name = name;
    this.#depth = depth;
  }

  text({ level, done, of, states, runs }: ExploreProgress): string {
    this.#sizes[level] = of;
    const share = of === 0 ? 100 : Math.floor((100 * done) / of);
    const now = `${this.#name}: ${share}% of ${grouped(of)} traces of ${counted(level, 'op')}`;
    return `${now}, ${counted(states, 'state')}${this.#left(level, of - done, of, runs)}`;
  }

  #left(level: number, rest: number, of: number, runs: number): string {
    const perRun = (performance.now() - this.#started) / runs;
    if (!Number.isFinite(perRun)) return '';
    const growth = of / (this.#sizes[level - 1] ?? of);
    let all = rest;
    for (let next = level + 1, size = of; next <= this.#depth; next++) all += size *= growth;
    const here = `${duration(rest * perRun)} left`;
    return level === this.#depth
      ? `, ${here}`
      : `, ${here}, about ${duration(all * perRun)} in all`;
  }
}
