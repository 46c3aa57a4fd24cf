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
  /** `mapping` is undefined where it failed. */
  | { readonly kind: 'mmap'; readonly length: SizeT; readonly mapping: number | undefined }
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
    return { kind: 'mmap', length, mapping: failed(line) ? undefined : mappingOf(line).mapping };
  }
  const { mapping, offset } = mappingAt(line, first);
  const length = sizeOf(line, second);
  return { kind: 'munmap', mapping, offset, length, failed: failed(line) };
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
