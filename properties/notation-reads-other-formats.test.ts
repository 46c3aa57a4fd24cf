import { describe, expect, test } from 'vitest';
import { free, freeNull, malloc, realloc } from '../src/trace/op.ts';
import { readTraceFile, type TraceFormat } from '../src/trace/trace-file.ts';

const rep = '20000\n2\n4\n1\na 0 512\na 1 128\nr 0 640\nf 1\n';

describe('a CS:APP .rep file', () => {
  test('is its ops, with the four numbers above them as header', () => {
    const file = readTraceFile(rep, 'short1.rep');
    expect(file.format).toBe('rep');
    expect(file.trace).toEqual([malloc(0, 512), malloc(1, 128), realloc(0, 640), free(1)]);
    expect(Object.fromEntries(file.header)).toEqual({
      'heap-size': '20000',
      ids: '2',
      ops: '4',
      weight: '1',
    });
  });

  test('may free NULL and have blank lines and CRLF', () => {
    expect(readTraceFile('0\r\n1\r\n1\r\n1\r\n\r\nf -1\r\n', 'x.rep').trace).toEqual([freeNull()]);
  });

  test.each([
    ['20000\n2\n', 'expected the ops of a .rep header (a whole number), found nothing', '3:1'],
    ['20000\nx\n', "expected the ids of a .rep header (a whole number), found 'x'", '2:1'],
    ['1\n1\n2\n1\na 0 8\n', '1 ops, but the header says 2', '6:1'],
    ['1\n1\n1\n1\na 1 8\n', 'id 1 is used though the header says 1 ids', '6:1'],
    ['1\n1\n1\n1\nc 0 1 8\n', "expected an op (a, r, f), found 'c'", '5:1'],
  ])('is refused where its counts or letters are wrong: %j', (text, problem, place) => {
    expect(() => readTraceFile(text, 'x.rep')).toThrow(`x.rep:${place}: ${problem}`);
  });
});

describe('a CS107 script', () => {
  test('is its ops', () => {
    const file = readTraceFile('# a script\na 0 5\nr 0 9\n\nf 0\n', 'samples/robust.script');
    expect(file.format).toBe('cs107');
    expect(file.trace).toEqual([malloc(0, 5), realloc(0, 9), free(0)]);
  });

  test('has no other letters', () => {
    expect(() => readTraceFile('x sbrk 1\n', 'x.script')).toThrow(
      'x.script:1:1: expected an op (a, r, f)',
    );
  });
});

describe('the format is found out', () => {
  test.each<[TraceFormat, string, string]>([
    ['rep', rep, 'renamed.txt'],
    ['rep', `\ufeff${rep.replaceAll('\n', '\r\n')}`, 'renamed.txt'],
    ['cs107', 'a 0 5', 'X.SCRIPT'],
    ['course-record', "os_malloc (['0']) = 0\n", 'renamed.txt'],
    ['course-record', '', 'empty.ref'],
    ['allocheck', 'a 0 5', 'x.trace'],
    ['allocheck', '', 'x.trace'],
  ])('%s', (format, text, name) => {
    expect(readTraceFile(text, name).format).toBe(format);
  });

  test('three numbers make no .rep header', () => {
    const text = '1\n2\n3\na 0 5\n';
    expect(() => readTraceFile(text, 'x.trace')).toThrow('x.trace:1:1: expected an op');
  });
});
