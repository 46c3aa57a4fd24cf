import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SIZE_MAX } from '../src/contract/size-t.ts';
import { parseRecord } from '../src/trace/course-record.ts';
import { formatTrace } from '../src/trace/notation.ts';
import { readTraceFile } from '../src/trace/trace-file.ts';

const golden = new URL('../../shared/golden/', import.meta.url);
const records = existsSync(golden) ? readdirSync(golden).filter((name) => /\.ref$/.test(name)) : [];

describe.skipIf(records.length === 0)('every golden record', () => {
  test.each(records)('%s: an op for each os_ call, a syscall for each line under it', (name) => {
    const text = readFileSync(new URL(name, golden), 'utf8');
    const { trace, record } = readTraceFile(text, name);
    expect(trace.length).toBe(text.match(/^os_/gm)?.length);
    expect(record?.calls.flatMap((call) => call.syscalls).length).toBe(
      text.match(/^ +(brk|mmap|munmap)/gm)?.length ?? 0,
    );
    for (const call of record?.calls ?? []) expect(text.split('\n')[call.line - 1]).toBe(call.text);
  });
});

const opsOf = (lines: string[]): string =>
  formatTrace(parseRecord(lines.join('\n')).trace).trimEnd();

describe('a pointer of a record stands for a slot:', () => {
  test.each([
    [
      'the lowest free one for a new block',
      ['M 8 = 0x20', 'M 8 = 0x48', 'F 0x20', 'M 8 = 0x20'],
      'a 0 8;a 1 8;f 0;a 0 8',
    ],
    ['none for NULL', ['M 0 = 0', 'F 0', 'M 8 = 0x20'], 'a 0 0;f -1;a 0 8'],
    ['an empty one for realloc(NULL, n)', ['M 8 = 0x20', 'R 0 9 = 0x48'], 'a 0 8;r 1 9'],
    [
      'the same one when its block moves',
      ['M 8 = 0x20', 'R 0x20 99 = 0x90', 'F 0x90'],
      'a 0 8;r 0 99;f 0',
    ],
    [
      'an empty one after realloc(p, 0)',
      ['M 8 = 0x20', 'R 0x20 0 = 0', 'M 8 = 0x20'],
      'a 0 8;r 0 0;a 0 8',
    ],
    [
      'the same one after a realloc that failed',
      ['M 8 = 0x20', 'R 0x20 9 = 0', 'F 0x20'],
      'a 0 8;r 0 9;f 0',
    ],
    [
      'a stale one if it was freed just before',
      ['M 8 = 0x20', 'F 0x20', 'R 0x20 9 = 0', 'F 0x20'],
      'a 0 8;f 0;s 0 9;d 0',
    ],
    [
      'the later block if its address came back',
      ['M 8 = 0x20', 'F 0x20', 'M 9 = 0x20', 'R 0x20 9 = 0x20'],
      'a 0 8;f 0;a 0 9;r 0 9',
    ],
  ])('%s', (_, shorthand, expected) => {
    expect(opsOf(shorthand.map(spelledOut)).replaceAll('\n', ';')).toBe(expected);
  });
});

/** `M 8 = 0x20` as the record has it. */
function spelledOut(line: string): string {
  const [call = '', result = '<void>'] = line.split(' = ');
  const [name = '', ...args] = call.split(' ');
  const heap = (text: string) => (text.startsWith('0x') ? `HeapStart + ${text}` : text);
  const functions: Record<string, string> = { M: 'os_malloc', R: 'os_realloc', F: 'os_free' };
  const list = args.map((arg) => `'${heap(arg)}'`).join(', ');
  return `${functions[name]} ([${list}])   = ${heap(result)}`;
}

test('results and syscalls are kept as the record has them, relative', () => {
  const record = parseRecord(`os_calloc (['1', '0x1400'])       = <mapped-addr1> + 0x20
  mmap (['0', '5152', 'PROT_READ | PROT_WRITE', 'MAP_PRIVATE | MAP_ANON', '-1', '0'])  = <mapped-addr1>
os_realloc (['<mapped-addr1> + 0x20', '2000'])     = HeapStart + 32
  brk (['0'])                       = HeapStart + 0x0
  brk (['HeapStart + 0x20000'])     = HeapStart + 0x20000
  munmap (['<mapped-addr1>', '5152']) = 0
os_malloc (['-1']) = 0
os_malloc (['200000']) = (nil)
  mmap (['0', '200032', '3', '34', '-1', '0']) = -1
os_free (['HeapStart + 0x20']) = <void>
DBG: hello
+++ exited (status 0) +++
`);
  expect(record.calls.map((call) => call.result)).toEqual([
    { kind: 'mapping', mapping: 1, offset: 32 },
    { kind: 'heap', offset: 32 },
    { kind: 'null' },
    { kind: 'null' },
    { kind: 'void' },
  ]);
  expect(record.calls.map((call) => call.syscalls)).toEqual([
    [{ kind: 'mmap', length: 5152, how: '', mapping: 1 }],
    [
      { kind: 'brk-query', result: 0 },
      { kind: 'brk', to: 0x20000, result: 0x20000 },
      { kind: 'munmap', mapping: 1, offset: 0, length: 5152, failed: false },
    ],
    [],
    [{ kind: 'mmap', length: 200032, how: '', mapping: undefined }],
    [],
  ]);
  expect(record.trace.map((op) => op.size)).toEqual([5120, 2000, SIZE_MAX, 200000, 0]);
});

