// The notation of traces: CS:APP's letters, one op a line, so that decades of traces can be read.
//
//   a SLOT SIZE   c SLOT COUNT SIZE   r SLOT SIZE   f SLOT   f -1   s SLOT SIZE   d SLOT
//   x sbrk N      x mmap N            # comment     ; ends an op as a line end does
//
// Comment lines `# key: value` above the first op are the entry's header. Sizes: size-text.ts.

import type { Op } from './op.ts';
import { ALL_LETTERS, readOps } from './read-ops.ts';
import { Scanner } from './scanner.ts';
import { formatSize } from './size-text.ts';
import type { Trace } from './trace.ts';

export interface TraceEntry {
  /** `# key: value` lines above the first op; a key that comes twice has both values, a line each. */
  readonly header: ReadonlyMap<string, string>;
  readonly trace: Trace;
}

/** Reads a trace. Throws a TraceSyntaxError that names `source`, line and column. */
export function parseTrace(text: string, source = 'trace'): Trace {
  return readOps(new Scanner(text, source), ALL_LETTERS);
}

/** Reads a trace with the header lines above it. Throws a TraceSyntaxError, as parseTrace does. */
export function parseEntry(text: string, source = 'trace'): TraceEntry {
  const header = new Map<string, string>();
  const trace = readOps(new Scanner(text, source), ALL_LETTERS, (comment, opsBefore) => {
    if (opsBefore === 0) readHeaderLine(comment, header);
  });
  return { header, trace };
}

/** One op a line, each line ended. */
export function formatTrace(trace: Trace): string {
  let text = '';
  for (const op of trace) text += `${formatOp(op)}\n`;
  return text;
}

/** The header lines, then the trace. Throws a RangeError if a key is not one word of letters. */
export function formatEntry(entry: TraceEntry): string {
  let text = '';
  for (const [key, value] of entry.header) {
    if (!KEY.test(key)) throw new RangeError(`'${key}' cannot be a header key`);
    for (const line of value.split(/\r\n?|\n/)) text += `# ${key}: ${line}`.trimEnd().concat('\n');
  }
  return text + formatTrace(entry.trace);
}

export function formatOp(op: Op): string {
  switch (op.kind) {
    case 'malloc':
      return `a ${op.slot} ${formatSize(op.size)}`;
    case 'calloc':
      return `c ${op.slot} ${formatSize(op.count)} ${formatSize(op.size)}`;
    case 'realloc':
      return `r ${op.slot} ${formatSize(op.size)}`;
    case 'free':
      return `f ${op.slot}`;
    case 'free-null':
      return 'f -1';
    case 'stale-realloc':
      return `s ${op.slot} ${formatSize(op.size)}`;
    case 'stale-free':
      return `d ${op.slot}`;
    case 'fail-sbrk':
      return `x sbrk ${op.count}`;
    case 'fail-mmap':
      return `x mmap ${op.count}`;
  }
}

const KEY = /^[A-Za-z][\w-]*$/;
const HEADER_LINE = /^[ \t]*([A-Za-z][\w-]*):(?:[ \t]+(.*))?$/s;

function readHeaderLine(comment: string, header: Map<string, string>): void {
  const [, key, value = ''] = HEADER_LINE.exec(comment.trimEnd()) ?? [];
  if (key === undefined) return;
  const before = header.get(key);
  header.set(key, before === undefined ? value : `${before}\n${value}`);
}
