// The one shape of every fuzzer: told a seed and how much to do, it does it and says whether all went as
// it must. The registry (registry.ts) lists them; main.ts runs them.

export type Unit = 'runs' | 'ops';

/** How much to do; what a run is, each fuzzer says. Ops are calls that were made. */
export interface Amount {
  readonly unit: Unit;
  readonly count: number;
}

export interface FuzzContext {
  /** All randomness of the fuzzer derives from it. */
  readonly seed: string;
  readonly amount: Amount;
  /** A part of `smoke`: what is thorough and slow, and says nothing new, is left to the full run. */
  readonly brief: boolean;
  /** A line for people, as the fuzzer goes along. */
  readonly say: (line: string) => void;
}

export interface FuzzReport {
  readonly passed: boolean;
  /** One line: what was done, or why it failed. */
  readonly summary: string;
  /** For machines; plain JSON. */
  readonly figures: Readonly<Record<string, unknown>>;
}

export interface Fuzzer {
  readonly name: string;
  /** One line. */
  readonly about: string;
  /** What is done unless told otherwise. */
  readonly amount: Amount;
  /** What `smoke` does of it: seconds at most. Absent: it is no part of smoke. */
  readonly smoke?: Amount;
  /** Rejects with an OperatingError where the machine, or the input, is at fault. */
  run(context: FuzzContext): Promise<FuzzReport>;
}

export const runs = (count: number): Amount => ({ unit: 'runs', count });
export const ops = (count: number): Amount => ({ unit: 'ops', count });

/** Whether so many runs, with so many ops in all, are enough. */
export function isSpent(amount: Amount, runsDone: number, opsDone: number): boolean {
  return (amount.unit === 'runs' ? runsDone : opsDone) >= amount.count;
}

/** The share of an amount, in 0..1, at least 1. */
export function shareOf(amount: Amount, share: number): Amount {
  return { unit: amount.unit, count: Math.max(1, Math.round(amount.count * share)) };
}
