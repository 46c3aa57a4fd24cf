// Every trace over a small alphabet, a call at a time. The sizes of the alphabet lie where a contract changes its mind;
// the slots have no names of their own: what a call gives takes the lowest empty slot, so that traces which differ
// in the names of their slots alone are one trace.
//
// What may come next depends on what stands: which slots are live, and which failures are armed. That is one
// number, so that millions of states can be kept.

import { type Contract, judges } from '../contract/contract.ts';
import { SIZE_MAX, type SizeT, sizeT } from '../contract/size-t.ts';
import { NO_SLOT, type Op, type OpKind, type Slot } from '../trace/op.ts';

/** Bits of what stands: a live slot each, then the armed failures. */
export type Standing = number;

/** The deepest that can be explored: as many slots have a bit. */
export const MOST_DEPTH = 24;
const SBRK_ARMED = 1 << 28;
const MMAP_ARMED = 1 << 29;

/** A letter: an op but for its slot. */
export interface Letter {
  readonly kind: OpKind;
  readonly count: SizeT;
  readonly size: SizeT;
  /** 'empty': the lowest one; 'live': each of them; 'none': it has no slot. */
  readonly slots: 'empty' | 'live' | 'none';
}

export interface Alphabet {
  readonly letters: readonly Letter[];
}

export interface AlphabetOptions {
  /** Bytes to ask for, in place of the contract's edges. */
  readonly sizes?: readonly SizeT[] | undefined;
  /** Whether syscalls fail. */
  readonly faults?: boolean | undefined;
}

/** Plainest first, so that of the shortest counterexamples a plain one is met first. */
export function alphabetOf(contract: Contract, options: AlphabetOptions = {}): Alphabet {
  const { calloc, realloc } = contract.symbols;
  const fails = options.faults === true && judges(contract, 'robustness');
  const edges = fails ? [...edgesOf(contract), TOO_MUCH] : edgesOf(contract);
  const sizes = (options.sizes ?? edges).filter((size) => isAsked(contract, size));
  const blocks = options.sizes ?? callocEdges(contract);
  const letters: Letter[] = sizes.map((size) => letter('malloc', 'empty', 1, size));
  letters.push(letter('free', 'live', 1, 0));
  if (realloc !== undefined) {
    letters.push(...sizes.map((size) => letter('realloc', 'live', 1, size)));
    // realloc(NULL, n) is malloc(n): one size shows whether it is.
    const plain = sizes.find((size) => size !== 0);
    if (plain !== undefined) letters.push(letter('realloc', 'empty', 1, plain));
  }
  if (calloc !== undefined) {
    const asked = blocks.filter((size) => isAsked(contract, size));
    letters.push(...asked.map(callocOf));
    if (isAsked(contract, SIZE_MAX)) letters.push(letter('calloc', 'empty', WRAPS, 16));
  }
  if (contract.freeNull !== false) letters.push(letter('free-null', 'none', 1, 0));
  if (fails) {
    letters.push(letter('fail-sbrk', 'none', 1, 0), letter('fail-mmap', 'none', 1, 0));
  }
  return { letters };
}

/** It fits, and no system grants it: a syscall that fails without being told to. */
const TOO_MUCH: SizeT = 2 ** 40;

/** Times 16 it is 64 more than 2^64: an allocator that lets it wrap gives 64 bytes. */
const WRAPS: SizeT = sizeT(2n ** 60n + 4n);

/**
 * Where a contract changes its mind. With placement rules, for a header of 32: the least block; 40, which an
 * allocation of 1 does not split, and 45, which it just does; what a block of 1 leaves of the preallocation; the least that
 * is aligned to the threshold, so that its block, and its need, but not the request itself reach it (and more than the
 * preallocation, where it is a heap block); the threshold; and what wraps.
 */
