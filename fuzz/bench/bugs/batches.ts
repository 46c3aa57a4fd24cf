// Traces for a judge in batches, from tools that know nothing of what came of the last: plain random testing, and
// fast-check's commands. Of commands it is the ops that count: which of them run is decided by a model that believes
// every request to be met (the driver skips what is out of place), and a batch is run by the driver in one go. That
// is many times faster than a call at a time, with an await between.

import fc from 'fast-check';
import type { Contract } from '../../../src/contract/contract.ts';
import { deriveSeed, randomFrom } from '../../../src/generate/seed.ts';
import type { Op } from '../../../src/trace/op.ts';
import { requested, type Trace } from '../../../src/trace/trace.ts';
import { commandArbitraries, type Model, type Performer } from '../commands.ts';
import { uniformTrace } from './uniform.ts';

export interface Batches {
  /** The n-th batch. */
  take(n: number): Trace[];
  /** Shrinks the trace at `index` of the n-th batch in the tool's own way; undefined where it has none. */
  shrink?(n: number, index: number, fails: Fails, limitMs: number): Promise<Trace | undefined>;
}

export type Fails = (trace: Trace) => Promise<boolean>;

const BATCH = 64;
const SLOTS = 16;
/** Slots and commands of a run at its best: few or many, as our own traces have them. */
const AT_BEST = [
  [4, 50],
  [16, 400],
  [400, 1200],
] as const;

export function uniformBatches(seed: string, contract: Contract): Batches {
  const random = randomFrom(seed);
  return { take: () => Array.from({ length: BATCH }, () => uniformTrace(random, contract)) };
}

/** 'default': what fc.commands makes unless told otherwise. 'best': `size: 'max'`, and runs of three kinds. */
export function commandBatches(seed: string, contract: Contract, how: 'default' | 'best'): Batches {
  const longest = AT_BEST.map(([slots, maxCommands]) =>
    fc.commands(commandArbitraries(slots), { size: 'max', maxCommands }),
  );
  const commands = how === 'best' ? fc.oneof(...longest) : fc.commands(commandArbitraries(SLOTS));
  const arbitrary = commands.map((run) => opsOf(run, contract));
  const seedOf = (n: number): number => randomFrom(deriveSeed(seed, 'commands', n)).below(2 ** 31);
  return {
    take: (n) => fc.sample(arbitrary, { seed: seedOf(n), numRuns: BATCH }),
    async shrink(n, index, fails, limitMs) {
      const property = fc.asyncProperty(arbitrary, async (trace) => !(await fails(trace)));
      const options = { seed: seedOf(n), path: String(index), numRuns: index + 1 };
      const result = await fc.check(property, { ...options, interruptAfterTimeLimit: limitMs });
      return result.counterexample?.[0];
    },
  };
}

function opsOf(commands: Iterable<fc.Command<Model, Performer>>, contract: Contract): Op[] {
  const recorder = new Recorder(contract);
  fc.modelRun(() => ({ model: { live: [], justFreed: -1 }, real: recorder }), commands);
  return recorder.trace;
}

const SERVED = 2 ** 32;

class Recorder implements Performer {
  readonly trace: Op[] = [];
  readonly #contract: Contract;

  constructor(contract: Contract) {
    this.#contract = contract;
  }

  /** As if every sensible request were met. What the contract does not have is left out. */
  perform(op: Op): number {
    const { symbols } = this.#contract;
    if (op.kind === 'calloc' && symbols.calloc === undefined) return 0;
    this.trace.push(op);
    const bytes = requested(op);
    return bytes !== undefined && bytes > 0 && bytes < SERVED ? 1 : 0;
  }
}
