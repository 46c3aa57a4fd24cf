// Makes a failing trace as small as it gets. There is one shrinker: the trace is handed to fast-check as an
// example of a property over TraceArbitrary, whose shrink passes are those of trace/smaller. What is added
// here are the bounds: tries are counted, cached by the trace's text, limited, and can be broken off.
//
// Slippage (shrinking into another bug) is for the predicate to refuse: `stillFails` answers true only for
// the same invariant at the same kind of op, else the smallest trace may be one of another defect.

import fc from 'fast-check';
import { osmem } from '../contract/osmem.ts';
import { TraceArbitrary } from '../generate/trace-arbitrary.ts';
import { formatTrace } from '../trace/notation.ts';
import type { Trace } from '../trace/trace.ts';

export interface MinimizeOptions {
  /** How often the predicate may be asked; candidates after that count as passing. Default 2000. */
  readonly maxTries?: number;
  /** Called for each smaller trace that still fails. */
  readonly onProgress?: (trace: Trace, tries: number) => void;
  /** Breaks off: the smallest trace found so far is the result. */
  readonly signal?: AbortSignal;
}

export interface Minimized {
  /** The smallest trace found that still fails; the one given, if that does not fail at all. */
  readonly trace: Trace;
  /** How often the predicate was asked. */
  readonly tries: number;
}

/** Rejects with whatever `stillFails` rejects with. */
export async function minimize(
  trace: Trace,
  stillFails: (trace: Trace) => Promise<boolean>,
  options: MinimizeOptions = {},
): Promise<Minimized> {
  const tries = new Tries(trace, options);
  const property = fc.asyncProperty(tries.arbitrary, async (candidate) => {
    const known = tries.known(candidate);
    if (known !== undefined) return !known;
    try {
      return !tries.learn(candidate, await stillFails(candidate));
    } catch (error) {
      return tries.giveUp(error);
    }
  });
  await fc.check(property, runOnce(trace));
  return tries.result();
}

/** The same for a predicate that answers at once. Throws whatever it throws. */
export function minimizeNow(
  trace: Trace,
  stillFails: (trace: Trace) => boolean,
  options: MinimizeOptions = {},
): Minimized {
  const tries = new Tries(trace, options);
  const property = fc.property(tries.arbitrary, (candidate) => {
    const known = tries.known(candidate);
    if (known !== undefined) return !known;
    try {
      return !tries.learn(candidate, stillFails(candidate));
    } catch (error) {
      return tries.giveUp(error);
    }
  });
  fc.check(property, runOnce(trace));
  return tries.result();
}

function runOnce(trace: Trace): fc.Parameters<[Trace]> {
  return { numRuns: 1, examples: [[trace]], endOnFailure: false, verbose: fc.VerbosityLevel.None };
}

const DEFAULT_TRIES = 2000;

/** What is known of the candidates so far. */
class Tries {
  /** Offers candidates until there is a reason to stop. */
  readonly arbitrary: TraceArbitrary;
  readonly #answers = new Map<string, boolean>();
  readonly #options: MinimizeOptions;
  readonly #maxTries: number;
  #count = 0;
  #smallest: Trace;
  #text = '';
  #error: { readonly cause: unknown } | undefined;

  constructor(trace: Trace, options: MinimizeOptions) {
    this.#smallest = trace;
    this.#options = options;
    this.#maxTries = options.maxTries ?? DEFAULT_TRIES;
    this.arbitrary = new TraceArbitrary(osmem, { stopShrinking: () => this.#over() });
  }

  /** The answer, if it is known without asking; the text is kept for `learn`. */
  known(candidate: Trace): boolean | undefined {
    if (this.#over()) return false;
    this.#text = formatTrace(candidate);
    return this.#answers.get(this.#text);
  }

  learn(candidate: Trace, fails: boolean): boolean {
    this.#count++;
    this.#answers.set(this.#text, fails);
    if (fails) {
      this.#smallest = candidate;
      this.#options.onProgress?.(candidate, this.#count);
    }
    return fails;
  }

  /** The predicate broke: no verdict on the candidate, and no more questions. */
  giveUp(error: unknown): boolean {
    this.#error = { cause: error };
    return true;
  }

  result(): Minimized {
    if (this.#error) throw this.#error.cause;
    return { trace: this.#smallest, tries: this.#count };
  }

  #over(): boolean {
    const { signal } = this.#options;
    return this.#error !== undefined || this.#count >= this.#maxTries || signal?.aborted === true;
  }
}
