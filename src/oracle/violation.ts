// What the oracle says when a target broke its promise: a value, with its evidence.

import type { Tier } from '../contract/contract.ts';
import type { OpKind } from '../trace/op.ts';

export type InvariantName =
  | 'termination'
  | 'result'
  | 'alignment'
  | 'containment'
  | 'disjointness'
  | 'contents'
  | 'zeroing'
  | 'realloc-prefix'
  | 'overflow'
  | 'failure'
  | 'block-list'
  | 'status'
  | 'coalescing'
  | 'placement'
  | 'syscalls';

export interface Violation {
  readonly invariant: InvariantName;
  readonly tier: Tier;
  /** One sentence, with the addresses (relative to heap start) and sizes. */
  readonly says: string;
  /** Index of the op, in the trace, at which it was seen. */
  readonly step: number;
  /** What the op amounts to: realloc(NULL, n) is 'malloc', realloc(p, 0) is 'free'. */
  readonly opKind: OpKind;
  /** A short stable key of what happened, free of numbers: `best-fit`, `slack`, `grew-though-fit`.
   * Findings are one per invariant, op kind and cause. */
  readonly cause: string;
  /** The clause of the contract that it breaks, in a few words. */
  readonly clause: string;
}

export type Verdict = 'passed' | 'failed' | 'unknown';
