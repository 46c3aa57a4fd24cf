// What is written to the driver: its configuration, once, and batches of traces. Little-endian 8-byte
// words; the layouts are `struct config`, `batch_head`, `trace_head` and `op` of driver/shared.h.

import { type Contract, judges, ZERO_SIZES } from '../contract/contract.ts';
import { SIZE_MAX, type SizeT } from '../contract/size-t.ts';
import { OP_KINDS, type Op, type OpKind } from '../trace/op.ts';
import type { Trace } from '../trace/trace.ts';
import type { Density, Watched } from './target.ts';

/** How the target's memory is made new for each trace. 'auto': by a snapshot where that is right. 'shared':
 * it is not, one process runs many traces; what is live at a trace's end is freed. A single trace, or one at
 * density 'everything', still gets a process of its own. */
export type Isolation = 'auto' | 'fork' | 'snapshot' | 'shared';

export interface DriverConfig {
  readonly contract: Contract;
  /** Bytes; inferred from the first heap payload if undefined. */
  readonly header: number | undefined;
  readonly isolation: Isolation;
  /** Of one op: CPU time, and a generous limit for one that sleeps. */
  readonly cpuLimitMs: number;
  readonly wallLimitMs: number;
  /** Until the driver's first word: what the target's constructors may take. */
  readonly startLimitMs: number;
  /** From one word of the driver to the next, while it has work: many ops may lie between. */
  readonly silenceLimitMs: number;
}

export interface Manner {
  readonly density: Density;
  /** Every step is written at once, so that none is lost if the driver is killed. */
  readonly careful: boolean;
  readonly watched?: Watched | undefined;
  /** The parent fills and reads the payloads itself: witness-run.ts. */
  readonly witnessed?: boolean;
  /** The edges of the target's code that a trace takes are told. */
  readonly covering?: boolean;
  /** Added to the tags of payloads, which their patterns are made of. 0 if absent. */
  readonly salt?: number;
}

const ISOLATIONS: readonly Isolation[] = ['auto', 'fork', 'snapshot', 'shared'];
const LIST_LIMIT = 8;
/** Words of a batch before its first trace. */
export const BATCH_HEAD = 6;
const TRACE_HEAD = 2;
const OP_WORDS = 2;
/** A calloc has its count besides. */
const CALLOC_WORDS = 3;
const TWO_32 = 4294967296;

const MALLOC = OP_KINDS.indexOf('malloc');
const CALLOC = OP_KINDS.indexOf('calloc');
const REALLOC = OP_KINDS.indexOf('realloc');
const FREE = OP_KINDS.indexOf('free');

export function encodeConfig(config: DriverConfig): Uint8Array {
  const { contract, header } = config;
  const headers = contract.placement?.headers ?? [];
  const fields = [
    flag(contract.placement !== undefined),
    flag(contract.links),
    flag(contract.interposed),
    flag(contract.staleRealloc),
    flag(contract.staleFree),
    header ?? 0,
    ...list(headers),
    contract.alignment.length,
    ...padded(contract.alignment.map(({ from }) => from)),
    ...padded(contract.alignment.map(({ multiple }) => multiple)),
    config.cpuLimitMs,
    config.wallLimitMs,
    ISOLATIONS.indexOf(config.isolation),
    flag(judges(contract, 'robustness')),
    ZERO_SIZES.indexOf(contract.zeroSize),
    flag(contract.freeNull !== false),
    ...unaskedBy(contract),
    contract.heapLimit ?? 0,
    flag(contract.segment === true),
  ];
  return new Uint8Array(BigUint64Array.from([fields.length, ...fields], BigInt).buffer);
}

