// Every trace up to a bound, shortest first. From each state that was met, every op of the alphabet is tried, a level
// after the other: so the first violation met is one of a shortest trace, and what lies below it holds. Of equal
// states (canonical.ts) the first alone goes on. A target cannot be put into a state; each candidate is
// run from a fresh process, by the shortest trace that leads to its state.
//
// Parts are under way together and end in any order, but are taken in theirs: what it says is always the same.

import { type Alphabet, nextOps, type OpCode } from '../generate/enumerate.ts';
import type { Trace } from '../trace/trace.ts';
import {
  type Chunk,
  type ChunkResult,
  type ChunkRunner,
  OpBook,
  OVER,
  SKIPPED,
} from './explore-chunk.ts';
import type { Journal, Part } from './explore-journal.ts';
import type { Finding } from './finding.ts';
import { breathe } from './pause.ts';
import { MOST_STATES, StateGraph } from './state-graph.ts';

export interface ExploreOptions {
  readonly alphabet: Alphabet;
  /** The longest traces, in ops. */
  readonly depth: number;
  readonly run: ChunkRunner;
  /** Parts under way at the same time. */
  readonly width: number;
  /** Looks into a suspicion: what stands of it, if anything. */
  readonly confirm: (trace: Trace) => Promise<Finding | undefined>;
  /** What an earlier exploration got done, and where this one is kept. */
  readonly journal?: Journal | undefined;
  /** Ends it cleanly, with what is done by then. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ExploreProgress) => void) | undefined;
  /** MOST_STATES if absent. */
  readonly mostStates?: number | undefined;
}

export interface ExploreProgress {
  /** The traces at work have so many ops. */
  readonly level: number;
  /** Of this level's candidates, how many are done, and how many there are. */
  readonly done: number;
  readonly of: number;
  readonly states: number;
  /** In all, those of an earlier exploration not counted. */
  readonly runs: number;
}

/** Traces of one length. */
export interface Level {
  readonly length: number;
  /** States from which ops were tried, run by run. */
  readonly states: number;
  readonly runs: number;
  /** For how many traces they stand. */
  readonly traces: number;
}

export interface Exploration {
  /** Traces of up to this many ops hold. */
  readonly verified: number;
  /** Why not all of them: a counterexample, Ctrl-C, or too many states. '' if all. */
  readonly ended: '' | 'violation' | 'stopped' | 'states';
  /** Of a shortest trace. */
  readonly finding: Finding | undefined;
  /** Completed levels. */
  readonly levels: readonly Level[];
  /** Distinct states that were met. */
  readonly states: number;
  /** Traces run and calls judged, those of an earlier exploration included. */
  readonly runs: number;
  readonly calls: number;
  /** … and how many of the runs were an earlier one's. */
  readonly resumed: number;
  /** Suspicions that did not stand when they were looked into. */
  readonly doubtful: number;
}

/** States in a part: some tens of milliseconds of work, which is what a kill can lose. */
const CHUNK_STATES = 64;

export async function explore(options: ExploreOptions): Promise<Exploration> {
  return new Explorer(options).explore();
}

/** A part under way. */
interface Work {
  readonly first: number;
  readonly chunk: Chunk;
  readonly outcome: Promise<Outcome>;
}

type Outcome =
  | 'stopped'
  | { readonly known: Part }
  | { readonly result: ChunkResult; readonly finding?: Finding; readonly doubtful: number };

class Explorer {
  readonly #options: ExploreOptions;
  readonly #graph = new StateGraph();
  readonly #book: OpBook;
  readonly #levels: Omit<Level, 'traces'>[] = [];
  #runs = 0;
  #calls = 0;
  #resumed = 0;
  #doubtful = 0;
  #finding: Finding | undefined;
  #ended: Exploration['ended'] = '';

  constructor(options: ExploreOptions) {
    this.#options = options;
    this.#book = new OpBook(options.alphabet);
  }

  async explore(): Promise<Exploration> {
    let from = 0;
    for (let length = 1; length <= this.#options.depth && this.#ended === ''; length++) {
      const to = this.#graph.size;
      if (from === to) this.#levels.push({ length, states: 0, runs: 0 });
      else await this.#level(length, from, to);
      from = to;
    }
    return this.#report();
  }

  /** All traces of this many ops: the states [from, to) were met by the one op fewer. */
  async #level(length: number, from: number, to: number): Promise<void> {
    const before = this.#runs;
    const of = this.#candidates(from, to);
    const underWay: Work[] = [];
    let next = from;
    while (this.#ended === '') {
      while (next < to && underWay.length < this.#options.width) {
        const work = this.#start(length, next, Math.min(next + CHUNK_STATES, to));
        underWay.push(work);
        next += work.chunk.standing.length;
      }
      const oldest = underWay.shift();
      if (oldest === undefined) break;
      this.#take(await oldest.outcome, oldest);
      const [done, states] = [this.#runs - before, this.#graph.size];
      const runs = this.#runs - this.#resumed;
      this.#options.onProgress?.({ level: length, done, of, states, runs });
      await breathe();
    }
    await Promise.allSettled(underWay.map(({ outcome }) => outcome));
    const isDone = next === to && underWay.length === 0;
    if (this.#ended !== '' && !(this.#ended === 'states' && isDone)) return;
    this.#levels.push({ length, states: to - from, runs: this.#runs - before });
  }

  #candidates(from: number, to: number): number {
    let count = 0;
    for (let state = from; state < to; state++) count += this.#degree(this.#graph.standing(state));
    return count;
  }

