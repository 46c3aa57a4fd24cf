// A part of an exploration, run on a target: some states, each by the trace that leads to it, and every op that may
// come next there. Data in, data out, so that it may be done in a process of its own.

import { type Alphabet, nextOps, type OpCode, opOf, type Standing } from '../generate/enumerate.ts';
import type { Judge } from '../oracle/judge.ts';
import type { Beginning, Step } from '../target/execution.ts';
import type { Target, Visitor } from '../target/target.ts';
import type { Op } from '../trace/op.ts';
import type { Trace } from '../trace/trace.ts';
import { StateReader } from './canonical.ts';

export interface Chunk {
  /** How many ops lead to each of its states. */
  readonly length: number;
  /** Those ops, one state after the other. */
  readonly codes: Uint16Array;
  /** By state. */
  readonly standing: Uint32Array;
  /** Candidate traces to be left out: what was suspected there did not stand. */
  readonly cleared: readonly number[];
  /** Whether what comes after its traces will be asked for; else their states are not told. */
  readonly inner: boolean;
}

export interface ChunkResult {
  /** Traces run; they are numbered by state, and for each state in the order of the alphabet. */
  readonly runs: number;
  readonly calls: number;
  /** The first trace in which the judge saw something; those after it were not run. -1: none. */
  readonly suspect: number;
  /** For each trace, if they were asked for: what stands after it, or why nothing does. */
  readonly standing: readonly (Standing | Ending)[];
  /** … and the text of its state; '' where it cannot be seen. */
  readonly states: readonly string[];
}

/** The trace ended before its last op was done (lawfully: a program may end itself when a syscall fails), or its last
 * op makes no call. */
export type Ending = typeof OVER | typeof SKIPPED;
export const OVER = -1;
export const SKIPPED = -2;

export type ChunkRunner = (chunk: Chunk) => Promise<ChunkResult>;

/** One after the other, on this target. `merge`: whether equal states are looked for. */
export function chunkRunner(
  target: Target,
  judge: Judge,
  alphabet: Alphabet,
  merge: boolean,
  signal?: AbortSignal,
): ChunkRunner {
  const book = new OpBook(alphabet);
  const reader = new StateReader(target.contract);
  return async (chunk) => {
    const stop = new AbortController();
    const until = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
    const cleared = new Set(chunk.cleared);
    const seer = new Seer(judge, reader, chunk.inner, merge, cleared, () => stop.abort());
    await target.execute(book.tracesOf(chunk), 'hunting', seer, undefined, until);
    return seer.result();
  };
}

/** Ops by their codes, each made once. */
export class OpBook {
  readonly #alphabet: Alphabet;
  readonly #ops: Op[] = [];

  constructor(alphabet: Alphabet) {
    this.#alphabet = alphabet;
  }

  op(code: OpCode): Op {
    this.#ops[code] ??= opOf(this.#alphabet, code);
    return this.#ops[code] as Op;
  }

  tracesOf({ length, codes, standing }: Chunk): Trace[] {
    const traces: Trace[] = [];
    for (let state = 0; state < standing.length; state++) {
      const prefix: Op[] = [];
      for (let at = 0; at < length; at++)
        prefix.push(this.op(codes[state * length + at] as OpCode));
      for (const code of nextOps(this.#alphabet, standing[state] as Standing)) {
        traces.push([...prefix, this.op(code)]);
      }
    }
    return traces;
  }
}

/** Judges, and reads the state after the last op. */
class Seer implements Visitor {
  readonly #judge: Judge;
  readonly #reader: StateReader;
  readonly #inner: boolean;
  readonly #merge: boolean;
  readonly #cleared: ReadonlySet<number>;
  readonly #stop: () => void;
  readonly #standing: (Standing | Ending)[] = [];
  readonly #states: string[] = [];
  #runs = 0;
  #calls = 0;
  #suspect = -1;
  #last = 0;
  #ending: Standing | Ending = OVER;
  #state = '';
  #suspicious = false;
  /** Whether the trace came to its last op. */
  #arrived = false;

  constructor(
    judge: Judge,
    reader: StateReader,
    inner: boolean,
    merge: boolean,
    cleared: ReadonlySet<number>,
    stop: () => void,
  ) {
    this.#judge = judge;
    this.#reader = reader;
    this.#inner = inner;
    this.#merge = merge;
    this.#cleared = cleared;
    this.#stop = stop;
  }

  result(): ChunkResult {
    return {
      runs: this.#runs,
      calls: this.#calls,
      suspect: this.#suspect,
      standing: this.#standing,
      states: this.#states,
    };
  }

  begin(trace: Trace, beginning: Beginning): void {
    this.#last = trace.length - 1;
    this.#ending = OVER;
    this.#state = '';
    this.#suspicious = false;
    this.#arrived = false;
    this.#judge.begin(beginning);
    if (this.#inner) this.#reader.begin(beginning);
  }

  step(step: Step): boolean {
    if (this.#suspect >= 0) return false;
    if (step.outcome !== 'skipped') this.#calls += 1;
    if (this.#judge.step(step).length > 0) this.#suspicious = true;
    if (step.index === this.#last) this.#arrived = true;
    if (this.#inner && step.index <= this.#last) this.#read(step);
    return !this.#judge.over;
  }

  end(): void {
    if (this.#suspect >= 0) return;
    if (this.#suspicious && !this.#cleared.has(this.#runs)) {
      this.#suspect = this.#runs;
      this.#stop();
      return;
    }
    this.#runs += 1;
    if (!this.#inner) return;
    this.#standing.push(this.#arrived && !this.#judge.over ? this.#ending : OVER);
    this.#states.push(this.#state);
  }

  #read(step: Step): void {
    this.#reader.step(step);
    if (step.index !== this.#last) return;
    const arms = step.op.kind === 'fail-sbrk' || step.op.kind === 'fail-mmap';
    this.#ending = step.outcome === 'skipped' && !arms ? SKIPPED : this.#reader.standing;
    if (this.#merge) this.#state = this.#reader.text(step) ?? '';
  }
}
