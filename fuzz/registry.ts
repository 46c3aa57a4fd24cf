// Every fuzzer, by name. `smoke` and `canary` come first: what everybody runs, and what proves that the
// alarm can ring.

import { canary } from './canary.ts';
import { causes } from './causes.ts';
import { classOf60 } from './class.ts';
import { differential } from './differential.ts';
import type { Fuzzer } from './fuzzer.ts';
import { grading } from './grading.ts';
import { hostile } from './hostile.ts';
import { mutants } from './mutants.ts';
import { native } from './native.ts';
import { notation } from './notation.ts';
import { reproducers } from './reproducers.ts';
import { simulated } from './simulated.ts';
import { smokeOf } from './smoke.ts';
import { sweeps } from './sweeps.ts';
import { zoo } from './zoo.ts';

const PARTS: readonly Fuzzer[] = [
  simulated,
  sweeps,
  notation,
  native,
  differential,
  mutants,
  zoo,
  reproducers,
  causes,
  grading,
  hostile,
  classOf60,
];

export const FUZZERS: readonly Fuzzer[] = [smokeOf(PARTS), canary, ...PARTS];