  readonly #degrees = new Map<number, number>();
  readonly #degree = (standing: number): number => {
    const known = this.#degrees.get(standing);
    if (known !== undefined) return known;
    const degree = nextOps(this.#options.alphabet, standing).length;
    this.#degrees.set(standing, degree);
    return degree;
  };

  #start(level: number, from: number, to: number): Work {
    const length = level - 1;
    const codes = new Uint16Array(length * (to - from));
    const standing = new Uint32Array(to - from);
    for (let state = from; state < to; state++) {
      this.#graph.writeWay(state, codes, (state - from) * length, length);
      standing[state - from] = this.#graph.standing(state);
    }
    const inner = level < this.#options.depth;
    const chunk = { length, codes, standing, cleared: [], inner };
    const outcome = this.#outcome(chunk, from);
    outcome.catch(() => {}); // it is awaited when it is taken
    return { first: from, chunk, outcome };
  }

  async #outcome(chunk: Chunk, first: number): Promise<Outcome> {
    const { journal, signal } = this.#options;
    const known = journal?.find(chunk.length + 1, first, chunk.inner);
    if (known !== undefined) return { known };
    if (this.#ended !== '' || signal?.aborted) return 'stopped';
    return this.#run(chunk);
  }

  /** Again without what turned out to be nothing, until nothing is suspected or something stands. */
  async #run(chunk: Chunk): Promise<Outcome> {
    const { run, confirm, signal } = this.#options;
    const cleared: number[] = [];
    for (;;) {
      const result = await run({ ...chunk, cleared });
      if (signal?.aborted || this.#ended !== '') return 'stopped';
      if (result.suspect < 0) return { result, doubtful: cleared.length };
      const trace = this.#book.tracesOf(chunk)[result.suspect] as Trace;
      const finding = await confirm(trace);
      if (signal?.aborted) return 'stopped';
      if (finding !== undefined) return { result, finding, doubtful: cleared.length };
      cleared.push(result.suspect);
    }
  }

  #take(outcome: Outcome, { chunk, first }: Work): void {
    if (outcome === 'stopped') this.#ended = 'stopped';
    else if ('known' in outcome) this.#takeKnown(outcome.known, chunk, first);
    else {
      const { result, finding } = outcome;
      this.#runs += result.runs;
      this.#calls += result.calls;
      this.#doubtful += outcome.doubtful;
      if (finding === undefined) this.#takeResult(result, chunk, first);
      else {
        this.#finding = finding;
        this.#ended = 'violation';
      }
    }
    if (this.#graph.size > (this.#options.mostStates ?? MOST_STATES)) this.#ended ||= 'states';
  }

  #takeResult({ runs, calls, states, standing: after }: ChunkResult, chunk: Chunk, first: number) {
    const level = chunk.length + 1;
    const led: number[] = [];
    const texts: string[] = [];
    const standing: number[] = [];
    if (chunk.inner) {
      this.#eachOp(chunk, first, (state, code, at) => {
        const [stands, text] = [after[at] as number, states[at] as string];
        const size = this.#graph.size;
        if (stands === OVER || stands === SKIPPED) return led.push(stands);
        const to = this.#graph.meet(text, state, code, stands);
        if (to === size) {
          texts.push(text);
          standing.push(stands);
        }
        return led.push(to);
      });
      this.#leads(chunk, led);
    }
    const { inner } = chunk;
    this.#options.journal?.add({ level, first, inner, runs, calls, led, texts, standing });
  }

  /** As it was met then. */
  #takeKnown(part: Part, chunk: Chunk, first: number): void {
    this.#runs += part.runs;
    this.#calls += part.calls;
    this.#resumed += part.runs;
    if (!part.inner) return;
    let fresh = 0;
    this.#eachOp(chunk, first, (state, code, at) => {
      if (part.led[at] !== this.#graph.size) return;
      const [text, standing] = [part.texts[fresh] as string, part.standing[fresh] as number];
      this.#graph.meet(text, state, code, standing);
      fresh += 1;
    });
    this.#leads(chunk, part.led);
  }

  #eachOp(
    { standing }: Chunk,
    first: number,
    act: (state: number, code: OpCode, at: number) => void,
  ): void {
    let at = 0;
    for (const [index, stands] of standing.entries()) {
      for (const code of nextOps(this.#options.alphabet, stands)) act(first + index, code, at++);
    }
  }

  #leads({ standing }: Chunk, led: readonly number[]): void {
    let at = 0;
    for (const stands of standing) {
      const degree = this.#degree(stands);
      this.#graph.leads(led.slice(at, at + degree));
      at += degree;
    }
  }

  #report(): Exploration {
    const verified = this.#levels.length;
    const traces = this.#graph.traces(verified, this.#degree);
    return {
      verified,
      ended: this.#ended,
      finding: this.#finding,
      levels: this.#levels.map((level, at) => ({ ...level, traces: traces[at] as number })),
      states: this.#graph.size,
      runs: this.#runs,
      calls: this.#calls,
      resumed: this.#resumed,
      doubtful: this.#doubtful,
    };
  }
}
