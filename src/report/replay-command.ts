// The command that shows a finding again. The trace is given as text, so that the command stands alone.

import type { Finding } from '../check/finding.ts';
import { formatTrace } from '../trace/notation.ts';
import type { Trace } from '../trace/trace.ts';

/** Characters: a shell takes no longer word. */
const LONGEST_LITERAL = 100_000;

/** `targetArguments` are those that choose the target: `--target osmem.c`, for the built-in none. */
export function replayCommand(finding: Finding, targetArguments: readonly string[]): string {
  return literalCommand(finding.trace, targetArguments);
}

export function literalCommand(given: Trace, targetArguments: readonly string[]): string {
  const literal = literalTrace(given);
  const fits = literal.length <= LONGEST_LITERAL;
  const trace = fits
    ? quoted(literal)
    : 'TRACE  # too long for a command line: take it from --json';
  return ['allocheck', 'replay', ...targetArguments.map(quoted), trace].join(' ');
}

/** `a 0 1; f 0`: on one line. */
export function literalTrace(trace: Trace): string {
  return formatTrace(trace).trimEnd().replaceAll('\n', '; ');
}

/** As a POSIX shell reads it. */
export function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
