// What is written to the driver: its configuration, once, and batches of traces. Little-endian 8-byte
// words; the layouts are `struct config`, `batch_head`, `trace_head` and `op` of driver/shared.h.

import { type Contract, judges, ZERO_SIZES } from '../contract/contract.ts';
import { SIZE_MAX, type SizeT } from '../contract/size-t.ts';
import { OP_KINDS, type Op, type OpKind } from '../trace/op.ts';
import type { Trace } from '../trace/trace.ts';
import type { Density } from './target.ts';

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
}

export interface Manner {
  readonly density: Density;
  /** Every step is written at once, so that none is lost if the driver is killed. */
  readonly careful: boolean;
}

const ISOLATIONS: readonly Isolation[] = ['auto', 'fork', 'snapshot', 'shared'];
const LIST_LIMIT = 8;
const BATCH_HEAD = 3;
const TRACE_HEAD = 2;
const TWO_32 = 4294967296;

const CODES = new Map<OpKind, number>(OP_KINDS.map((kind, code) => [kind, code]));

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
  let total = BATCH_HEAD;
  for (let i = from; i < to; i++) total += wordsOf(traces[i]!);
  const words = new Uint32Array(total * 2);
  put(words, 0, total);
  put(words, 1, to - from);
  put(words, 2, flag(manner.density === 'everything') + flag(manner.careful) * 2);
  let at = BATCH_HEAD;
  for (let i = from; i < to; i++) at = putTrace(words, at, traces[i]!);
  return new Uint8Array(words.buffer);
}

/** How many 8-byte words a trace takes in a batch. */
export function wordsOf(trace: Trace): number {
  let words = TRACE_HEAD + trace.length * 2;
  for (const { kind } of trace) if (kind === 'calloc') words += 1;
  return words;
}

function putTrace(words: Uint32Array, start: number, trace: Trace): number {
  let at = start + TRACE_HEAD;
  for (const op of trace) at = putOp(words, at, op);
  put(words, start, at - start);
  put(words, start + 1, trace.length);
  return at;
}

function putOp(words: Uint32Array, at: number, op: Op): number {
  const { kind } = op;
  words[at * 2] = CODES.get(kind)!;
  words[at * 2 + 1] = op.slot;
  if (kind === 'fail-sbrk' || kind === 'fail-mmap') put(words, at + 1, op.count);
  else put(words, at + 1, op.size);
  if (kind !== 'calloc') return at + 2;
  put(words, at + 2, op.count);
  return at + 3;
}

function put(words: Uint32Array, at: number, value: SizeT): void {
  if (typeof value === 'number') {
    words[at * 2] = value;
    words[at * 2 + 1] = value / TWO_32;
  } else {
    words[at * 2] = Number(value & 0xffffffffn);
    words[at * 2 + 1] = Number(value >> 32n);
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
