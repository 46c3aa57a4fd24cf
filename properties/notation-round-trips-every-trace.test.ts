import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { osmemOurs } from '../src/contract/osmem.ts';
import { SIZE_MAX, type SizeT, sizeT } from '../src/contract/size-t.ts';
import { TraceArbitrary } from '../src/generate/trace-arbitrary.ts';
import {
  formatEntry,
  formatOp,
  formatTrace,
  parseEntry,
  parseTrace,
} from '../src/trace/notation.ts';
import { calloc, failMmap, freeNull, malloc, staleFree } from '../src/trace/op.ts';
import { formatSize, parseSize } from '../src/trace/size-text.ts';

const seeded = { seed: 20260101 };

describe('the notation', () => {
  test('says every trace, and reads back what it said', () => {
    fc.assert(
      fc.property(new TraceArbitrary(osmemOurs), (trace) => {
        expect(parseTrace(formatTrace(trace))).toEqual(trace);
      }),
      { ...seeded, numRuns: 300 },
    );
  });

  test('keeps every bit of every size', () => {
    const sizes = fc.oneof(
      fc.bigInt(0n, SIZE_MAX),
      fc.bigInt(0n, 70000n).map((below) => SIZE_MAX - below),
      fc.bigInt(2n ** 53n - 20n, 2n ** 53n + 20n),
      fc.nat(),
    );
    fc.assert(
      fc.property(sizes, (value) => {
        const size: SizeT = sizeT(value);
        expect(parseSize(formatSize(size))).toBe(size);
        expect(parseSize(`0x${BigInt(size).toString(16)}`)).toBe(size);
        expect(parseSize(`000${size}`)).toBe(size);
      }),
      { ...seeded, numRuns: 1000 },
    );
  });

  test.each([
    [SIZE_MAX, 'MAX'],
    [SIZE_MAX - 7n, 'MAX-7'],
    [SIZE_MAX - 65535n, 'MAX-65535'],
    [SIZE_MAX - 65536n, '18446744073709486079'],
    [131033, '131033'],
  ])('writes %s as %s', (size, text) => {
    expect(formatSize(size)).toBe(text);
  });

  test.each([
    '',
    '-1',
    '0x',
    'MAX+1',
    'MAX-',
    'MAX-MAX',
    '1e3',
    '1.5',
    'max',
    '18446744073709551616',
  ])('takes %j for no size', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });

  test('has a line for each kind of op', () => {
    const text = 'a 0 512\nc 1 4 16\nr 0 640\nf 1\nf -1\ns 0 64\nd 1\nx sbrk 1\nx mmap 2\n';
    const trace = parseTrace(text);
    expect(trace.map((op) => op.kind)).toEqual([
      'malloc',
      'calloc',
      'realloc',
      'free',
      'free-null',
      'stale-realloc',
      'stale-free',
      'fail-sbrk',
      'fail-mmap',
    ]);
    expect(trace.map(formatOp).join('\n').concat('\n')).toBe(text);
  });

  test.each([
    ['a line end', 'a 0 MAX\nc 1 0x10 3\nf -1\nd 0\nx mmap 2'],
    ['a semicolon', 'a 0 MAX;c 1 0x10 3 ;; f -1;d 0;x mmap 2;'],
    ['a carriage return and a line end', 'a 0 MAX\r\nc 1 0x10 3\r\nf -1\r\nd 0\r\nx mmap 2\r\n'],
    ['a carriage return', '\ra 0 MAX\rc 1 0x10 3\rf -1\rd 0\rx mmap 2'],
    ['a comment', '\ufeffa 0 MAX# one\nc 1\t0x10  3 # two\n\n  f -1 #\n#\nd 0\nx mmap 2 # end'],
  ])('takes %s for the end of an op', (_, text) => {
    const trace = [malloc(0, SIZE_MAX), calloc(1, 16, 3), freeNull(), staleFree(0), failMmap(2)];
    expect(parseTrace(text)).toEqual(trace);
  });
});

describe('the header of an entry', () => {
  test('is the `# key: value` lines above the first op, and nothing else', () => {
    const entry = parseEntry(
      '# name: a b\n# just a comment\n#tier:\na 0 1 # not: this\n# nor: that\n',
    );
    expect([...entry.header]).toEqual([
      ['name', 'a b'],
      ['tier', ''],
    ]);
    expect(entry.trace).toEqual([malloc(0, 1)]);
  });

  test('comes back as it was written, values of several lines too', () => {
    const header = new Map([
      ['invariant', 'disjointness'],
      ['note', 'one: two\nthree'],
    ]);
    const text = formatEntry({ header, trace: [malloc(0, 1)] });
    expect(text).toBe('# invariant: disjointness\n# note: one: two\n# note: three\na 0 1\n');
    expect(parseEntry(text).header).toEqual(header);
  });

  test('refuses a key that could not be read back', () => {
    const header = new Map([['two words', 'x']]);
    expect(() => formatEntry({ header, trace: [] })).toThrow(RangeError);
  });
});
