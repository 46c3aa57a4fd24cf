// One operation on an allocator, as plain data. Ops name slots, never addresses, so that a trace means
// the same to every allocator.
//
// All ops share one shape (unused fields are 0 or -1): the engines read millions of them a second and
// stay fast only while there is a single hidden class. Make them with the functions below.

import type { SizeT } from '../contract/size-t.ts';

/** A name for what a call returned: 0 .. SLOT_LIMIT-1. */
export type Slot = number;

export const SLOT_LIMIT = 1 << 20;
export const NO_SLOT: Slot = -1;

export type OpKind =
  /** a SLOT SIZE       slot = malloc(size); skipped if the slot is live */
  | 'malloc'
  /** c SLOT COUNT SIZE slot = calloc(count, size); skipped if the slot is live */
  | 'calloc'
  /** r SLOT SIZE       slot = realloc(slot, size); on an empty slot realloc(NULL, size) */
  | 'realloc'
  /** f SLOT            free(slot); skipped if the slot is empty */
  | 'free'
  /** f -1              free(NULL) */
  | 'free-null'
  /** s SLOT SIZE       realloc(stale pointer, size); only straight after the call that freed it */
  | 'stale-realloc'
  /** d SLOT            free(stale pointer); as above, and only where the contract defines it */
  | 'stale-free'
  /** x sbrk N          the N-th growth of the break from here fails with ENOMEM; no call is made */
  | 'fail-sbrk'
  /** x mmap N          the N-th mmap from here fails with ENOMEM; no call is made */
  | 'fail-mmap';

export const OP_KINDS: readonly OpKind[] = [
  'malloc',
  'calloc',
  'realloc',
  'free',
  'free-null',
  'stale-realloc',
  'stale-free',
  'fail-sbrk',
  'fail-mmap',
];

export interface Op {
  readonly kind: OpKind;
  readonly slot: Slot;
  /** calloc: the number of elements. fail-*: which call from here fails, counted from 1. Else 1. */
  readonly count: SizeT;
  /** Bytes (for calloc, of one element); 0 where there is none. */
  readonly size: SizeT;
}

export const malloc = (slot: Slot, size: SizeT): Op => op('malloc', slot, 1, size);
export const calloc = (slot: Slot, count: SizeT, size: SizeT): Op =>
  op('calloc', slot, count, size);
export const realloc = (slot: Slot, size: SizeT): Op => op('realloc', slot, 1, size);
export const free = (slot: Slot): Op => FREES[slot] ?? op('free', slot, 1, 0);
export const freeNull = (): Op => FREE_NULL;
export const staleRealloc = (slot: Slot, size: SizeT): Op => op('stale-realloc', slot, 1, size);
export const staleFree = (slot: Slot): Op => op('stale-free', slot, 1, 0);
export const failSbrk = (nth: number): Op => op('fail-sbrk', NO_SLOT, nth, 0);
export const failMmap = (nth: number): Op => op('fail-mmap', NO_SLOT, nth, 0);

export function sameOp(a: Op, b: Op): boolean {
  return a.kind === b.kind && a.slot === b.slot && a.count === b.count && a.size === b.size;
}

/** A third of all ops are frees, and all frees of a slot are alike: one object serves. */
const FREES: readonly Op[] = Array.from({ length: 512 }, (_, slot) => op('free', slot, 1, 0));
const FREE_NULL = op('free-null', NO_SLOT, 1, 0);

function op(kind: OpKind, slot: Slot, count: SizeT, size: SizeT): Op {
  return { kind, slot, count, size };
}
