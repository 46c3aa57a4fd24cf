import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OperatingError } from '../src/contract/operating-error.ts';
import { formatTrace, parseTrace } from '../src/trace/notation.ts';
import { readTraceFile } from '../src/trace/trace-file.ts';
import { TraceSyntaxError } from '../src/trace/trace-syntax-error.ts';

function refusal(text: string, source = 'file.trace'): TraceSyntaxError {
  try {
    parseTrace(text, source);
  } catch (error) {
    if (error instanceof TraceSyntaxError) return error;
    throw error;
  }
  throw new Error(`not refused: ${text.slice(0, 80)}`);
}

describe('bad text is refused in one line that says where and why', () => {
  test.each([
    ['a 0', '1:4', 'expected a size (512, 0x200, MAX or MAX-7), found nothing'],
    ['a 0 8\na 1 -1', '2:5', "expected a size (512, 0x200, MAX or MAX-7), found '-1'"],
    ['a 0 8\r\nq', '2:1', "expected an op (a, c, r, f, s, d, x), found 'q'"],
    ['a 0 8; a 1 8 9', '1:14', "expected the end of the op (a line end or ;), found '9'"],
    ['aa 0 8', '1:1', "expected an op (a, c, r, f, s, d, x), found 'aa'"],
    ['c 0 4', '1:6', 'expected a size (512, 0x200, MAX or MAX-7), found nothing'],
    ['c 0', '1:4', 'expected a count (512, 0x200, MAX or MAX-7), found nothing'],
    ['a 1048576 8', '1:3', "expected a slot (0 to 1048575), found '1048576'"],
    ['f -2', '1:3', "expected a slot (0 to 1048575), found '-2'"],
    ['r -1 8', '1:3', "expected a slot (0 to 1048575), found '-1'"],
    ['x foo 1', '1:3', "expected sbrk or mmap, found 'foo'"],
    ['x sbrk 0', '1:8', "expected which sbrk fails (1 to 2147483647), found '0'"],
    ['a 0 18446744073709551616', '1:5', "'18446744073709551616' does not fit 64 bits"],
    ['a 0 0x10000000000000000', '1:5', "'0x10000000000000000' does not fit 64 bits"],
    ['a 0 MAX-18446744073709551616', '1:5', "'MAX-18446744073709551616' does not fit 64 bits"],
    [`a 0 ${'9'.repeat(30)}`, '1:5', `'${'9'.repeat(30)}' does not fit 64 bits`],
    ['\x7fELF\x02\x01', '1:1', "expected an op (a, c, r, f, s, d, x), found '\\x7fELF\\x02\\x01'"],
    [
      'a 0 \x1b[2J\u202e',
      '1:5',
      "expected a size (512, 0x200, MAX or MAX-7), found '\\x1b[2J\\u{202e}'",
    ],
  ])('%j', (text, place, problem) => {
    expect(refusal(text).message).toBe(`file.trace:${place}: ${problem}`);
  });

  test('as an operating error, with its place as numbers', () => {
    const error = refusal('a 0 8\n  z', 'x');
    expect(error).toBeInstanceOf(OperatingError);
    expect([error.source, error.line, error.column]).toEqual(['x', 2, 3]);
  });

  test('whatever the bytes are, and the message has no control characters', () => {
    const junk = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: fc.constantFrom(...'acrfsdx 019-;\n\r#\0\x1bM'), maxLength: 60 }),
    );
    fc.assert(
      fc.property(junk, fc.constantFrom('f', 'f.rep', 'f.ref', 'f.script'), (text, name) => {
        try {
          const { trace } = readTraceFile(text, name);
          expect(parseTrace(formatTrace(trace))).toEqual(trace);
        } catch (error) {
          expect(error).toBeInstanceOf(TraceSyntaxError);
          expect((error as Error).message).toMatch(/^[^\p{Cc}]+:\d+:\d+: [^\p{Cc}]+$/u);
        }
      }),
      { seed: 20260102, numRuns: 3000 },
    );
  });
});

describe('ten megabytes are read, or refused, in seconds', () => {
  const lines = 'a 17 131033\nf 17\n'.repeat(620_000);
  // Measured: 0.4 s. The limit leaves room for coverage and a busy machine; quadratic time it does not.
  const LIMIT_MS = 6000;

  test.each([
    ['a million ops', lines],
    ['one huge line of ops', lines.replaceAll('\n', ';')],
    ['nothing but comments', '# comment\n'.repeat(1_000_000)],
    ['nothing but line ends', '\r\n'.repeat(5_000_000)],
  ])('%s: read', (_, text) => {
    const started = performance.now();
    parseTrace(text);
    expect(performance.now() - started).toBeLessThan(LIMIT_MS);
  });

  test.each([
    ['ten million digits', `a 0 ${'9'.repeat(10_000_000)}`],
    ['ten million zeros, then a letter', `a 0 ${'0'.repeat(10_000_000)}x`],
    ['one long word', 'a'.repeat(10_000_000)],
    ['one slip at the very end', `${lines}q`],
  ])('%s: refused', (_, text) => {
    const started = performance.now();
    expect(refusal(text).message.length).toBeLessThan(200);
    expect(performance.now() - started).toBeLessThan(LIMIT_MS);
  });

  test.each(['f.ref', 'f.rep', 'f.script', 'f'])('a long line named %s: refused', (name) => {
    const text = `os_malloc ([${"'1',".repeat(2_500_000)}`;
    expect(() => readTraceFile(text, name)).toThrow(TraceSyntaxError);
  });
});
