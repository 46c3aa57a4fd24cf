// Reading a file of a submission: a regular one of reasonable size, and nothing that waits or never ends.

import { readFileSync, statSync } from 'node:fs';

const MOST_BYTES = 64 << 20;

/** As latin1, so that no byte is lost. Throws an Error where it cannot be read, or should not. */
export function readSource(path: string, encoding: 'latin1' | 'utf8' = 'latin1'): string {
  const state = statSync(path);
  if (!state.isFile()) throw new Error('not a regular file');
  if (state.size > MOST_BYTES) throw new Error(`larger than ${MOST_BYTES >> 20} MiB`);
  return readFileSync(path, encoding);
}
