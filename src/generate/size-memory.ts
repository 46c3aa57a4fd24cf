// The sizes that a trace has used so far, for asking again: exactly, or a little beside it.
// Sizes that cannot be had are not remembered.

import type { SizeT } from '../contract/size-t.ts';
import type { Random } from './random.ts';

const FREED = 16;
/** Sizes remembered are at most this, so that sums of them stay cheap to serve. */
const LARGEST = 1 << 20;
/** Answered while nothing is remembered. */
const DEFAULT = 24;

export class SizeMemory {
  /** The last sizes freed, in a ring. */
  readonly #freed = new Float64Array(FREED);
  #freedCount = 0;
  /** The last sizes allocated, in a ring: a live block, mostly. */
  readonly #live = new Float64Array(FREED);
  #liveCount = 0;

  allocated(size: SizeT): void {
    if (rememberable(size)) this.#live[this.#liveCount++ % FREED] = size;
  }

  released(size: SizeT): void {
    if (rememberable(size)) this.#freed[this.#freedCount++ % FREED] = size;
  }

  freed(random: Random): number {
    return recall(this.#freed, this.#freedCount, random);
  }

  live(random: Random): number {
    return recall(this.#live, this.#liveCount, random);
  }

  any(random: Random): number {
    return random.below(2) ? this.freed(random) : this.live(random);
  }
}

function rememberable(size: SizeT): size is number {
  return typeof size === 'number' && size > 0 && size <= LARGEST;
}

function recall(ring: Float64Array, count: number, random: Random): number {
  if (count === 0) return DEFAULT;
  return ring[random.below(Math.min(count, FREED))] as number;
}
