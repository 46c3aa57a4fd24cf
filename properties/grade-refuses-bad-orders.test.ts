import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { keyOf } from '../src/grade/fingerprint.ts';
import { findSubmissions } from '../src/grade/submission.ts';
import { Desk } from './support/command-line.ts';
import { requireTool } from './support/require-tool.ts';

const desk = new Desk();
afterAll(() => desk.clear());
mkdirSync(join(desk.folder, 'empty'));
desk.file('class/ana.c', 'int x;');
desk.file('class/bob/src/osmem.c', 'int x;');
desk.file('notes.txt', 'no rubric');

describe.runIf(requireTool('gcc'))('grade', () => {
  test.each([
    [['none', '--out', 'o'], /none: there is no such folder/],
    [['class/ana.c', '--out', 'o'], /ana\.c: it is no folder/],
    [['empty', '--out', 'o'], /has no submissions in it/],
    [['class'], /--out/],
    [['class', '--out', 'o', '--rubric', 'none.json'], /--rubric none.json: there is no such/],
    [['class', '--out', 'o', '--rubric', 'notes.txt'], /it is no JSON/],
    [['class', '--out', 'o', '--limit', 'soon'], /--limit soon is no time/],
    [['class', '--out', 'o', '--limit', '900h'], /--limit 900h is no time/],
    [['class', '--out', 'o', '--rubric', 'empty'], /--rubric empty: EISDIR/],
    [['class', '--out', 'o', '--jobs', '0'], /--jobs 0 is not a number/],
    [['class', '--out', 'o', '--jobs', '1025'], /--jobs 1025 is not a number from 1 to 1024/],
    [['class', '--out', 'o', '--limit', '0s'], /--limit 0s is no time/],
    [['class', '--out', 'o', '--header', '40'], /--header 40 is not 24 or 32/],
    [['class', '--out', 'o', '--seed', 'a b'], /--seed takes/],
    [['class', '--out', 'o', '--cflags', '"'], /has an open quote/],
    [['class', '--out', 'o', '--symbols', 'x=y'], /--symbols x=y is not NAME=SYMBOL/],
    [
      ['class', '--out', 'o', '--contract', 'iso-c', '--symbols', 'malloc=m'],
      /must name malloc and free with iso-c/,
    ],
    [['class', '--out', 'o', '--contract', 'none'], /--contract none is not known/],
    [['class', '--out', 'o', '--memory', 'much'], /--memory much is not a number/],
    [['class', '--out', 'o', '--budget', 'all'], /--budget all is not a budget/],
    [['class', '--out', '/proc/o'], /cannot write \/proc\/o/],
  ])('asked for as %j is refused in one line with exit code 2', async (argv, says) => {
    const { code, out, err } = await desk.run(['grade', ...argv]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^allocheck: [^\n]+\n$/);
    expect(err).toMatch(says);
  });
});

test('without a compiler grade is refused in one line, and makes no folder', async () => {
  vi.stubEnv('PATH', join(desk.folder, 'empty'));
  const { code, out, err } = await desk.run(['grade', 'class', '--out', 'uncompiled']);
  vi.unstubAllEnvs();
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^allocheck: gcc is not there: install gcc, [^\n]+\n$/);
  expect(existsSync(join(desk.folder, 'uncompiled'))).toBe(false);
});

test('a key is that of names, kinds and links too, and of what is not there', () => {
  const path = join(desk.folder, 'links');
  mkdirSync(path);
  const key = (): string =>
    keyOf({ id: 'l', name: 'l', path, kind: 'folder', refused: '' }, undefined);
  const keys = [key()];
  symlinkSync('one', join(path, 'link'));
  keys.push(key());
  rmSync(join(path, 'link'));
  symlinkSync('two', join(path, 'link'));
  keys.push(key());
  rmSync(join(path, 'link'));
  desk.file('links/link', 'two');
  keys.push(key());
  rmSync(path, { recursive: true });
  keys.push(key());
  expect(new Set(keys).size).toBe(5);
});

test('a key is another where a byte, a name or a term is, and else the same', () => {
  const keys = (terms: unknown): string[] =>
    findSubmissions(join(desk.folder, 'class'), []).map((each) => keyOf(each, terms));
  const before = keys({ runs: 1 });
  expect(keys({ runs: 1 })).toEqual(before);
  expect(keys({ runs: 2 })).not.toContain(before[0]);
  desk.file('class/bob/src/osmem.c', 'int y;');
  expect(keys({ runs: 1 })[0]).toBe(before[0]);
  expect(keys({ runs: 1 })[1]).not.toBe(before[1]);
  desk.file('class/bob/src/osmem.c', 'int x;');
  expect(keys({ runs: 1 })).toEqual(before);
  desk.file('class/bob/src/more.h', '');
  expect(keys({ runs: 1 })[1]).not.toBe(before[1]);
});
