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

export const ZERO_SIZES = ['any', 'null', 'undefined'] as const;
export type ZeroSize = (typeof ZERO_SIZES)[number];

/** Names of C functions. */
export interface Symbols {
  readonly malloc: string;
  readonly calloc?: string;
  readonly realloc?: string;
  readonly free: string;
  /** Called before each trace; -1 says that it failed. */
  readonly init?: string;
}

export const FUNCTIONS: readonly (keyof Symbols)[] = [
  'malloc',
  'calloc',
  'realloc',
  'free',
  'init',
];

export interface Contract {
  readonly name: string;
  /** The C functions under test; ops of those that are absent are not generated, and skipped. */
  readonly symbols: Symbols;
  /** The tiers that are judged; absent: all. Without robustness no syscall is made to fail. */
  readonly tiers?: readonly Tier[];
  /** Payload alignment by request: the last entry with `from <= request` holds. */
  readonly alignment: readonly { readonly from: number; readonly multiple: number }[];
  /** malloc(0) and calloc(0, n): NULL, or anything lawful, or not defined; realloc(p, 0): free(p) where
   * it is NULL, else not defined. What is not defined is not generated, and skipped. */
  readonly zeroSize: ZeroSize;
  /** Whether free(NULL) is defined; absent: yes. */
  readonly freeNull?: boolean;
  /** Requests in bytes, from `from` to below `below` (absent: to the largest), that nobody can judge, as
   * it is up to the machine or to nobody whether they are met: not generated, and skipped. */
  readonly unasked?: { readonly from: number; readonly below?: number };
  /** How far the break can move, in bytes. NULL is lawful once what was asked for may have used it up. */
  readonly heapLimit?: number;
  /** Whether symbols.init is called again in a process that has run another trace: nothing of it may be left. */
  readonly initAgain?: boolean;
  /** symbols.init is given all of the heap, as (start, bytes), and returns whether it took it. Where the target's
   * text shows how it is defined, that counts. */
  readonly segment?: boolean;
  /** Whether the heap of a native target lies below 2 GiB, for allocators that keep addresses in 4 bytes. */
  readonly lowHeap?: boolean;
  /** For the compiler: `-D` of each. */
  readonly defines?: readonly string[];
  /** Whether realloc of the block freed just before is defined (NULL, nothing changed). */
  readonly staleRealloc: boolean;
  /** Whether a second free is defined. Never true of other people's allocators. */
  readonly staleFree: boolean;
  /** Whether memory comes from the interposed syscalls only, so that containment can be judged. False:
   * it may lie anywhere (static arrays, what the C library gave), and a library has the real ones. */
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

/** Whether violations of this tier are reported under the contract. */
export function judges(contract: Contract, tier: Tier): boolean {
  return contract.tiers === undefined || contract.tiers.includes(tier);
}
