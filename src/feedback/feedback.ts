// Feedback: runs that showed what few have shown are kept, and some of the runs to come are made of them. It looks on
// while traces run, and mixes what it makes into the stream of new ones.
//
// Two kinds of things are looked for, each switched by itself: features of the heap's shape, and edges of the
// target's code. Deterministic: what is made follows from the seed and the batches that are over.

import type { Contract } from '../contract/contract.ts';
import type { Random } from '../generate/random.ts';
import { deriveSeed, randomFrom } from '../generate/seed.ts';
import type { Beginning, Step } from '../target/execution.ts';
import type { Trace } from '../trace/trace.ts';
import { FeatureReader } from './features.ts';
import { mutated } from './mutate.ts';
import { Rarities } from './rarities.ts';

/** One run in so many is made of others, once there are any. */
const SHARE = 2;
/** As driver/coverage.c has them. */
const EDGES = 4096;

export interface FeedbackOptions {
  /** By what happens to the heap. */
  readonly shapes: boolean;
  /** By the code that runs, where the target tells. */
  readonly edges: boolean;
}

interface Run {
  readonly seed: string;
  readonly trace: Trace;
}

export class Feedback {
  /** Whether any run was made of others. */
  hasMade = false;
  private readonly contract: Contract;
  private readonly reader: FeatureReader | undefined;
  private readonly rarities: Rarities;
  /** Of the target's code, in the trace in hand. */
  private readonly taken = new Uint16Array(EDGES);
  private takenCount = 0;
  private readonly countsEdges: boolean;
  private trace: Trace = [];

  constructor(contract: Contract, { shapes, edges }: FeedbackOptions) {
    this.contract = contract;
    this.reader = shapes ? new FeatureReader(contract) : undefined;
    this.countsEdges = edges;
    this.rarities = new Rarities(EDGES + (this.reader?.space.features.length ?? 0));
  }

  begin(trace: Trace, beginning: Beginning): void {
    this.trace = trace;
    this.takenCount = 0;
    this.reader?.begin(beginning);
  }

  step(step: Step): void {
    this.reader?.step(step);
  }

  /** As a visitor's. */
  edges(words: Int32Array, from: number, count: number): void {
    if (!this.countsEdges) return;
    for (let i = 0; i < count; i++) this.taken[i] = (words[from + i] as number) & 0xffff;
    this.takenCount = count;
  }

  /** `isSound`: nothing was found in the run; what a defect has shown, others made of it would show again. */
  end(isSound: boolean): void {
    if (!isSound) return;
    const { rarities, taken, reader, trace } = this;
    for (let i = 0; i < this.takenCount; i++) rarities.add(taken[i] as number, trace);
    if (reader === undefined) return;
    for (let i = 0; i < reader.seenCount; i++) {
      rarities.add(EDGES + (reader.seen[i] as number), trace);
    }
  }

  /** A batch is over. */
  settle(): void {
    this.rarities.settle();
  }

  /** The runs of `source`, one in SHARE replaced by one made of it and of one that is kept. */
  *mix(source: Iterator<Run>, rootSeed: string): Generator<Run> {
    for (let index = 0; ; index++) {
      const next = source.next();
      if (next.done) return;
      const seed = deriveSeed(rootSeed, 'kept', index);
      const made = index % SHARE === 0 ? undefined : this.made(next.value, randomFrom(seed));
      if (made !== undefined) this.hasMade = true;
      yield made === undefined ? next.value : { seed, trace: made };
    }
  }

  private made(fresh: Run, random: Random): Trace | undefined {
    const kept = this.rarities.draw(random);
    return kept === undefined ? undefined : mutated(kept, fresh.trace, random, this.contract);
  }
}
