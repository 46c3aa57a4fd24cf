// Which calls a campaign made, by function and by the size that they asked for. Sizes are classed by what they are, not by
// what the generator had in mind: an edge is one whoever came upon it. One counter serves a whole campaign, and
// allocates nothing: it stands in the path of every call.

import type { Contract } from '../contract/contract.ts';
import type { Step } from '../target/execution.ts';
import { OP_KINDS, type OpKind } from '../trace/op.ts';
import { requested } from '../trace/trace.ts';

/** Bytes, as asked for. An edge is a size whose block, with or without a header, is within NEAR of the limit. */
export const SIZE_BANDS = [
  'none',
  '0',
  '1-64',
  '65-1024',
  '1 KiB-16 KiB',
  '16 KiB-128 KiB',
  '128 KiB-512 KiB',
  '512 KiB and more',
  'page edge',
  'threshold edge',
  'not to be had',
  'over size_t',
] as const;
export type SizeBand = (typeof SIZE_BANDS)[number];

/** A header of 32, the least block behind it, and as much again. */
const NEAR = 48;
/** From 2^40 on nothing can be had of the simulated OS. */
const IMPOSSIBLE = 2 ** 40;
const UPPER = [0, 64, 1024, 16 * 1024, 128 * 1024, 512 * 1024];
const [NONE, ZERO, LARGE] = [0, 1, SIZE_BANDS.indexOf('512 KiB and more')];
const PAGE = SIZE_BANDS.indexOf('page edge');
const THRESHOLD = SIZE_BANDS.indexOf('threshold edge');
const HUGE = SIZE_BANDS.indexOf('not to be had');
const WRAPS = SIZE_BANDS.indexOf('over size_t');
const KINDS: Readonly<Record<OpKind, number>> = Object.fromEntries(
  OP_KINDS.map((kind, at) => [kind, at]),
) as Record<OpKind, number>;

export interface OpCount {
  readonly kind: OpKind;
  readonly sizes: SizeBand;
  readonly ops: number;
}

export class OpCounts {
  private readonly counts = new Float64Array(OP_KINDS.length * SIZE_BANDS.length);
  private readonly page: number;
  private readonly threshold: number;

  constructor({ placement }: Contract) {
    this.page = placement?.pageSize ?? Number.NEGATIVE_INFINITY;
    this.threshold = placement?.mmapThreshold ?? Number.NEGATIVE_INFINITY;
  }

  /** Skipped ops made no call. */
  step({ op, outcome }: Step): void {
    if (outcome === 'skipped') return;
    const kind = KINDS[op.kind];
    const at = kind * SIZE_BANDS.length + (hasSize(op.kind) ? this.bandOf(requested(op)) : NONE);
    (this.counts[at] as number)++;
  }

  /** Of a request in bytes; undefined is one that does not fit size_t. */
  bandOf(size: number | bigint | undefined): number {
    if (size === undefined) return WRAPS;
    if (size >= IMPOSSIBLE) return HUGE;
    const bytes = Number(size);
    if (Math.abs(bytes - this.page) <= NEAR) return PAGE;
    if (Math.abs(bytes - this.threshold) <= NEAR) return THRESHOLD;
    for (let i = 0; i < UPPER.length; i++) if (bytes <= (UPPER[i] as number)) return ZERO + i;
    return LARGE;
  }

  /** Those that were made, by kind and then by size. */
  all(): OpCount[] {
    return OP_KINDS.flatMap((kind, k) =>
      SIZE_BANDS.map((sizes, s) => {
        return { kind, sizes, ops: this.counts[k * SIZE_BANDS.length + s] as number };
      }),
    ).filter(({ ops }) => ops > 0);
  }
}

function hasSize(kind: OpKind): boolean {
  return kind === 'malloc' || kind === 'calloc' || kind === 'realloc' || kind === 'stale-realloc';
}
