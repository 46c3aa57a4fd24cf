// Reads the allocator scripts of Stanford's CS107: `a id size`, `r id size`, `f id`, `#` comments, no
// header. A part of our own notation, kept apart so that a letter it does not have is refused.

import { CSAPP_LETTERS, readOps } from './read-ops.ts';
import { Scanner } from './scanner.ts';
import type { Trace } from './trace.ts';

/** Throws a TraceSyntaxError that names `source`, line and column. */
export function parseScript(text: string, source = 'trace.script'): Trace {
  return readOps(new Scanner(text, source), CSAPP_LETTERS);
}