function edgesOf(contract: Contract): SizeT[] {
  const { placement } = contract;
  if (placement === undefined) return [1, 24, 45, 4096, SIZE_MAX];
  const { preallocation, mmapThreshold, smallestPayload, headers } = placement;
  const header = headers[0] ?? 32;
  const split = header + smallestPayload;
  const more = split + 5;
  const rest = preallocation - header - smallestPayload - header;
  const counted = mmapThreshold - 7;
  return [1, split, more, rest, counted, mmapThreshold, SIZE_MAX, 0];
}

/** calloc has the page for its threshold: the first block above it. Of the least block, what is zeroed too much is
 * the next one's; and one of a few words and a few bytes may be served from a freed block of `malloc(45)`. */
function callocEdges({ placement }: Contract): SizeT[] {
  if (placement === undefined) return [1, 45];
  const { smallestPayload, pageSize, headers } = placement;
  const header = headers[0] ?? 32;
  return [1, header + smallestPayload + 5, pageSize - header + 1];
}

/** In a few elements, so that their number counts. */
function callocOf(bytes: SizeT): Letter {
  const size = Number(bytes);
  const count = Number.isSafeInteger(size) ? (FEW.find((few) => size % few === 0) ?? 1) : 1;
  return letter('calloc', 'empty', count, count === 1 ? bytes : size / count);
}

const FEW: readonly number[] = [5, 3, 2];

function isAsked({ unasked, zeroSize }: Contract, size: SizeT): boolean {
  if (size === 0) return zeroSize === 'null';
  if (unasked === undefined || size < unasked.from) return true;
  return unasked.below !== undefined && size >= unasked.below;
}

function letter(kind: OpKind, slots: Letter['slots'], count: SizeT, size: SizeT): Letter {
  return { kind, slots, count, size };
}

/** An op as a number: the letter, and above it the slot. */
export type OpCode = number;
const LETTER_BITS = 8;
const MOST_LETTERS = 1 << LETTER_BITS;

/** The next ops, in the order of the alphabet. */
export function nextOps({ letters }: Alphabet, standing: Standing): OpCode[] {
  const codes: OpCode[] = [];
  for (const [index, { kind, slots }] of letters.entries()) {
    if (slots === 'empty') codes.push(codeOf(index, lowestEmpty(standing)));
    else if (slots === 'live') {
      for (let slot = 0; slot < MOST_DEPTH; slot++) {
        if (isLive(standing, slot)) codes.push(codeOf(index, slot));
      }
    } else if (!isArmed(standing, kind)) codes.push(codeOf(index, 0));
  }
  return codes;
}

export function opOf({ letters }: Alphabet, code: OpCode): Op {
  const { kind, slots, count, size } = letters[code % MOST_LETTERS] as Letter;
  return { kind, slot: slots === 'none' ? NO_SLOT : code >> LETTER_BITS, count, size };
}

/** What stands after an op, as it was seen to end. */
export function afterOp(standing: Standing, slot: Slot, live: boolean): Standing {
  return live ? standing | (1 << slot) : standing & ~(1 << slot);
}

export function armed(standing: Standing, kind: 'fail-sbrk' | 'fail-mmap', is: boolean): Standing {
  const bit = kind === 'fail-sbrk' ? SBRK_ARMED : MMAP_ARMED;
  return is ? standing | bit : standing & ~bit;
}

function isArmed(standing: Standing, kind: OpKind): boolean {
  if (kind === 'fail-sbrk') return (standing & SBRK_ARMED) !== 0;
  return kind === 'fail-mmap' && (standing & MMAP_ARMED) !== 0;
}

function isLive(standing: Standing, slot: Slot): boolean {
  return (standing & (1 << slot)) !== 0;
}

function lowestEmpty(standing: Standing): Slot {
  let slot = 0;
  while (isLive(standing, slot)) slot++;
  return slot;
}

function codeOf(index: number, slot: Slot): OpCode {
  return (slot << LETTER_BITS) | index;
}
