// The syscalls of a course record: what the allocator asked the operating system for, and got.

import type { SizeT } from '../contract/size-t.ts';
import { fail, type Line } from './record-line.ts';
import { isNull, type Place, placeOf, sizeOf } from './record-value.ts';
import { quote } from './trace-syntax-error.ts';

/** Heap offsets are bytes from the start of the heap; mappings are numbered from 1, in order. */
export type RecordedSyscall =
  /** brk(0): the C library asks where the break is. */
  | { readonly kind: 'brk-query'; readonly result: number }
  /** The raw syscall answers with the break, wherever it then is: as asked, or unmoved. */
  | { readonly kind: 'brk'; readonly to: number; readonly result: number }
  /** `mapping` is undefined where it failed; `how` is what mappingWay makes of the other arguments. */
  | {
      readonly kind: 'mmap';
      readonly length: SizeT;
      readonly how: string;
      readonly mapping: number | undefined;
    }
  | {
      readonly kind: 'munmap';
      readonly mapping: number;
      readonly offset: number;
      readonly length: SizeT;
      readonly failed: boolean;
    };

export function syscallOf(line: Line): RecordedSyscall {
  const [first = '', second = ''] = line.args;
  if (line.name === 'brk') {
    const result = heapOffset(line, line.result);
    return isNull(first)
      ? { kind: 'brk-query', result }
      : { kind: 'brk', to: heapOffset(line, first), result };
  }
  if (line.name === 'mmap') {
    const length = sizeOf(line, second);
    const mapping = failed(line) ? undefined : mappingOf(line).mapping;
    return { kind: 'mmap', length, how: recordedWay(line), mapping };
  }
  const { mapping, offset } = mappingAt(line, first);
  const length = sizeOf(line, second);
  return { kind: 'munmap', mapping, offset, length, failed: failed(line) };
}

/** What the course's checker tells of an mmap beside its length: it knows these bits, and no others. */
export interface MappingArguments {
  readonly hint: string;
  readonly protection: number;
  readonly flags: number;
  readonly fd: number;
  readonly offset: number;
}

const PROTECTIONS = new Map([
  ['PROT_READ', 1],
  ['PROT_WRITE', 2],
  ['PROT_EXEC', 4],
  ['PROT_NONE', 0],
]);
const FLAGS = new Map([
  ['MAP_SHARED', 0x01],
  ['MAP_PRIVATE', 0x02],
  ['MAP_FIXED', 0x10],
  ['MAP_ANON', 0x20],
]);

/** The same text for what the checker cannot tell apart; empty for the mapping that SPEC asks for. */
export function mappingWay(given: MappingArguments): string {
  const protection = namesIn(given.protection, PROTECTIONS);
  const flags = namesIn(given.flags, FLAGS);
  const parts: string[] = [];
  if (given.hint !== '0') parts.push(`hint ${given.hint}`);
  if (protection !== 'PROT_READ | PROT_WRITE') parts.push(protection);
  if (flags !== 'MAP_PRIVATE | MAP_ANON') parts.push(flags);
  if (given.fd !== -1) parts.push(`fd ${given.fd}`);
  if (given.offset !== 0) parts.push(`from ${given.offset}`);
  return parts.join(', ');
}

function namesIn(bits: number, names: ReadonlyMap<string, number>): string {
  return [...names].flatMap(([name, bit]) => ((bits & bit) === 0 ? [] : name)).join(' | ') || '0';
}

function recordedWay(line: Line): string {
  const [hint = '', , protection = '', flags = '', fd = '', offset = ''] = line.args;
  return mappingWay({
    hint: isNull(hint) ? '0' : hint,
    protection: bitsOf(protection, PROTECTIONS),
    flags: bitsOf(flags, FLAGS),
    fd: Number(fd) | 0,
    offset: Number(offset),
  });
}

/** `PROT_READ | PROT_WRITE`, or the number. */
function bitsOf(text: string, names: ReadonlyMap<string, number>): number {
  const words = text.split('|').map((word) => word.trim());
  return words.reduce((bits, word) => bits | (names.get(word) ?? Number(word)), 0);
}

function heapOffset(line: Line, text: string): number {
  const place = placeOf(text);
  if (place?.kind === 'heap') return place.offset;
  throw fail(line, `${quote(text)} is not an address on the heap`, text);
}

function mappingOf(line: Line): Place & { kind: 'mapping' } {
  return mappingAt(line, line.result);
}

function mappingAt(line: Line, text: string): Place & { kind: 'mapping' } {
  const place = placeOf(text);
  if (place?.kind === 'mapping') return place;
  throw fail(line, `${quote(text)} is not a mapping`, text);
}

function failed(line: Line): boolean {
  return /^(?:-[0-9]+|0xf{8,16}|MAP_FAILED)$/i.test(line.result);
}
