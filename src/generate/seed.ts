// Where all randomness comes from: one root seed, printed first; every other seed derives from it and a
// label, and is itself a string that reproduces its run.

import seedrandom from 'seedrandom';
import { aleaState } from './alea-state.ts';
import type { Random } from './random.ts';

/** The seed of the `index`-th thing called `label` under `root`: `root/label/index`. */
export function deriveSeed(root: string, label: string, index: number): string {
  return `${root}/${label}/${index}`;
}

/**
 * A stream of its own for each seed. Alea, not the package's default: ARC4 takes 256 swaps and more to
 * start, longer than most traces take to be made.
 */
export function randomFrom(seed: string): Random {
  return new SeededRandom(seed);
}

const INT32 = 2 ** 31 - 1;

class SeededRandom implements Random {
  readonly #next: () => number;
  /**
   * The number after the last. What a trace does next branches on a number at once, mostly as no processor
   * would guess: were it computed when it is asked for, each wrong guess would wait for alea's arithmetic.
   */
  #ahead: number;

  constructor(seed: string) {
    this.#next = seedrandom.alea('', { state: aleaState(seed) }).quick;
    this.#ahead = this.#next();
  }

  below(limit: number): number {
    const scaled = this.#ahead * limit;
    this.#ahead = this.#next();
    // The same as Math.floor where it fits, and a small integer from the start.
    return limit <= INT32 ? scaled | 0 : Math.floor(scaled);
  }
}