/** One batch: the traces [from, to) of `traces`. */
export function encodeBatch(
  traces: readonly Trace[],
  from: number,
  to: number,
  manner: Manner,
): Uint8Array {
  const words = wordsFor(traces, from, to);
  let at = BATCH_HEAD;
  for (let i = from; i < to; i++) at = putTrace(words, at, traces[i]!);
  put(words, 0, at);
  put(words, 1, to - from);
  put(words, 2, mannerWord(manner));
  put(words, 3, manner.watched?.op ?? 0);
  put(words, 4, manner.watched?.address ?? 0);
  put(words, 5, manner.salt ?? 0);
  return new Uint8Array(words.slice(0, at * 2).buffer);
}

/** Where batches are made; what is sent is a copy of the right length. */
let scratch = new Uint32Array(1 << 14);

/** Room for them, as if every op were a calloc. */
function wordsFor(traces: readonly Trace[], from: number, to: number): Uint32Array {
  let most = BATCH_HEAD;
  for (let i = from; i < to; i++) most += TRACE_HEAD + traces[i]!.length * CALLOC_WORDS;
  if (scratch.length < most * 2) scratch = new Uint32Array(most * 2);
  return scratch;
}

/** How many 8-byte words a trace takes in a batch. */
export function wordsOf(trace: Trace): number {
  let words = TRACE_HEAD + trace.length * OP_WORDS;
  for (let i = 0; i < trace.length; i++) {
    if (trace[i]!.kind === 'calloc') words += CALLOC_WORDS - OP_WORDS;
  }
  return words;
}

function putTrace(words: Uint32Array, start: number, trace: Trace): number {
  let at = start + TRACE_HEAD;
  for (let i = 0; i < trace.length; i++) at = putOp(words, at, trace[i]!);
  put(words, start, at - start);
  put(words, start + 1, trace.length);
  return at;
}

function putOp(words: Uint32Array, at: number, op: Op): number {
  const { kind } = op;
  words[at * 2] = codeOf(kind);
  words[at * 2 + 1] = op.slot;
  if (kind === 'fail-sbrk' || kind === 'fail-mmap') put(words, at + 1, op.count);
  else put(words, at + 1, op.size);
  if (kind !== 'calloc') return at + OP_WORDS;
  put(words, at + 2, op.count);
  return at + CALLOC_WORDS;
}

/** By place in OP_KINDS. The kinds that most ops are of need no search. */
function codeOf(kind: OpKind): number {
  switch (kind) {
    case 'malloc':
      return MALLOC;
    case 'free':
      return FREE;
    case 'realloc':
      return REALLOC;
    case 'calloc':
      return CALLOC;
    default:
      return OP_KINDS.indexOf(kind);
  }
}

function put(words: Uint32Array, at: number, value: SizeT): void {
  if (typeof value !== 'number') {
    words[at * 2] = Number(value & 0xffffffffn);
    words[at * 2 + 1] = Number(value >> 32n);
  } else if (value < TWO_32) {
    words[at * 2] = value;
    words[at * 2 + 1] = 0;
  } else {
    words[at * 2] = value;
    words[at * 2 + 1] = value / TWO_32;
  }
}

function flag(value: boolean): number {
  return value ? 1 : 0;
}

/** The first and the last size that are not asked for; from above to, where there is none. */
function unaskedBy({ unasked }: Contract): SizeT[] {
  if (unasked === undefined) return [SIZE_MAX, 0];
  return [unasked.from, unasked.below === undefined ? SIZE_MAX : unasked.below - 1];
}

function list(values: readonly number[]): number[] {
  return [values.length, ...padded(values)];
}

function padded(values: readonly number[]): number[] {
  if (values.length > LIST_LIMIT) throw new RangeError(`more than ${LIST_LIMIT} entries`);
  return [...values, ...Array<number>(LIST_LIMIT - values.length).fill(0)];
}

/** Bits of `enum manner` in driver/shared.h. */
function mannerWord({ density, careful, watched, witnessed, covering }: Manner): number {
  const looks = flag(density === 'everything') + flag(density === 'forgiving') * 4;
  const seen = flag(watched !== undefined) * 8 + flag(witnessed === true) * 16;
  return looks + flag(careful) * 2 + seen + flag(covering === true) * 32;
}
