// An execution against a record of the course: where all is as recorded nothing differs; and a difference is told at the
// call where it is, with both sides worded alike. The records here are written for the test; the course's own, where they
// are at hand, are in the-courses-records-are-reproduced.

import { describe, expect, test } from 'vitest';
import { HEAP_START } from '../src/memory/address.ts';
import type { Syscall } from '../src/memory/syscall.ts';
import { compareWithRecord } from '../src/oracle/record.ts';
import type { Step } from '../src/target/execution.ts';
import { SimulatedTarget } from '../src/target/simulated.ts';
import { parseRecord } from '../src/trace/course-record.ts';
import { stepsOf } from './support/run.ts';

const MMAP =
  "  mmap (['0', '200032', 'PROT_READ | PROT_WRITE', 'MAP_PRIVATE | MAP_ANON', '-1', '0']) = <mapped-addr1>";
const RECORD = [
  "os_malloc (['1000']) = HeapStart + 0x20",
  "  brk (['0']) = HeapStart + 0x0",
  "  brk (['HeapStart + 0x20000']) = HeapStart + 0x20000",
  "os_malloc (['200000']) = <mapped-addr1> + 0x20",
  MMAP,
  "os_malloc (['0']) = 0",
  "os_free (['<mapped-addr1> + 0x20']) = <void>",
  "  munmap (['<mapped-addr1>', '200032']) = 0",
  "os_free (['HeapStart + 0x20']) = <void>",
];

/** The steps of the record's trace on the built-in allocator. */
const STEPS = stepsOf(new SimulatedTarget(), parseRecord(RECORD.join('\n')).trace);

function compare(lines: readonly string[], steps: readonly Step[] = STEPS) {
  return compareWithRecord(parseRecord(lines.join('\n')), steps, HEAP_START);
}

/** The steps with one made otherwise. */
function withStep(at: number, change: Partial<Step>): Step[] {
  return STEPS.map((step, index) => (index === at ? { ...step, ...change } : step));
}

function withSyscall(at: number, change: Partial<Syscall>): Step[] {
  const syscalls = STEPS[at]?.syscalls ?? [];
  return withStep(at, { syscalls: syscalls.map((call) => ({ ...call, ...change })) });
}

/** The one call that differs. */
function only(differences: ReturnType<typeof compare>) {
  expect(differences).toHaveLength(1);
  const [{ line, expected, actual } = { line: 0, expected: '', actual: '' }] = differences;
  return [line, expected, actual];
}

describe('against its record', () => {
  test('an execution that is as recorded does not differ', () => {
    expect(compare(RECORD)).toEqual([]);
  });

  test.each([
    [0, 'HeapStart + 0x20', 'HeapStart + 0x28', 1, /^HeapStart\+0x28; brk/, /^HeapStart\+0x20; /],
    [
      2,
      'HeapStart + 0x20000',
      'HeapStart + 0x20008',
      1,
      /brk\(HeapStart\+0x20008\)$/,
      /brk\(HeapStart\+0x20000\)$/,
    ],
    [4, '200032', '204096', 4, /mmap\(204096\) = <mapped-addr1>\+0x0$/, /mmap\(200032\)/],
    [4, 'MAP_PRIVATE', 'MAP_SHARED', 4, /mmap\(200032, MAP_SHARED \| MAP_ANON\)/, /\(200032\) =/],
    [5, '= 0', '= HeapStart + 0x408', 6, /^HeapStart\+0x408$/, /^NULL$/],
    [7, '200032', '4096', 7, /^void; munmap\(<mapped-addr1>\+0x0, 4096\)$/, /, 200032\)$/],
    [7, '= 0', '= -1', 7, /\) failed$/, /200032\)$/],
  ] as const)(
    'line %i with %s for %s: the call that differs is told',
    (at, from, to, line, expected, actual) => {
      const changed = RECORD.with(at, (RECORD[at] ?? '').replaceAll(from, to));
      expect(changed).not.toEqual(RECORD);
      // But for the last line, which frees what the first has made.
      const differences = compare(changed.slice(0, -1));
      const [where, should, is] = only(differences);
      expect(where).toBe(line);
      expect(should).toMatch(expected);
      expect(is).toMatch(actual);
    },
  );

  test('a syscall that was refused, on either side, is told', () => {
    const refused = RECORD.with(2, "  brk (['HeapStart + 0x20000']) = HeapStart + 0x0");
    expect(only(compare(refused))[1]).toMatch(/brk\(HeapStart\+0x20000\) failed$/);
    const mmapRefused = [...RECORD.slice(0, 3), RECORD[3]?.replace(/<.*/, '0') ?? ''].concat(
      MMAP.replace('<mapped-addr1>', '-1'),
    );
    expect(only(compare(mmapRefused))[1]).toBe('NULL; mmap(200032) failed');
    expect(only(compare(RECORD.slice(0, 3), withSyscall(0, { error: 12 })))[2]).toMatch(/failed$/);
    const noMapping = withSyscall(1, { error: 12, result: -1 });
    expect(only(compare(RECORD.slice(0, 5), noMapping))[2]).toMatch(/; mmap\(200032\) failed$/);
    const kept = withSyscall(3, { error: 22, result: -1 });
    expect(only(compare(RECORD, kept))[2]).toMatch(/munmap\(<mapped-addr1>\+0x0, 200032\) failed$/);
  });

  test('a mapping at a place that was asked for is told with it', () => {
    const hinted = withSyscall(1, { address: HEAP_START });
    expect(only(compare(RECORD, hinted))[2]).toContain('mmap(200032, hint HeapStart+0x0)');
  });

  test('sbrk asks for the break once, brk as often as it asks; mremap is not seen', () => {
    const growth = STEPS[0]?.syscalls.findLast(({ moved }) => moved > 0);
    if (growth === undefined) throw new Error('the first call moves the break');
    const sbrk: Syscall = { ...growth, name: 'sbrk', address: 0 };
    const moved = (syscalls: readonly Syscall[]) =>
      compare(RECORD.slice(0, 3), withStep(0, { syscalls: [...syscalls] }));
    expect(moved([sbrk])).toEqual([]);
    const query: Syscall = { ...sbrk, moved: 0 };
    expect(moved([query, query, sbrk])).toEqual([]);
    expect(moved([{ ...sbrk, name: 'mremap' }, sbrk])).toEqual([]);
    const asks: Syscall = { ...query, name: 'brk' };
    expect(
      only(moved([asks, asks, { ...growth, name: 'brk', address: growth.result + 1 }]))[2],
    ).toBe('HeapStart+0x20; brk(0); brk(0); brk(HeapStart+0x20000)');
  });

  test('a call that did not return, or was never reached, differs; one that was skipped made nothing', () => {
    const crashed = withStep(4, { outcome: 'crashed', detail: 'SIGSEGV' });
    expect(only(compare(RECORD, crashed))).toEqual([9, 'void', 'crashed: SIGSEGV']);
    expect(only(compare(RECORD, STEPS.slice(0, 4)))).toEqual([9, 'void', 'not reached']);
    expect(compare(RECORD, withStep(4, { outcome: 'skipped' }))).toEqual([]);
    expect(only(compare(RECORD, withStep(0, { outcome: 'skipped', syscalls: [] })))[2]).toBe(
      'NULL',
    );
  });

  test('an address of no heap and no mapping is told as it is', () => {
    expect(only(compare(RECORD, withStep(2, { result: 0x77 })))).toEqual([6, 'NULL', '0x77']);
  });
});
