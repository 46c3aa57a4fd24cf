// What the judge wants to know of a whole walk, kept up from step to step by looking only at the blocks
// that changed: how many are ALLOC, and how many FREE ones follow another.

import type { HeapWalk } from '../target/execution.ts';
import { ALLOC, FREE } from './runs.ts';

export class Tally {
  /** ALLOC blocks. */
  allocated = 0;
  /** FREE blocks straight behind another FREE one. */
  adjacent = 0;
  /** The walk that the figures are of; undefined: of none. */
  private of: HeapWalk | undefined;

  forget(): void {
    this.of = undefined;
  }

  /** Moves on to the walk `after`, the one behind `before`. False, and of no walk any more, if a status
   * is neither FREE nor ALLOC. */
  follow(before: HeapWalk, after: HeapWalk): boolean {
    const known = this.of === before;
    if (known && before === after) return true;
    this.of = undefined;
    if (!known) {
      this.allocated = 0;
      this.adjacent = 0;
    }
    const same = known ? after.same : 0;
    const tail = known ? after.sameTail : 0;
    if (known) this.leave(before, same, before.count - tail);
    if (!this.enter(after, same, after.count - tail)) return false;
    this.of = after;
    return true;
  }

  /** Blocks [from, to) no longer count, nor do the pairs that they are part of. */
  private leave({ status, count }: HeapWalk, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      if (status[i] !== FREE) this.allocated--;
      else if (i > 0 && status[i - 1] === FREE) this.adjacent--;
    }
    if (to > 0 && to < count && status[to] === FREE && status[to - 1] === FREE) this.adjacent--;
  }

  private enter({ status, count }: HeapWalk, from: number, to: number): boolean {
    for (let i = from; i < to; i++) {
      const found = status[i];
      if (found === ALLOC) this.allocated++;
      else if (found !== FREE) return false;
      else if (i > 0 && status[i - 1] === FREE) this.adjacent++;
    }
    if (to > 0 && to < count && status[to] === FREE && status[to - 1] === FREE) this.adjacent++;
    return true;
  }
}
