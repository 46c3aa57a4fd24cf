// The visitor of the benches: every step is judged, calls are counted, and the first violation ends the
// bench, because figures of a broken allocator say nothing.

import type { Judge } from '../../src/oracle/judge.ts';
import type { Visitor } from '../../src/target/target.ts';
import type { Trace } from '../../src/trace/trace.ts';

export class Judging implements Visitor {
  calls = 0;
  readonly #judge: Judge;

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  begin(_trace: Trace, beginning: Parameters<Visitor['begin']>[1]): void {
    this.#judge.begin(beginning);
  }

  step(step: Parameters<Visitor['step']>[0]): boolean {
    if (step.outcome !== 'skipped') this.calls += 1;
    const [violation] = this.#judge.step(step);
    if (violation !== undefined) throw new Error(violation.says);
    return true;
  }

  end(): void {}
}
