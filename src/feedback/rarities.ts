// For everything that runs have shown, the shortest trace that shows it, and in how many runs it came. What came in the
// fewest leads on: its traces are the ones to be changed and tried again.
//
// How often it came in one run does not count: the runs with the most of everything are the longest, and cost as
// much as they find (measured: fewer runs to a finding, and more ops).
//
// What a run adds is taken in at once, but what is drawn from changes at the ends of batches alone: so it never
// depends on how far a target is just then.

import type { Random } from '../generate/random.ts';
import type { Trace } from '../trace/trace.ts';
import { powerOf } from './powers.ts';

/** So many of the rarest are drawn from, and those that are as rare, to a power of two. */
const FEW = 32;
const POWERS = 33;

export class Rarities {
  /** By what was shown: in how many runs, and the shortest of them. */
  private readonly runs: Uint32Array;
  private readonly shortest: (Trace | undefined)[];
  private readonly reached: number[] = [];
  private rarest: readonly Trace[] = [];

  /** Of so many things, by number. */
  constructor(things: number) {
    this.runs = new Uint32Array(things);
    this.shortest = Array(things).fill(undefined);
  }

  /** A run of the trace showed it. */
  add(thing: number, trace: Trace): void {
    const runs = this.runs[thing] as number;
    this.runs[thing] = runs + 1;
    if (runs === 0) this.reached.push(thing);
    else if (trace.length >= (this.shortest[thing] as Trace).length) return;
    this.shortest[thing] = trace;
  }

  /** A batch is over. */
  settle(): void {
    const { reached, runs, shortest } = this;
    const howMany = new Uint32Array(POWERS);
    for (const thing of reached) (howMany[powerOf(runs[thing] as number)] as number)++;
    let most = 0;
    for (let sum = 0; sum < FEW && most < POWERS - 1; most++) sum += howMany[most] as number;
    const rarest = reached.filter((thing) => powerOf(runs[thing] as number) < most);
    this.rarest = rarest.map((thing) => shortest[thing] as Trace);
  }

  /** One of the rarest; undefined before any batch is over. */
  draw(random: Random): Trace | undefined {
    const { length } = this.rarest;
    return length === 0 ? undefined : this.rarest[random.below(length)];
  }
}
