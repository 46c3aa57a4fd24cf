// All mutants. Together they name every invariant: an invariant that no mutant needs would be untested.

import { contentMutants } from './contents.ts';
import { failingMutants } from './failing.ts';
import type { Mutant } from './mutant.ts';
import { placingMutants } from './placing.ts';
import { reshapingMutants } from './reshaping.ts';
import { sizeMutants } from './sizes.ts';

export type { Mutant } from './mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  ...sizeMutants,
  ...placingMutants,
  ...reshapingMutants,
  ...contentMutants,
  ...failingMutants,
];

/** Throws a RangeError if there is no such mutant. */
export function mutantNamed(name: string): Mutant {
  const found = MUTANTS.find((each) => each.name === name);
  if (found === undefined) throw new RangeError(`there is no mutant ${name}`);
  return found;
}
