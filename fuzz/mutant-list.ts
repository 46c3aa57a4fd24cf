// The seeded bugs of our allocator, as targets. A mutant is our allocator with some of its parts replaced.

import { createSimulatedTarget, type SimulatedTarget } from '../src/target/simulated.ts';
import { MUTANTS, type Mutant } from './mutants/index.ts';

export { MUTANTS, type Mutant };

export function mutantTarget({ name, parts }: Mutant): SimulatedTarget {
  return createSimulatedTarget({ name: `mutant:${name}`, parts });
}
