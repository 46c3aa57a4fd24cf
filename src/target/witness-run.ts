// One trace, executed under the eyes of the parent: after each op the runner is stopped, and the parent itself
// fills and reads the payloads, through the kernel, with a pattern that it tells nobody. Or, to compare, the same
// trace and pattern, but filled and checked by the driver, as always.
//
// What was seen comes out as one line of text a step: an honest driver gives the same both ways.

import type { Contract } from '../contract/contract.ts';
import { requested, type Trace } from '../trace/trace.ts';
import { encodeBatch } from './driver-batch.ts';
import type { DriverEvents, DriverProcess } from './driver-process.ts';
import { RECORD, StepReader, type Words } from './driver-report.ts';
import type { HeapLayout } from './driver-walk.ts';
import type { Step } from './execution.ts';
import { IMPOSSIBLE } from './target.ts';
import { brokenText, Eyes } from './witness-eyes.ts';

export interface Seen {
  /** One line a step. */
  readonly steps: readonly string[];
  /** What the kernel shows to be other than was reported; empty if nothing is. */
  readonly lie: string;
  /** The op after which nothing can be said: its time was up, the process is gone. -1 if none. */
  readonly unsureFrom: number;
  /** A payload that lies over what it must not; empty if none does. Then nothing later can be compared. */
  readonly damage: string;
}

export class WitnessRun implements DriverEvents {
  private readonly trace: Trace;
  private readonly salt: number;
  private readonly reader: StepReader;
  private readonly heap: HeapLayout;
  /** Undefined where the driver keeps the payloads. */
  private readonly eyes: Eyes | undefined;
  private readonly steps: string[] = [];
  private unsureFrom = -1;
  private settle: (() => void) | undefined;
  private fail: ((error: unknown) => void) | undefined;
  private driver: DriverProcess | undefined;
  private last: Step | undefined;
  /** Times that the runner was stopped. */
  private looks = 0;

  constructor(
    trace: Trace,
    salt: number,
    heap: HeapLayout,
    contract: Contract,
    isWitnessed: boolean,
  ) {
    this.trace = trace;
    this.salt = salt;
    this.heap = heap;
    this.reader = new StepReader(heap);
    this.eyes = isWitnessed ? new Eyes(trace, salt, contract) : undefined;
  }

  async drive(driver: DriverProcess): Promise<Seen> {
    this.driver = driver;
    this.reader.begin(this.trace);
    const { salt } = this;
    const witnessed = this.eyes !== undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.settle = resolve;
        this.fail = reject;
        driver.attach(this);
        const manner = { density: 'hunting', careful: witnessed, witnessed, salt } as const;
        driver.write(encodeBatch([this.trace], 0, 1, manner));
      });
    } finally {
      this.settle = undefined;
      this.eyes?.close();
      driver.attach(undefined);
    }
    const { lie = '', damage = '' } = this.eyes ?? {};
    return { steps: this.steps, lie, damage, unsureFrom: this.unsureFrom };
  }

  record(words: Words, at: number, kind: number): boolean {
    if (this.settle === undefined) return false;
    try {
      this.take(words, at, kind);
    } catch (error) {
      this.fail?.(error);
      return false;
    }
    return true;
  }

  gone(): void {
    this.unsureFrom = this.steps.length;
    this.settle?.();
  }

  private take(words: Words, at: number, kind: number): void {
    if (kind === RECORD.step) this.tell(this.reader.readStep(words, at));
    else if (kind === RECORD.death) {
      const step = this.reader.readDeath(words, at);
      if (step.outcome === 'hung' || step.outcome === 'cut-off') this.unsureFrom = step.index;
      this.tell(step);
    } else if (kind === RECORD.stopped) this.look(words.ints[at * 2 + 1]!);
    else if (kind === RECORD.end) {
      if (this.eyes !== undefined) this.end(this.eyes);
      this.settle?.();
    }
  }

  private tell(step: Step): void {
    this.last = step;
    this.eyes?.before(step);
    this.steps.push(lineOf(step));
  }

  /** A trace ends early where a call did not return, or where nobody can use what it returned; else each op
   * has been told, and was followed by a stop. */
  private end(eyes: Eyes): void {
    const { last } = this;
    const died = last !== undefined && last.outcome !== 'returned' && last.outcome !== 'skipped';
    const isEarly = this.looks < this.trace.length;
    if (!died && isEarly && (last === undefined || looksUsable(last, this.trace))) {
      eyes.lie ||= `the trace was said to be over after op ${this.looks} of ${this.trace.length}`;
    }
    eyes.end(this.steps);
  }

  /** The runner is stopped, and the step just told is what it has done last. */
  private look(inner: number): void {
    const driver = this.driver as DriverProcess;
    const { step } = this.reader;
    this.looks += 1;
    if (this.eyes !== undefined && driver.pid !== undefined) {
      this.see(this.eyes, driver.pid, inner, step);
      this.steps[this.steps.length - 1] = lineOf(step);
      if (this.eyes.damage !== '' && this.unsureFrom < 0) this.unsureFrom = this.steps.length - 1;
    }
    driver.write(new Uint8Array(8));
  }

  /** What cannot be looked into, as it is gone or does not let us, is not seen to the end. */
  private see(eyes: Eyes, root: number, inner: number, step: Step): void {
    try {
      eyes.open(root, inner);
      eyes.after(step, this.heap);
    } catch (error) {
      if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
      if (this.unsureFrom < 0) this.unsureFrom = Math.max(0, this.steps.length - 1);
      eyes.close();
    }
  }
}

/** Whether what was returned lies in the heap, or in what was mapped for it, and is no reason to end a trace. */
function looksUsable(step: Step, trace: Trace): boolean {
  const { op, result, heap, index, syscalls } = step;
  if (step.outcome !== 'returned' || result === 0 || op.kind === 'free') return true;
  const size = requested(trace[index] ?? op);
  if (size === undefined || size > IMPOSSIBLE || result % 8 !== 0) return false;
  const end = result + Number(size);
  if (result >= heap.start && end <= heap.end) return true;
  return syscalls.some(
    (call) =>
      call.name === 'mmap' && call.result <= result && end <= call.result + Number(call.length),
  );
}

/** What of a step is compared. */
export function lineOf(step: Step): string {
  const { index, outcome, result, given, errno, syscalls, broken, heap } = step;
  if (outcome === 'skipped') return [index, outcome, ...broken.map(brokenText)].join(' ');
  const blocks = heap.taken ? heap.address.slice(0, heap.count) : [];
  const list = blocks.map((at, i) => `${at}:${heap.payloadSize[i]}:${heap.status[i]}`);
  const calls = syscalls.map((call) => Object.values(call).join(','));
  const walk = outcome === 'returned' ? [heap.end, heap.flaw, ...list] : [];
  return [index, outcome, result, given, errno, ...calls, ...walk, ...broken.map(brokenText)].join(
    ' ',
  );
}
