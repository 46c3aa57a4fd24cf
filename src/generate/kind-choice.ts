// Which kind of op is next: drawn by the profile's weights, swept along by the tide. A kind that is off in the
// profile is never chosen.

import { OP_KINDS } from '../trace/op.ts';
import type { Phase } from './profile.ts';
import type { Random } from './random.ts';
import { fillWeightTable, TABLE_SIZE } from './weights.ts';

// A kind by its place in OP_KINDS: the table of choices holds small numbers.
export const MALLOC = OP_KINDS.indexOf('malloc');
export const CALLOC = OP_KINDS.indexOf('calloc');
export const REALLOC = OP_KINDS.indexOf('realloc');
export const FREE = OP_KINDS.indexOf('free');
export const STALE_REALLOC = OP_KINDS.indexOf('stale-realloc');
export const STALE_FREE = OP_KINDS.indexOf('stale-free');
export const FAIL_SBRK = OP_KINDS.indexOf('fail-sbrk');
export const FAIL_MMAP = OP_KINDS.indexOf('fail-mmap');
export const NO_KIND = -1;

export class KindChoice {
  #weights: readonly number[] = [];
  readonly #table = new Uint8Array(TABLE_SIZE);
  #tide = 0;
  /** Ops until the tide turns. */
  #untilTurn = 0;
  #ebb = false;

  /** Makes everything new for another phase. */
  begin({ kindWeights, tide }: Phase): void {
    this.#weights = kindWeights;
    fillWeightTable(this.#table, kindWeights);
    this.#tide = tide;
    this.#untilTurn = tide;
    this.#ebb = false;
  }

  /** Whether the profile has the kind on. */
  isOn(kind: number): boolean {
    return (this.#weights[kind] as number) > 0;
  }

  draw(random: Random): number {
    const drawn = this.#table[random.below(TABLE_SIZE)] as number;
    return this.#tide === 0 ? drawn : this.#swept(drawn, random);
  }

  /** With the tide: at flood 7 in 8 frees become allocations, at ebb 7 in 8 allocations become frees. */
  #swept(kind: number, random: Random): number {
    if (this.#untilTurn-- === 0) {
      this.#untilTurn = this.#tide;
      this.#ebb = !this.#ebb;
    }
    const against = this.#ebb ? kind === MALLOC || kind === CALLOC : kind === FREE;
    if (!against || random.below(8) === 0) return kind;
    if (this.#ebb) return this.isOn(FREE) ? FREE : kind;
    if (this.isOn(MALLOC)) return MALLOC;
    return this.isOn(CALLOC) ? CALLOC : kind;
  }

  /** Where every slot is live: one is freed or reallocated, or there is NO_KIND to go on with. */
  withoutRoom(random: Random): number {
    const canFree = this.isOn(FREE);
    const canResize = this.isOn(REALLOC);
    if (canFree && canResize) return random.below(3) === 0 ? REALLOC : FREE;
    return canFree ? FREE : canResize ? REALLOC : NO_KIND;
  }
}
