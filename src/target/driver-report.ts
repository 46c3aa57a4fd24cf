// Reading what the driver writes: a stream of records of 8-byte words, little-endian, each beginning with
// u32 (words | kind << 24), u32 index. `i` is a 32-bit half, `d` a double, which holds addresses exactly.
//
//   HELLO  its index: 1 if each trace gets a fork; d heapStart
//   NOTICE its index as that of HELLO: it is a fork for each from here on
//   STEP   i outcome | hasHeap << 8, i errno — a skipped op ends here; index -1: the init function's syscalls
//          i calls, i broken; d result; d given; [heap]; calls x CALL; broken x BROKEN
//   heap   i prefix, i removed; i added, i header | taken << 16 | flaw << 24; d break;
//          [flaw: d flawAt, d flawSize]; added x (i payloadSize, i status [, d word16, d word24])
//          The blocks after the first `prefix`, `removed` of them, have become the added ones; those
//          behind stay, at their addresses. No heap: nothing changed.
//   CALL   i name | error << 8, i protection; i flags, i fd; d address; u64 length; d moved; d offset;
//          d result
//   BROKEN i slot, i expected | check << 8; i actual, i 0; d offset
//   DEATH  i outcome, i calls; i phase, i wait status; i signal, i fault; d given; d faultAddress;
//          i stdout, i stderr (bytes); i limit in ms, i hang (process.h); i frames, i 0;
//          calls x `struct call` (i64 throughout); frames x d; the texts, padded
//   STOPPED its index is the runner's process id, as the driver sees it; it waits for a word then
//   WRITER the index is the op's: u64 the word that was to be watched, after the call; d each frame of its last write
//   EDGES  its index is how many: i edge | count << 16 each, of the code that the trace took; before its END
//   END    the index is the trace's, in its batch

import type { Trace } from '../trace/trace.ts';
import { readDeath } from './driver-death.ts';
import { readBroken, readCalls, sizeAt } from './driver-records.ts';
import { type HeapLayout, readChange } from './driver-walk.ts';
import type { Outcome } from './execution.ts';
import { NativeStep } from './native-step.ts';

export const RECORD = {
  hello: 1,
  step: 2,
  death: 3,
  end: 4,
  notice: 5,
  writer: 6,
  stopped: 7,
  edges: 8,
} as const;

export const OUTCOMES: readonly Outcome[] = [
  'returned',
  'skipped',
  'crashed',
  'hung',
  'exited',
  'cut-off',
];

const STEP_WORDS = 5;
const SKIP_WORDS = 2;
const CALL_WORDS = 7;
const HAS_HEAP = 256;

/** A record in the buffer of a RecordStream: valid during the callback only. */
export interface Words {
  readonly ints: Int32Array;
  readonly doubles: Float64Array;
  readonly bytes: Uint8Array;
}

/** Cuts a stream of bytes into records, whatever the chunks. */
export class RecordStream {
  private words: Words = wordsOver(new ArrayBuffer(1 << 18));
  private filled = 0;

  /** Calls `visit(words, at, kind)` for each record that is complete; `at` is the index of its first
   * word. Stops when it returns false. Throws a RangeError if what came is no record. */
  push(chunk: Uint8Array, visit: (words: Words, at: number, kind: number) => boolean): void {
    this.append(chunk);
    const { ints } = this.words;
    const end = this.filled >> 3;
    let at = 0;
    while (at < end) {
      const head = ints[at * 2]!;
      const length = head & 0xffffff;
      if (length === 0) throw new RangeError('the report is not made of records');
      if (at + length > end) break;
      if (!visit(this.words, at, head >>> 24)) return;
      at += length;
    }
    if (at === 0) return;
    this.words.bytes.copyWithin(0, at * 8, this.filled);
    this.filled -= at * 8;
  }

  private append(chunk: Uint8Array): void {
    const needed = this.filled + chunk.length;
    const old = this.words.bytes;
    if (needed > old.length) {
      this.words = wordsOver(new ArrayBuffer(Math.max(needed + 8, old.length * 2) & ~7));
      this.words.bytes.set(old.subarray(0, this.filled));
    }
    this.words.bytes.set(chunk, this.filled);
    this.filled = needed;
  }
}

/** Makes steps of STEP and DEATH records: one Step, overwritten each time. */
export class StepReader {
  readonly step: NativeStep;
  private trace: Trace = [];
  /** Told before the step that they belong to. */
  private writer: readonly number[] | undefined;
  private word: bigint | undefined;

  constructor(heap: HeapLayout) {
    this.step = new NativeStep(heap);
  }

  begin(trace: Trace): void {
    this.trace = trace;
    this.writer = undefined;
    this.word = undefined;
    this.step.begin();
  }

  keepWriter({ ints, doubles }: Words, at: number): void {
    this.writer = [...doubles.subarray(at + 2, at + (ints[at * 2]! & 0xffffff))];
    this.word = BigInt(sizeAt(ints, at + 1));
  }

  readStep({ ints, doubles }: Words, at: number): NativeStep {
    const { step } = this;
    const flags = ints[at * 2 + 2]!;
    this.start(ints[at * 2 + 1]!, OUTCOMES[flags & 255]!);
    if ((ints[at * 2]! & 0xffffff) === SKIP_WORDS) return step;
    step.frames = this.writer;
    step.word = this.word;
    this.writer = undefined;
    this.word = undefined;
    step.errno = ints[at * 2 + 3]!;
    const calls = ints[at * 2 + 4]!;
    const broken = ints[at * 2 + 5]!;
    step.result = doubles[at + 3]!;
    step.given = doubles[at + 4]!;
    let from = at + STEP_WORDS;
    if ((flags & HAS_HEAP) !== 0) from = readChange(step.blocks, ints, doubles, from);
    if (calls > 0) readCalls(step.syscalls, ints, doubles, from, calls);
    if (broken > 0) readBroken(step.broken, ints, doubles, from + calls * CALL_WORDS, broken);
    return step;
  }

  readDeath(words: Words, at: number): NativeStep {
    this.start(words.ints[at * 2 + 1]!, outcomeOf(words, at));
    this.step.isGone = true;
    readDeath(this.step, words, at);
    return this.step;
  }

  /** The step that the driver could not tell: it is gone. */
  lost(outcome: 'cut-off' | 'hung', detail: string): NativeStep {
    this.start(this.step.index + 1, outcome);
    this.step.isGone = true;
    this.step.detail = detail;
    return this.step;
  }

  /** An index past the last op is that of the check at the trace's end. */
  private start(index: number, outcome: Outcome): void {
    const { step, trace } = this;
    step.next(index, trace[index < trace.length ? index : trace.length - 1] ?? step.op, outcome);
  }
}

/** Of a `death`. */
export function outcomeOf({ ints }: Words, at: number): Outcome {
  return OUTCOMES[ints[at * 2 + 2]!]!;
}

function wordsOver(buffer: ArrayBuffer): Words {
  return {
    ints: new Int32Array(buffer),
    doubles: new Float64Array(buffer),
    bytes: new Uint8Array(buffer),
  };
}
