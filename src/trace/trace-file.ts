// Reads a trace file in whatever format it is: ours, CS:APP's, CS107's, or a record of the course.
//
// The name decides where it is telling (`.rep`, `.script`, `.ref`), else the first lines do.

import { type CourseRecord, looksLikeRecord, parseRecord } from './course-record.ts';
import { parseScript } from './cs107.ts';
import { parseEntry } from './notation.ts';
import { looksLikeRep, parseRep } from './rep.ts';
import type { Trace } from './trace.ts';

export type TraceFormat = 'allocheck' | 'rep' | 'cs107' | 'course-record';

export interface TraceFile {
  readonly format: TraceFormat;
  readonly trace: Trace;
  /** Ours: the header lines. `.rep`: heap-size, ids, ops, weight. Else empty. */
  readonly header: ReadonlyMap<string, string>;
  /** What the record expects of each call, where it is one. */
  readonly record?: CourseRecord;
}

/** Throws a TraceSyntaxError that names `name`, line and column. */
export function readTraceFile(text: string, name: string): TraceFile {
  const format = formatOf(text, name);
  switch (format) {
    case 'rep':
      return { format, ...parseRep(text, name) };
    case 'cs107':
      return { format, header: new Map(), trace: parseScript(text, name) };
    case 'course-record': {
      const record = parseRecord(text, name);
      return { format, header: new Map(), trace: record.trace, record };
    }
    case 'allocheck':
      return { format, ...parseEntry(text, name) };
  }
}

export function formatOf(text: string, name: string): TraceFormat {
  if (/\.ref$/i.test(name) || looksLikeRecord(text)) return 'course-record';
  if (/\.rep$/i.test(name) || looksLikeRep(text)) return 'rep';
  return /\.script$/i.test(name) ? 'cs107' : 'allocheck';
}
