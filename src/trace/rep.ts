// Reads CS:APP malloclab traces (`.rep`): four whole numbers, then ops with the letters a, r and f.
//
//   20000     suggested heap size (newer editions: weight)
//   2         how many ids
//   3         how many ops
//   1         weight (newer editions: whether to ignore ranges)
//   a 0 512   …
//
// The driver of the lab refuses a file whose counts do not hold; so do we, for it was cut off.

import type { TraceEntry } from './notation.ts';
import { CSAPP_LETTERS, readOps } from './read-ops.ts';
import { Scanner } from './scanner.ts';

/** Throws a TraceSyntaxError that names `source`, line and column. */
export function parseRep(text: string, source = 'trace.rep'): TraceEntry {
  const scanner = new Scanner(text, source);
  const header = new Map<string, string>();
  for (const key of ['heap-size', 'ids', 'ops', 'weight'])
    header.set(key, readNumber(scanner, key));

  const trace = readOps(scanner, CSAPP_LETTERS);
  const ids = Number(header.get('ids'));
  const beyond = trace.find((op) => op.slot >= ids);
  if (beyond) throw scanner.error(`id ${beyond.slot} is used though the header says ${ids} ids`);
  const ops = Number(header.get('ops'));
  if (trace.length !== ops) throw scanner.error(`${trace.length} ops, but the header says ${ops}`);
  return { header, trace };
}

/** Whether the text starts as a `.rep` file does: four lines, each one whole number. */
export function looksLikeRep(text: string): boolean {
  return /^\uFEFF?(?:\s*[0-9]{1,15}[ \t]*(?:\r\n?|\n|$)){4}/.test(text.slice(0, 400));
}

function readNumber(scanner: Scanner, what: string): string {
  scanner.nextOp();
  scanner.nextWord();
  const value = scanner.plainNumber();
  if (value < 0) throw scanner.unexpected(`the ${what} of a .rep header (a whole number)`);
  return String(value);
}
