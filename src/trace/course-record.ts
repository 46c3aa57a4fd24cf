// Reads the course's reference records (`.ref`): one run of a test program against a correct allocator, as
// the course's checker prints it. A line for every os_* call, and under it, indented, its syscalls:
//
//   os_malloc (['1000'])                                    = HeapStart + 0x20
//     brk (['0'])                                           = HeapStart + 0x0
//     brk (['HeapStart + 0x20000'])                         = HeapStart + 0x20000
//   os_free (['<mapped-addr1> + 0x20'])                     = <void>
//     munmap (['<mapped-addr1>', '132104'])                 = 0
//   +++ exited (status 0) +++
//
// Calls name pointers, ops name slots: record-slots.ts tells who was meant. The same address can come
// back for another block, and the lowest free slot is used again, so that the trace stays readable.

import type { Op } from './op.ts';
import { fail, failResult, type Line, parseLine } from './record-line.ts';
import { numberMappings } from './record-mappings.ts';
import { opOf, RecordSlots } from './record-slots.ts';
import { type RecordedSyscall, syscallOf } from './record-syscall.ts';
import { isNull, placeOf, type RecordedResult } from './record-value.ts';
import type { Trace } from './trace.ts';
import { quote } from './trace-syntax-error.ts';

export type { RecordedSyscall } from './record-syscall.ts';
export type { RecordedResult } from './record-value.ts';

export interface RecordedCall {
  /** In the file, from 1. */
  readonly line: number;
  /** The line as it stands there. */
  readonly text: string;
  readonly op: Op;
  readonly result: RecordedResult;
  readonly syscalls: readonly RecordedSyscall[];
}

export interface CourseRecord {
  readonly trace: Trace;
  /** One for each op of the trace. */
  readonly calls: readonly RecordedCall[];
}

/** Throws a TraceSyntaxError that names `source`, line and column where the record is malformed. */
export function parseRecord(text: string, source = 'record.ref'): CourseRecord {
  const calls: (RecordedCall & { readonly syscalls: RecordedSyscall[] })[] = [];
  const slots = new RecordSlots();
  for (const [index, lineText] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    if (isAside(lineText)) continue;
    const line = parseLine(lineText, { source, line: index + 1 });
    if (line.name.startsWith('os_')) {
      calls.push(callOf(line, slots));
    } else {
      const call = calls.at(-1);
      if (!call) throw fail(line, 'a syscall before the first os_ call');
      call.syscalls.push(syscallOf(line));
    }
  }
  return { trace: calls.map((call) => call.op), calls: numberMappings(calls, source) };
}

/** Whether the first line that says anything is one of an os_ call. */
export function looksLikeRecord(text: string): boolean {
  return /^\uFEFF?\s*os_(?:malloc|calloc|realloc|free)\s*\(/.test(text.slice(0, 4000));
}

/** Lines that are no calls: how the program ended, what it printed for debugging, blank ones. */
function isAside(line: string): boolean {
  return /^\s*(\+\+\+.*|DBG:.*)?$/.test(line);
}

function callOf(line: Line, slots: RecordSlots): RecordedCall & { syscalls: RecordedSyscall[] } {
  const result = resultOf(line);
  const op = opOf(line, result, slots);
  return { line: line.at.line, text: line.text, op, result, syscalls: [] };
}

function resultOf(line: Line): RecordedResult {
  if (line.result === '<void>') return { kind: 'void' };
  if (isNull(line.result)) return { kind: 'null' };
  const place = placeOf(line.result);
  if (place) return place;
  throw failResult(line, `${quote(line.result)} is neither 0, <void> nor an address`);
}
