// Numbers the mappings of a record in the order of their mmap calls. The records name them by address, and
// when an address comes back, its old name does: `<mapped-addr1>` may be two mappings, one after the other.

import type { RecordedCall } from './course-record.ts';
import type { RecordedSyscall } from './record-syscall.ts';
import { TraceSyntaxError } from './trace-syntax-error.ts';

/** The same calls, each mapping with a number of its own. Throws a TraceSyntaxError where a mapping is
 * named that no mmap has made. */
export function numberMappings(calls: readonly RecordedCall[], source: string): RecordedCall[] {
  const numbers = new Map<number, number>();
  let count = 0;

  const numberOf = (name: number, line: number): number => {
    const number = numbers.get(name);
    if (number !== undefined) return number;
    throw new TraceSyntaxError(source, line, 1, `no mmap has returned <mapped-addr${name}>`);
  };
  const numbered = (syscall: RecordedSyscall, line: number): RecordedSyscall => {
    if (syscall.kind === 'mmap' && syscall.mapping !== undefined) {
      numbers.set(syscall.mapping, ++count);
      return { ...syscall, mapping: count };
    }
    if (syscall.kind === 'munmap') return { ...syscall, mapping: numberOf(syscall.mapping, line) };
    return syscall;
  };

  return calls.map((call) => {
    // The result is printed above the syscalls, but is what they led to.
    const syscalls = call.syscalls.map((syscall) => numbered(syscall, call.line));
    const { result } = call;
    if (result.kind !== 'mapping') return { ...call, syscalls };
    return {
      ...call,
      syscalls,
      result: { ...result, mapping: numberOf(result.mapping, call.line) },
    };
  });
}
