// Compares an execution with one of the course's records, call by call: results and relative addresses,
// and the syscalls with their arguments, as the course's own checker does. It sees what ltrace prints, so
// the C library's one query of the break counts (an allocator may ask too early), and mremap does not.

import type { SizeT } from '../contract/size-t.ts';
import { hex } from '../memory/address.ts';
import type { Syscall } from '../memory/syscall.ts';
import type { Step } from '../target/execution.ts';
import type { CourseRecord, RecordedCall, RecordedSyscall } from '../trace/course-record.ts';
import { mappingWay } from '../trace/record-syscall.ts';

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
  /** Whether the C library knows the break: until then sbrk asks, once. */
  private isBreakKnown = false;

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

  /** As ltrace prints it: none, one or two calls of the system. */
  syscall(call: Syscall): string[] {
    if (call.name === 'brk' || call.name === 'sbrk') return this.breakCalls(call);
    if (call.name === 'munmap') {
      const failed = call.error === 0 ? '' : ' failed';
      return [`munmap(${this.name(call.address)}, ${call.length})${failed}`];
    }
    if (call.name === 'mremap') return [];
    const { length, protection, flags, fd, offset } = call;
    const hint = call.address === 0 ? '0' : this.name(call.address);
    const how = mappingWay({ hint, protection, flags, fd, offset });
    if (call.error !== 0) return [`${mmapSaid(length, how)} failed`];
    this.mappings.push({ start: call.result, end: call.result + Number(length) });
    return [`${mmapSaid(length, how)} = ${inMapping(this.mappings.length, 0)}`];
  }

  private breakCalls({ name, address, moved, error }: Syscall): string[] {
    const asks = name === 'brk' ? address === 0 : !this.isBreakKnown;
    this.isBreakKnown = true;
    const calls = asks ? [BREAK_QUERY] : [];
    if (moved === 0 && (name === 'sbrk' || address === 0)) return calls;
    const end = this.heapEnd + moved;
    if (error === 0) this.heapEnd = end;
    return [...calls, `brk(${inHeap(end - this.heapStart)})${error === 0 ? '' : ' failed'}`];
  }
}

const BREAK_QUERY = 'brk(0)';
const mmapSaid = (length: SizeT, how: string): string =>
  `mmap(${how === '' ? length : `${length}, ${how}`})`;

const inHeap = (offset: number): string => `HeapStart+${hex(offset)}`;
const inMapping = (number: number, offset: number): string =>
  `<mapped-addr${number}>+${hex(offset)}`;

function sayRecorded(call: RecordedCall): string {
  return [sayRecordedResult(call), ...call.syscalls.map(sayRecordedSyscall)].join('; ');
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

function sayRecordedSyscall(call: RecordedSyscall): string {
  switch (call.kind) {
    case 'brk-query':
      return BREAK_QUERY;
    case 'brk':
      return `brk(${inHeap(call.to)})${call.result === call.to ? '' : ' failed'}`;
    case 'mmap':
      return call.mapping === undefined
        ? `${mmapSaid(call.length, call.how)} failed`
        : `${mmapSaid(call.length, call.how)} = ${inMapping(call.mapping, 0)}`;
    case 'munmap':
      return `munmap(${inMapping(call.mapping, call.offset)}, ${call.length})${call.failed ? ' failed' : ''}`;
  }
}

function saySeen(step: Step | undefined, naming: Naming, call: RecordedCall): string {
  if (step === undefined) return 'not reached';
  const syscalls = step.syscalls.flatMap((each) => naming.syscall(each));
  if (step.outcome === 'skipped') return call.result.kind === 'void' ? 'void' : 'NULL';
  if (step.outcome !== 'returned') return `${step.outcome}: ${step.detail}`;
  const result = call.result.kind === 'void' ? 'void' : naming.name(step.result);
  return [result, ...syscalls].join('; ');
}
