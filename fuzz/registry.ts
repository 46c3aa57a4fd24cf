// Every fuzzer, by name. `smoke` and `canary` come first: what everybody runs, and what proves that the
// alarm can ring.

import { faults } from './faults.ts';
import type { Fuzzer } from './fuzzer.ts';
import { notation } from './notation.ts';
import { simulated } from './simulated.ts';

export const FUZZERS: readonly Fuzzer[] = [simulated, faults, notation];
