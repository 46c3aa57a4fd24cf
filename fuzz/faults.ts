// Fault sweeps: a trace is run without failures and its growths of the break and mmaps are counted; then,
// for each of them, it is run again with just that one refused, and goes on. Everything is still owed:
// each step is judged and followed by the specification, as in `simulated`.

import type { Run } from '../src/check/hunt.ts';
import type { Contract } from '../src/contract/contract.ts';
import { deriveSeed } from '../src/generate/seed.ts';
import { traces } from '../src/generate/traces.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import { formatOp } from '../src/trace/notation.ts';
import { failMmap, failSbrk, type Op } from '../src/trace/op.ts';
import type { Trace } from '../src/trace/trace.ts';
import { corpusTraces } from './corpora.ts';
import { type Fuzzer, isSpent, runs } from './fuzzer.ts';
import { figure } from './table.ts';
import { describeProblems, Vigil } from './vigil.ts';

/** Of one kind and trace. Those of a longer trace are taken evenly from all of it. */
const MOST_POINTS = 64;
/** Ops; recorded programs and their like are swept at fewer points elsewhere. */
const LONGEST = 2000;

export const faults: Fuzzer = {
  name: 'faults',
  about: 'each sbrk and mmap of a trace refused in turn, then on with it: nothing may be lost',
  amount: runs(2000),
  smoke: runs(60),
  async run({ seed, amount, say }) {
    const sweep = new FaultSweep();
    for (const run of [...corpusTraces('seeds'), ...corpusTraces('regressions')]) sweep.over(run);
    const given = sweep.swept;
    const options = { failures: false };
    for (const run of traces(deriveSeed(seed, 'faults', 0), sweep.contract, 0, options)) {
      if (isSpent(amount, sweep.swept - given, sweep.vigil.ops)) break;
      sweep.over(run);
    }
    const { vigil } = sweep;
    for (const line of describeProblems(vigil.problems, createSimulatedTarget())) say(line);
    return {
      passed: vigil.problemCount === 0,
      summary:
        `${figure(sweep.swept)} traces, ${figure(sweep.points)} syscalls refused in turn, ` +
        `${figure(vigil.ops)} ops: ${figure(vigil.problemCount)} problems`,
      figures: {
        traces: sweep.swept,
        points: sweep.points,
        ops: vigil.ops,
        problems: vigil.problemCount,
      },
    };
  },
};

export class FaultSweep {
  readonly vigil: Vigil;
  /** Traces that were swept, and syscalls that were refused. */
  swept = 0;
  points = 0;
  readonly #target = createSimulatedTarget();

  constructor() {
    this.vigil = new Vigil(this.#target);
  }

  get contract(): Contract {
    return this.#target.contract;
  }

  /** Runs the trace once as it is, then once for each point at which a syscall can be refused. */
  over({ seed, trace }: Run): void {
    const calm = trace.filter((op) => op.kind !== 'fail-sbrk' && op.kind !== 'fail-mmap');
    if (calm.length === 0 || calm.length > LONGEST) return;
    this.swept += 1;
    if (this.vigil.watch(seed, calm) !== undefined) return;
    const { growths, mmaps } = this.vigil;
    for (const nth of pointsOf(growths)) this.#refuse(seed, calm, failSbrk(nth));
    for (const nth of pointsOf(mmaps)) this.#refuse(seed, calm, failMmap(nth));
  }

  #refuse(seed: string, calm: Trace, refusal: Op): void {
    const before = this.vigil.refused;
    const trace = [refusal, ...calm];
    this.points += 1;
    const problem = this.vigil.watch(seed, trace);
    if (problem !== undefined || this.vigil.refused > before) return;
    const says = `${formatOp(refusal)} was armed, and no syscall was refused`;
    this.vigil.keep({ seed, trace, kind: 'sweep/not-refused', says });
  }
}

/** 1 … count, or MOST_POINTS of them. */
function pointsOf(count: number): number[] {
  const points = Math.min(count, MOST_POINTS);
  return Array.from({ length: points }, (_, i) => 1 + Math.floor((i * count) / points));
}
