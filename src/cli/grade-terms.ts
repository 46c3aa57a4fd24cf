// What the marks of a class depend on, made explicit and kept beside them: a later run with the same terms
// goes on from what is done, and gives the same marks.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Contract } from '../contract/contract.ts';
import { OperatingError } from '../contract/operating-error.ts';
import { defaultRubric, type Rubric, readRubric } from '../grade/rubric.ts';

/** Throws an OperatingError. */
export function rubricFor(name: string | undefined, contract: Contract, cwd: string): Rubric {
  if (name === undefined) return defaultRubric(contract);
  let text: string;
  try {
    text = readFileSync(resolve(cwd, name), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : (code ?? String(error));
    throw new OperatingError(`--rubric ${name}: ${why}`);
  }
  return readRubric(text, name, contract);
}

/** The seed that an earlier run into the same folder recorded. */
export function recordedSeed(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const { seed } = JSON.parse(text) as { readonly seed?: unknown };
    return typeof seed === 'string' ? seed : undefined;
  } catch {
    return undefined;
  }
}

/** The first line of `gcc --version`. Throws an OperatingError: without it nothing builds. */
export function compilerLine(): string {
  try {
    return execFileSync('gcc', ['--version'], { encoding: 'utf8' }).split('\n')[0] ?? '';
  } catch {
    throw new OperatingError(
      'gcc is not there: install gcc, or nothing that is handed in can be built',
    );
  }
}
