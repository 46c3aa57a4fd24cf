// How long it takes to make findings small: a hunt as a check's, in which each run that shows something new is
// confirmed and shrunk with a clock beside it.

import { Hunter } from '../../src/check/hunt.ts';
import { Ledger } from '../../src/check/ledger.ts';
import { traces } from '../../src/generate/traces.ts';
import type { Target } from '../../src/target/target.ts';
import type { Trace } from '../../src/trace/trace.ts';

export interface Shrunk {
  readonly trace: Trace;
  /** Ops before. */
  readonly originalOps: number;
  /** Candidates tried. */
  readonly tries: number;
  /** From the suspicion to the minimal trace; of what one run showed, each finding's share. */
  readonly milliseconds: number;
}

/** Traces in a batch, as a check begins. */
const BATCH = 16;

export async function shrinkTimes(target: Target, seed: string, runs: number): Promise<Shrunk[]> {
  const hunter = new Hunter(target);
  const ledger = new Ledger(hunter, {});
  const source = traces(seed, target.contract);
  const shrunk: Shrunk[] = [];
  const known = new Set<Trace>();
  for (let ran = 0; ran < runs; ran += BATCH) {
    const batch = Array.from({ length: BATCH }, () => source.next().value);
    for (const suspect of await hunter.hunt(batch)) {
      const started = performance.now();
      await ledger.consider(suspect);
      const took = performance.now() - started;
      const fresh = ledger.findings().filter(({ trace }) => !known.has(trace));
      for (const { trace, originalOps, tries } of fresh) {
        known.add(trace);
        shrunk.push({ trace, originalOps, tries, milliseconds: took / fresh.length });
      }
    }
  }
  return shrunk;
}
