// Changing a trace that went somewhere new, so that it goes a little farther: what fuzzers do to bytes, done to ops.
// Semantics are total, so whatever comes of it is a trace; what is pointless in it is skipped.

import { type Contract, judges } from '../contract/contract.ts';
import { SIZE_MAX, type SizeT } from '../contract/size-t.ts';
import { countFor } from '../generate/calloc-shape.ts';
import { between, oneIn, pick, type Random } from '../generate/random.ts';
import { SizeMemory } from '../generate/size-memory.ts';
import { baseSizeWeights, randomSize, sizeRules } from '../generate/sizes.ts';
import { fillWeightTable, TABLE_SIZE } from '../generate/weights.ts';
import { MEMORY_LIMIT } from '../memory/address.ts';
import {
  calloc,
  failMmap,
  failSbrk,
  NO_SLOT,
  type Op,
  type OpKind,
  SLOT_LIMIT,
} from '../trace/op.ts';
import { requested, slotsOf, type Trace } from '../trace/trace.ts';

/** Ops of a mutated trace: as long as those of a crowd. */
export const LONGEST = 1200;
const MOST_REPEATS = 8;
const LONGEST_STRETCH = 32;

/** A trace made of `trace`, by one to four changes; `other` is spliced to it. Never empty if neither is. */
export function mutated(trace: Trace, other: Trace, random: Random, contract: Contract): Trace {
  let changed = trace;
  for (let left = between(random, 1, 4); left > 0; left--) {
    const mutator = pick(random, MUTATORS);
    const next = mutator(changed, other, random, contract);
    if (next.length > 0 && next.length <= LONGEST) changed = next;
  }
  return changed;
}

type Mutator = (trace: Trace, other: Trace, random: Random, contract: Contract) => Trace;

/** The beginning of one, the end of the other. */
export const splice: Mutator = (trace, other, random) => [
  ...trace.slice(0, random.below(trace.length + 1)),
  ...other.slice(random.below(other.length + 1)),
];

/** All of one, and the other behind it, which finds the heap as the first leaves it. */
export const goOn: Mutator = (trace, other) => [...trace, ...other];

/** A stretch several times, on the same slots or on new ones each time. */
export const repeat: Mutator = (trace, _other, random) => {
  const [from, to] = stretchOf(trace, random);
  const times = between(random, 1, MOST_REPEATS);
  const step = oneIn(random, 2) ? slotsOf(trace) : 0;
  const again: Op[] = [];
  for (let i = 1; i <= times; i++) {
    for (let at = from; at < to; at++) again.push(shifted(trace[at] as Op, i * step));
  }
  return [...trace.slice(0, to), ...again, ...trace.slice(to)];
};

/** One request, of another class: at a boundary of the contract, or of a size that the trace has. */
export const resize: Mutator = (trace, _other, random, contract) => {
  const places = trace.flatMap(({ kind }, at) => (ASKING.has(kind) ? [at] : []));
  if (places.length === 0) return trace;
  const place = pick(random, places);
  const op = trace[place] as Op;
  const size = anySize(trace, op, random, contract);
  return trace.with(place, asking(op, size, random));
};

const ASKING: ReadonlySet<OpKind> = new Set(['malloc', 'calloc', 'realloc', 'stale-realloc']);

function anySize(trace: Trace, op: Op, random: Random, contract: Contract): SizeT {
  const memory = new SizeMemory();
  memory.begin();
  for (const each of trace) {
    const bytes = requested(each);
    if (typeof bytes !== 'number' || !ASKING.has(each.kind)) continue;
    memory.allocated(bytes);
    memory.released(bytes);
  }
  fillWeightTable(SIZES, baseSizeWeights(contract, true, random));
  const choice = SIZES[random.below(TABLE_SIZE)] as number;
  const bytes = requested(op) ?? SIZE_MAX;
  const own = bytes <= MEMORY_LIMIT ? Number(bytes) : -1; // no block has more
  const size = randomSize(choice, random, sizeRules(contract, random), memory, own);
  return op.kind === 'stale-realloc' && size === 0 ? 1 : size;
}

/** The op, for so many bytes in all. */
function asking({ kind, slot }: Op, bytes: SizeT, random: Random): Op {
  if (kind !== 'calloc') return { kind, slot, count: 1, size: bytes };
  if (bytes === 0) return calloc(slot, 1, 0);
  const count = countFor(random, bytes);
  return calloc(slot, count, typeof bytes === 'number' ? bytes / count : bytes);
}

const SIZES = new Uint8Array(TABLE_SIZE);

/** A free, earlier or later. */
export const moveFree: Mutator = (trace, _other, random) => {
  const frees = trace.flatMap(({ kind }, at) => (kind === 'free' ? [at] : []));
  if (frees.length === 0) return trace;
  const from = pick(random, frees);
  const without = trace.toSpliced(from, 1);
  return without.toSpliced(random.below(trace.length), 0, trace[from] as Op);
};

/** A system call fails, where the contract has a word for it. */
export const fail: Mutator = (trace, _other, random, contract) => {
  if (!contract.interposed || !judges(contract, 'robustness')) return trace;
  const nth = oneIn(random, 4) ? 2 : 1;
  const fault = oneIn(random, 2) ? failSbrk(nth) : failMmap(nth);
  return trace.toSpliced(random.below(trace.length + 1), 0, fault);
};

export const drop: Mutator = (trace, _other, random) => {
  const [from, to] = stretchOf(trace, random);
  return trace.toSpliced(from, to - from);
};

/** Those that build on what is there come twice. */
const MUTATORS: readonly Mutator[] = [
  splice,
  goOn,
  repeat,
  repeat,
  resize,
  resize,
  moveFree,
  fail,
  drop,
];

/** Mostly short. */
function stretchOf(trace: Trace, random: Random): [from: number, to: number] {
  const longest = Math.min(trace.length, oneIn(random, 2) ? 4 : LONGEST_STRETCH);
  const length = between(random, Math.min(1, longest), longest);
  const from = random.below(trace.length - length + 1);
  return [from, from + length];
}

function shifted(op: Op, by: number): Op {
  if (by === 0 || op.slot === NO_SLOT || op.slot + by >= SLOT_LIMIT) return op;
  const { kind, slot, count, size } = op;
  return { kind, slot: slot + by, count, size };
}
