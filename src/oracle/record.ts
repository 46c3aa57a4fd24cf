// Compares an execution with one of the course's records, call by call: results and relative addresses,
// and the syscalls with their arguments, as the course's own checker does.

import { hex } from '../memory/address.ts';
import type { Syscall } from '../memory/syscall.ts';
import type { Step } from '../target/execution.ts';
import type { CourseRecord, RecordedCall, RecordedSyscall } from '../trace/course-record.ts';

export interface Difference {
  /** In the record, from 1. */
  readonly line: number;
  readonly call: string;
  readonly expected: string;
  readonly actual: string;
}

/** All calls that differ, in order; the steps are those of the record's trace, kept. */
export function compareWithRecord(
  record: CourseRecord,
  steps: readonly Step[],
  heapStart: number,
): Difference[] {
  const naming = new Naming(heapStart);
  const differences: Difference[] = [];
  const byOp = new Map(steps.map((step) => [step.index, step]));
  for (const [index, call] of record.calls.entries()) {
    const expected = sayRecorded(call);
    const actual = saySeen(byOp.get(index), naming, call);
    if (actual !== expected) {
      differences.push({ line: call.line, call: call.text, expected, actual });
    }
  }
  return differences;
}

/** Addresses relative to heap start; mappings by number, in the order in which they were made. */
class Naming {
  readonly mappings: { readonly start: number; readonly end: number }[] = [];
  readonly heapStart: number;
  heapEnd: number;

  constructor(heapStart: number) {
    this.heapStart = heapStart;
    this.heapEnd = heapStart;
  }

  name(address: number): string {
    if (address === 0) return 'NULL';
    const mapping = this.mappings.findIndex(({ start, end }) => address >= start && address < end);
    if (mapping >= 0) {
      return inMapping(mapping + 1, address - (this.mappings[mapping] as { start: number }).start);
    }
    if (address >= this.heapStart && address <= this.heapEnd)
      return inHeap(address - this.heapStart);
    return hex(address);
  }

  syscall(call: Syscall): string | undefined {
    if (call.name === 'brk' || call.name === 'sbrk') {
      if (call.moved === 0) return undefined;
      const end = this.heapEnd + call.moved;
      if (call.error !== 0) return `brk(${inHeap(end - this.heapStart)}) failed`;
      this.heapEnd = end;
      return `brk(${inHeap(end - this.heapStart)})`;
    }
    if (call.name === 'munmap') {
      const failed = call.error === 0 ? '' : ' failed';
      return `munmap(${this.name(call.address)}, ${call.length})${failed}`;
    }
    if (call.name === 'mremap') return `mremap(${this.name(call.address)}, ${call.length})`;
    if (call.error !== 0) return `mmap(${call.length}) failed`;
    this.mappings.push({ start: call.result, end: call.result + Number(call.length) });
    return `mmap(${call.length}) = ${inMapping(this.mappings.length, 0)}`;
  }
}

const inHeap = (offset: number): string => `HeapStart+${hex(offset)}`;
const inMapping = (number: number, offset: number): string =>
  `<mapped-addr${number}>+${hex(offset)}`;

function sayRecorded(call: RecordedCall): string {
  const syscalls = call.syscalls.map(sayRecordedSyscall).filter((each) => each !== undefined);
  return [sayRecordedResult(call), ...syscalls].join('; ');
}

function sayRecordedResult({ result }: RecordedCall): string {
  switch (result.kind) {
    case 'null':
      return 'NULL';
    case 'void':
      return 'void';
    case 'heap':
      return inHeap(result.offset);
    case 'mapping':
      return inMapping(result.mapping, result.offset);
  }
}

/** Queries for the break are the C library's, made once or never. */
function sayRecordedSyscall(call: RecordedSyscall): string | undefined {
  switch (call.kind) {
    case 'brk-query':
      return undefined;
    case 'brk':
      return `brk(${inHeap(call.to)})${call.result === call.to ? '' : ' failed'}`;
    case 'mmap':
      return call.mapping === undefined
        ? `mmap(${call.length}) failed`
        : `mmap(${call.length}) = ${inMapping(call.mapping, 0)}`;
    case 'munmap':
      return `munmap(${inMapping(call.mapping, call.offset)}, ${call.length})${call.failed ? ' failed' : ''}`;
  }
}

function saySeen(step: Step | undefined, naming: Naming, call: RecordedCall): string {
  if (step === undefined) return 'not reached';
  const syscalls = step.syscalls.map((each) => naming.syscall(each));
  if (step.outcome === 'skipped') return call.result.kind === 'void' ? 'void' : 'NULL';
  if (step.outcome !== 'returned') return `${step.outcome}: ${step.detail}`;
  const result = call.result.kind === 'void' ? 'void' : naming.name(step.result);
  return [result, ...syscalls.filter((each) => each !== undefined)].join('; ');
}
