// The sizes that a trace has used so far, for asking again: exactly, or a little beside it.

import type { Random } from './random.ts';

/** A power of two. */
const REMEMBERED = 16;
/** Sizes remembered are at most this, so that sums of them stay cheap to serve. */
const LARGEST = 1 << 20;
/** Answered while nothing is remembered. */
const DEFAULT = 24;

export class SizeMemory {
  /** The last sizes freed, in a ring. */
  readonly #freed = new Int32Array(REMEMBERED);
  #freedCount = 0;
  /** The last sizes allocated, in a ring: a live block, mostly. */
  readonly #live = new Int32Array(REMEMBERED);
  #liveCount = 0;

  /** What was is forgotten. (The rings are not cleared: nobody looks beyond the counts.) */
  begin(): void {
    this.#freedCount = 0;
    this.#liveCount = 0;
  }

  allocated(size: number): void {
    if (rememberable(size)) this.#live[this.#liveCount++ % REMEMBERED] = size;
  }

  released(size: number): void {
    if (rememberable(size)) this.#freed[this.#freedCount++ % REMEMBERED] = size;
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

function rememberable(size: number): boolean {
  return size > 0 && size <= LARGEST;
}

function recall(ring: Int32Array, count: number, random: Random): number {
  if (count === 0) return DEFAULT;
  return ring[random.below(count < REMEMBERED ? count : REMEMBERED)] as number;
}
