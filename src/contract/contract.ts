// What an allocator promises, as data. Every rule that the oracle judges by is a field here, so that
// another contract is another object and not another oracle.

import type { SizeT } from './size-t.ts';

/** The kinds of wrong, worst first: the order in which findings are reported. */
export type Tier = 'safety' | 'robustness' | 'structure' | 'policy';

export const TIERS: readonly Tier[] = ['safety', 'robustness', 'structure', 'policy'];

/** Where blocks go and which syscalls they cost: the part of a contract that only osmem has. */
export interface PlacementRules {
  /** Header sizes in bytes that the first heap payload may reveal; 32 first, the course's own. */
  readonly headers: readonly number[];
  /** Requests of this many bytes or more are mapped (malloc, realloc). */
  readonly mmapThreshold: number;
  /** calloc's threshold, compared with header + payload. */
  readonly pageSize: number;
  /** How far the break moves at the first use of the heap, once in the life of the process. */
  readonly preallocation: number;
  /** The least payload that a split may leave behind. */
  readonly smallestPayload: number;
  /** As in glibc: freeing a mapping raises the mmap threshold to its block, up to `cap` bytes. */
  readonly dynamicThreshold?: { readonly cap: number };
}

export interface Contract {
  readonly name: string;
  /** The C functions under test. */
  readonly symbols: {
    readonly malloc: string;
    readonly calloc: string;
    readonly realloc: string;
    readonly free: string;
  };
  /** Payload alignment by request: the last entry with `from <= request` holds. */
  readonly alignment: readonly { readonly from: number; readonly multiple: number }[];
  /** malloc(0), calloc(0, n) and realloc(p, 0): NULL, or anything lawful. */
  readonly zeroSize: 'null' | 'any';
  /** Whether realloc of the block freed just before is defined (NULL, nothing changed). */
  readonly staleRealloc: boolean;
  /** Whether a second free is defined. Never true of other people's allocators. */
  readonly staleFree: boolean;
  /** Whether memory comes from the interposed syscalls only, so that containment can be judged. */
  readonly interposed: boolean;
  /** Absent: safety and robustness only. */
  readonly placement?: PlacementRules;
  /** Whether the links in the headers are judged (ours, and on request). */
  readonly links: boolean;
}

/** The alignment in bytes that the contract owes a request of `size` bytes. */
export function alignmentOf(contract: Contract, size: SizeT): number {
  let multiple = 1;
  for (const entry of contract.alignment) {
    if (entry.from <= size) multiple = entry.multiple;
  }
  return multiple;
}
