// One `execute`: traces out in batches, some of them under way, steps in as they come, told to the
// visitor in order. It outlives a driver that dies, and goes on with the next trace on another.

import type { Address } from '../memory/address.ts';
import type { Trace } from '../trace/trace.ts';
import { encodeBatch, wordsOf } from './driver-batch.ts';
import type { DriverEvents, DriverProcess } from './driver-process.ts';
import { outcomeOf, RECORD, StepReader, type Words } from './driver-report.ts';
import type { HeapLayout } from './driver-walk.ts';
import type { Outcome, Step } from './execution.ts';
import type { Density, Visitor, Watched } from './target.ts';

/** A batch ends when it has this many 8-byte words of ops: some milliseconds of work, so that the driver
 * runs the next one while we read what came of the last, and what it costs to hand one over is lost in it. */
const BATCH_WORDS = 1 << 12;
const AHEAD = 3;

export class DriverRun implements DriverEvents {
  private readonly traces: readonly Trace[];
  private readonly density: Density;
  private readonly watched: Watched | undefined;
  /** Whether the visitor is told which code a trace ran. */
  private readonly covering: boolean;
  private readonly visitor: Visitor;
  private readonly heapStart: Address;
  private readonly reader: StepReader;
  /** The trace that the next record belongs to. */
  private current = 0;
  private begun = false;
  /** The visitor wants no more of this trace. */
  private stopped = false;
  private sent = 0;
  /** Where each batch under way ends. */
  private batches: number[] = [];
  /** Traces before this one go out alone, every step reported at once: a driver died among them. */
  private carefulUntil = 0;
  private driver: DriverProcess | undefined;
  private settle: ((error?: unknown) => void) | undefined;

  constructor(
    traces: readonly Trace[],
    density: Density,
    visitor: Visitor,
    heap: HeapLayout,
    watched?: Watched,
    isInstrumented = false,
  ) {
    this.traces = traces;
    this.watched = watched;
    this.covering = isInstrumented && density === 'hunting' && visitor.edges !== undefined;
    this.density = density;
    this.visitor = visitor;
    this.heapStart = heap.heapStart;
    this.reader = new StepReader(heap);
  }

  get isDone(): boolean {
    return this.current === this.traces.length;
  }

  /** Resolves when all is done, the driver is gone, or one of the signals came. Rejects with what the
   * visitor threw. */
  async drive(driver: DriverProcess, signals: readonly (AbortSignal | undefined)[]): Promise<void> {
    this.driver = driver;
    this.sent = this.current;
    this.batches = [];
    const abort = (): void => this.abort();
    for (const signal of signals) signal?.addEventListener('abort', abort, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        this.settle = (error) => (error === undefined ? resolve() : reject(error));
        driver.attach(this);
        this.send();
      });
    } finally {
      for (const signal of signals) signal?.removeEventListener('abort', abort);
      this.settle = undefined;
    }
  }

  /** Ends what is under way: no more steps are told, `drive` resolves. */
  abort(): void {
    if (this.begun) this.visitor.end();
    this.begun = false;
    const { settle } = this;
    this.settle = undefined; // what has come already is not told either
    settle?.();
  }

  record(words: Words, at: number, kind: number): boolean {
    if (this.settle === undefined) return false;
    try {
      if (kind === RECORD.end) this.endTrace();
      else if (kind !== RECORD.hello && kind !== RECORD.notice) {
        this.beginTrace();
        if (kind === RECORD.writer) this.reader.keepWriter(words, at);
        else if (kind === RECORD.edges) this.tellEdges(words, at);
        else if (!this.stopped) this.tell(this.read(words, at, kind));
        else if (kind === RECORD.death) this.tellWaste(outcomeOf(words, at));
      }
    } catch (error) {
      this.settle(error);
      return false;
    }
    return true;
  }

  gone(how: string, wasSilent: boolean): void {
    if (this.settle === undefined) return;
    try {
      this.blame(how, wasSilent);
    } catch (error) {
      this.settle?.(error);
      return;
    }
    this.settle?.(); // the visitor may have done so
  }

  /** A driver that is killed takes along what it had not written yet. So unless the trace to blame is
   * known, the batch is run again, carefully. */
  private blame(how: string, wasSilent: boolean): void {
    if (!this.begun && this.current >= this.carefulUntil) {
      this.carefulUntil = this.batches[0] ?? 0;
      return;
    }
    this.beginTrace();
    const outcome = wasSilent ? 'hung' : 'cut-off';
    if (!this.stopped) this.tell(this.reader.lost(outcome, `the driver is gone: ${how}`));
    if (this.settle !== undefined) this.finishTrace();
  }

  private send(): void {
    while (this.batches.length < AHEAD && this.sent < this.traces.length) this.sendBatch();
    if (this.isDone) this.settle?.();
  }

  private sendBatch(): void {
    const { traces, density, watched, covering } = this;
    const from = this.sent;
    const careful = from < this.carefulUntil;
    const end = careful ? from + 1 : traces.length;
    let words = 0;
    while (this.sent < end && words < BATCH_WORDS) words += wordsOf(traces[this.sent++]!);
    this.driver!.write(
      encodeBatch(traces, from, this.sent, { density, careful, watched, covering }),
    );
    this.batches.push(this.sent);
  }

  private read(words: Words, at: number, kind: number): Step {
    return kind === RECORD.step
      ? this.reader.readStep(words, at)
      : this.reader.readDeath(words, at);
  }

  private tellEdges({ ints }: Words, at: number): void {
    if (!this.stopped) this.visitor.edges?.(ints, at * 2 + 2, ints[at * 2 + 1]!);
  }

  /** The driver goes on where the visitor wants no more, and what hangs there costs no less. */
  private tellWaste(outcome: Outcome): void {
    if (outcome === 'hung') this.visitor.wasted?.();
  }

  private tell(step: Step): void {
    if (!this.visitor.step(step)) this.stopped = true;
  }

  private beginTrace(): void {
    if (this.begun) return;
    const trace = this.traces[this.current]!;
    this.begun = true;
    this.stopped = false;
    this.reader.begin(trace);
    this.visitor.begin(trace, { heapStart: this.heapStart });
  }

  private endTrace(): void {
    this.finishTrace();
    if (this.current === this.batches[0]) this.batches.shift();
    this.send();
  }

  private finishTrace(): void {
    this.beginTrace();
    this.begun = false;
    this.current += 1;
    this.visitor.end();
  }
}