test('a mapping whose address, and name, came back is another mapping', () => {
  const mmap = "  mmap (['0', '200032', '3', '34', '-1', '0']) = <mapped-addr1>";
  const munmap = "  munmap (['<mapped-addr1>', '200032']) = 0";
  const record = parseRecord(`os_malloc (['200000']) = <mapped-addr1> + 0x20
${mmap}
os_free (['<mapped-addr1> + 0x20']) = <void>
${munmap}
os_malloc (['200000']) = <mapped-addr1> + 0x20
${mmap}
os_realloc (['<mapped-addr1> + 0x20', '0']) = 0
${munmap}
`);
  expect(formatTrace(record.trace)).toBe('a 0 200000\nf 0\na 0 200000\nr 0 0\n');
  expect(record.calls.map(({ syscalls }) => syscalls[0])).toMatchObject([
    { mapping: 1 },
    { mapping: 1 },
    { mapping: 2 },
    { mapping: 2 },
  ]);
  expect(record.calls[2]?.result).toEqual({ kind: 'mapping', mapping: 2, offset: 32 });
});

describe('a malformed record is refused with the line:', () => {
  test.each([
    ["os_malloc (['8'])", "1:1: expected a call and its result, found 'os_malloc (['8'])'"],
    ["os_malloc (['8']) = 12", "1:21: '12' is neither 0, <void> nor an address"],
    ["os_malloc (['8', '9']) = 0", '1:1: os_malloc takes 1 argument, not 2'],
    ["os_realloc (['8']) = 0", '1:1: os_realloc takes 2 arguments, not 1'],
    ["os_malloc (['x']) = 0", "1:14: 'x' is not a size"],
    ["os_free (['HeapStart + 0x20']) = <void>", "1:12: no call has returned 'HeapStart + 0x20'"],
    ["os_free (['0']) = 0", "1:19: os_free cannot return '0'"],
    ["os_malloc (['8']) = <void>", "1:21: os_malloc cannot return '<void>'"],
    ["os_free (['12']) = <void>", "1:12: '12' is not an address"],
    ["  brk (['0']) = HeapStart + 0x0", '1:3: a syscall before the first os_ call'],
    ["\nos_strdup (['8']) = 0", "2:1: unknown call 'os_strdup'"],
    [
      "os_malloc (['0']) = 0\n  brk (['7']) = HeapStart + 0x0",
      "2:10: '7' is not an address on the heap",
    ],
    ["os_malloc (['0']) = 0\n  munmap (['0', '8']) = 0", "2:13: '0' is not a mapping"],
    [
      "os_malloc (['8']) = HeapStart + 0x20\nos_malloc (['8']) = HeapStart + 0x20",
      "2:21: 'HeapStart + 0x20' was given out, but the block there is live",
    ],
    [
      "os_malloc (['8']) = HeapStart + 0x20\nos_free (['HeapStart + 0x20']) = <void>\nos_realloc (['HeapStart + 0x20', '8']) = HeapStart + 0x20",
      '3:15: a freed block was reallocated',
    ],
    [
      "os_malloc (['8']) = HeapStart + 0xffffffffffffffff",
      "1:21: 'HeapStart + 0xffffffffffffffff' is neither",
    ],
    ["os_malloc (['8']) = <mapped-addr1> + 0xffffffffffffffff", '1:21: '],
    ["os_malloc (['8']) = <mapped-addr1> + 0x20", '1:1: no mmap has returned <mapped-addr1>'],
  ])('%j', (text, message) => {
    expect(() => parseRecord(text, 'x.ref')).toThrow(`x.ref:${message}`);
  });
});

test('a record of a hundred thousand live blocks is read in seconds', () => {
  const lines = Array.from(
    { length: 100_000 },
    (_, index) => `os_malloc (['8']) = HeapStart + ${40 * index + 32}`,
  );
  const started = performance.now();
  const { trace } = parseRecord(lines.join('\n'));
  expect(trace.at(-1)?.slot).toBe(99_999);
  expect(performance.now() - started).toBeLessThan(4000);
});
