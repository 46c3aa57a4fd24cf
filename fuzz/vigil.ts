// The eyes of the fuzzers that work on our own allocator: every step is judged by the oracle, and followed by
// the placement specification, which predicts each result, syscall and block exactly. Nothing of it may
// differ; what does is a problem, kept with the seed and the trace that show it.

import { causeOf } from '../src/check/finding.ts';
import type { Contract } from '../src/contract/contract.ts';
import { Follower } from '../src/oracle/follow.ts';
import { Judge } from '../src/oracle/judge.ts';
import { minimizeNow } from '../src/shrink/minimize.ts';
import type { Beginning, Step } from '../src/target/execution.ts';
import type { SimulatedTarget } from '../src/target/simulated.ts';
import type { Density, Visitor } from '../src/target/target.ts';
import type { Trace } from '../src/trace/trace.ts';
import { traceLine } from './table.ts';

export interface Problem {
  readonly seed: string;
  readonly trace: Trace;
  /** The same for all traces that show the same. */
  readonly kind: string;
  readonly says: string;
}

/** More problems than these are counted, not kept: one is enough to fail. */
const KEPT = 5;

export class Vigil implements Visitor {
  runs = 0;
  /** Calls made, judged and followed. */
  ops = 0;
  /** Syscalls that failed. */
  refused = 0;
  problemCount = 0;
  readonly problems: Problem[] = [];

  readonly #target: SimulatedTarget;
  readonly #contract: Contract;
  readonly #judge: Judge;
  #follower: Follower | undefined;
  #seed = '';
  #trace: Trace = [];
  #problem: Problem | undefined;

  constructor(target: SimulatedTarget) {
    this.#target = target;
    this.#contract = target.contract;
    this.#judge = new Judge(target.contract);
  }

  /** Runs the trace; what is wrong with it, or undefined. A `visitor` sees the steps first, and passes them on. */
  watch(
    seed: string,
    trace: Trace,
    density: Density = 'hunting',
    visitor: Visitor = this,
  ): Problem | undefined {
    this.#seed = seed;
    this.#problem = undefined;
    this.#target.run(trace, density, visitor);
    if (this.#problem !== undefined) this.keep(this.#problem);
    return this.#problem;
  }

  keep(problem: Problem): void {
    this.problemCount += 1;
    if (this.problems.length < KEPT) this.problems.push(problem);
  }

  begin(trace: Trace, beginning: Beginning): void {
    const { placement } = this.#contract;
    this.#trace = trace;
    this.#judge.begin(beginning);
    this.#follower = placement && new Follower(placement, beginning.heapStart);
  }

  step(step: Step): boolean {
    if (step.outcome !== 'skipped') this.#count(step);
    const [violation] = this.#judge.step(step);
    if (violation !== undefined) this.#note(causeOf(violation), violation.says);
    const difference = this.#follower?.follow(step);
    if (difference !== undefined) this.#note(kindOfDifference(difference), difference);
    return this.#problem === undefined;
  }

  end(): void {
    this.runs += 1;
  }

  #count(step: Step): void {
    this.ops += 1;
    for (const call of step.syscalls) if (call.error !== 0) this.refused += 1;
  }

  #note(kind: string, says: string): void {
    this.#problem ??= { seed: this.#seed, trace: this.#trace, kind, says };
  }
}

/** The problems as lines for people, each with its trace made as small as it gets. */
export function describeProblems(problems: readonly Problem[], target: SimulatedTarget): string[] {
  const lines: string[] = [];
  for (const problem of problems) {
    const stillFails = (candidate: Trace): boolean =>
      new Vigil(target).watch(problem.seed, candidate)?.kind === problem.kind;
    const { trace } = minimizeNow(problem.trace, stillFails, { maxTries: SHRINK_TRIES });
    lines.push(`${problem.kind}: ${problem.says}`, `  seed ${problem.seed}`);
    lines.push(`  ${traceLine(trace)}`);
  }
  return lines;
}

const SHRINK_TRIES = 2000;

/** `op 17: blocks should be …` is of the kind `specification/blocks`. */
function kindOfDifference(difference: string): string {
  return `specification/${/^op \d+:? (\w+)/.exec(difference)?.[1] ?? 'other'}`;
}
