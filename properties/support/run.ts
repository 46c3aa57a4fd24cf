// Running a trace on the simulated allocator in a test: the steps, kept, or what the judge says.

import type { Contract } from '../../src/contract/contract.ts';
import { Judge } from '../../src/oracle/judge.ts';
import type { InvariantName, Violation } from '../../src/oracle/violation.ts';
import { keepStep, type Step } from '../../src/target/execution.ts';
import type { SimulatedTarget } from '../../src/target/simulated.ts';
import type { Density } from '../../src/target/target.ts';
import type { Trace } from '../../src/trace/trace.ts';

/** Every step of the trace, safe to keep. */
export function stepsOf(
  target: SimulatedTarget,
  trace: Trace,
  density: Density = 'everything',
): Step[] {
  const steps: Step[] = [];
  target.run(trace, density, {
    begin() {},
    step(step) {
      steps.push(keepStep(step));
      return true;
    },
    end() {},
  });
  return steps;
}

/** What the judge says of the trace; the trace ends where it says that the rest is no evidence. */
export function judged(
  target: SimulatedTarget,
  trace: Trace,
  density: Density = 'everything',
  only?: ReadonlySet<InvariantName>,
  contract: Contract = target.contract,
): Violation[] {
  const judge = new Judge(contract, only === undefined ? {} : { only });
  const violations: Violation[] = [];
  target.run(trace, density, {
    begin(_trace, beginning) {
      judge.begin(beginning);
    },
    step(step) {
      violations.push(...judge.step(step));
      return !judge.over;
    },
    end() {},
  });
  return violations;
}
