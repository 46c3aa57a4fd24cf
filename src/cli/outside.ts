// Findings of native targets as C programs: what `check`, `shrink` and `replay` show them with.

import { Outside } from '../report/reproducer-c-outside.ts';
import type { Target } from '../target/target.ts';
import type { Io } from './io.ts';
import type { Settings } from './options.ts';
import type { Choice } from './targets.ts';

/** Undefined for what is not in C. `target` is the choice, opened; close the result when all is shown. */
export function outsideOf(
  { sources }: Choice,
  { contract }: Target,
  { cflags, sandbox }: Settings,
  { signal }: Io,
): Outside | undefined {
  if (sources === undefined) return undefined;
  return new Outside({ files: sources, cflags, sandbox, signal }, contract);
}
