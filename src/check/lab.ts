// Where a diagnosis is put to the test: the trace of a finding once more with everything kept, variations of
// it, and the words of memory that its decisive call left.

import type { Address } from '../memory/address.ts';
import type { Judge } from '../oracle/judge.ts';
import type { Violation } from '../oracle/violation.ts';
import { keepStep, type Step } from '../target/execution.ts';
import type { SourceLine, Target, Watched } from '../target/target.ts';
import { formatTrace } from '../trace/notation.ts';
import type { Trace } from '../trace/trace.ts';
import type { Executed } from './scene.ts';
import { refined } from './unmerged.ts';

export interface Experiment extends Executed {
  readonly violations: readonly Violation[];
}

/** A word of memory just after the decisive call, and the addresses in the program where that wrote it. */
export interface Word {
  readonly value: bigint;
  readonly frames: readonly number[];
}

/** There is no more time: what has not been tried by now establishes nothing. */
export class LabClosed extends Error {}

export class Lab {
  readonly #target: Target;
  readonly #judge: Judge;
  readonly #signal: AbortSignal | undefined;
  /** A call made one instruction at a time is not made twice. */
  readonly #words = new Map<string, Word | undefined>();

  constructor(target: Target, judge: Judge, signal?: AbortSignal) {
    this.#target = target;
    this.#judge = judge;
    this.#signal = signal;
  }

  /** Runs a trace and judges it; the run goes on to its end, or to damage. Rejects with a LabClosed once the signal
   * came, else as `Target.execute` does. */
  async run(trace: Trace, watched?: Watched): Promise<Experiment> {
    const steps: Step[] = [];
    const violations: Violation[] = [];
    const judge = this.#judge;
    let heapStart: Address = 0;
    const visitor = {
      begin(_: Trace, beginning: { readonly heapStart: Address }): void {
        heapStart = beginning.heapStart;
        judge.begin(beginning);
      },
      step(step: Step): boolean {
        steps.push(keepStep(step));
        for (const each of judge.step(step)) violations.push(refined(each, step, judge.before));
        return !judge.over;
      },
      end(): void {},
    };
    if (this.#signal?.aborted) throw new LabClosed();
    await this.#target.execute([trace], 'everything', visitor, watched, this.#signal);
    if (this.#signal?.aborted) throw new LabClosed();
    return { heapStart, steps, violations };
  }

  /** The word at `address` after op `op`; undefined where that cannot be told. */
  async wordAt(trace: Trace, op: number, address: Address): Promise<Word | undefined> {
    const key = `${formatTrace(trace)}${op} ${address}`;
    if (!this.#words.has(key)) this.#words.set(key, await this.#read(trace, op, address));
    return this.#words.get(key);
  }

  /** The lines of the source that wrote a word, the innermost first; empty where they are not known. */
  async linesOf({ frames }: Word): Promise<readonly SourceLine[]> {
    return (await this.#target.locate?.(frames)) ?? [];
  }

  async #read(trace: Trace, op: number, address: Address): Promise<Word | undefined> {
    const { steps } = await this.run(trace, { op, address });
    const step = steps.find((each) => each.index === op);
    if (step?.word === undefined) return undefined;
    return { value: step.word, frames: step.frames ?? [] };
  }
}
