// The traces of a campaign: one after the other, each with a seed of its own that reproduces it alone.

import type { Contract } from '../contract/contract.ts';
import type { Trace } from '../trace/trace.ts';
import { type ProfileLimits, randomProfile } from './profile.ts';
import { randomTrace } from './random-trace.ts';
import { deriveSeed, randomFrom } from './seed.ts';

export interface SeededTrace {
  /** Gives this trace again: traceFromSeed(seed, contract, limits). */
  readonly seed: string;
  /** Its place in the campaign, from 0. */
  readonly index: number;
  readonly trace: Trace;
}

/** Endless; take as many as the budget allows. Starts at the `from`-th. */
export function* traces(
  rootSeed: string,
  contract: Contract,
  from = 0,
  limits: ProfileLimits = {},
): Generator<SeededTrace, never> {
  for (let index = from; ; index++) {
    const seed = deriveSeed(rootSeed, 'trace', index);
    yield { seed, index, trace: traceFromSeed(seed, contract, limits) };
  }
}

export function traceFromSeed(seed: string, contract: Contract, limits: ProfileLimits = {}): Trace {
  const random = randomFrom(seed);
  return randomTrace(random, randomProfile(random, contract, limits), contract);
}
