// Bad input: one clear line on stderr, nothing on stdout, exit code 2, and no hunt before that.

import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { splitWords } from '../src/cli/options.ts';
import { Desk } from './support/command-line.ts';

const desk = new Desk();
beforeAll(() => {
  desk.file('empty/README', '');
  desk.file('bad.trace', 'a 0 24\nf 0 q\n');
  desk.file('junk.trace', Buffer.from([0, 255, 27, 91, 50, 74, 128, 200]));
  desk.file('digits.trace', `a 0 ${'9'.repeat(30)}\n`);
  desk.file('notes.txt', 'hello');
  desk.file('a.c', 'void *os_malloc(unsigned long n) { return 0; }');
  desk.file('b.c', 'void *os_malloc(unsigned long n) /* yes */ { return 0; }');
  desk.file('helper.c', 'void *os_malloc(unsigned long n); void help(void) { os_malloc(1); }');
});
afterAll(() => desk.clear());

const CASES: readonly (readonly [name: string, argv: readonly string[], message: RegExp])[] = [
  ['unknown option', ['check', '--frobnicate'], /unknown option '--frobnicate'/],
  ['unknown command', ['frobnicate'], /unknown command 'frobnicate'/],
  ['unknown contract', ['check', '--contract', 'foo'], /--contract foo is not known .*osmem/],
  ['an empty name', ['check', ''], /an empty name is no target/],
  ['missing file', ['check', 'gone.c'], /gone\.c: there is no such file or folder/],
  ['folder without C', ['check', 'empty'], /empty: no C files/],
  ['no kind of target', ['check', 'notes.txt'], /notes\.txt is no target/],
  [
    'a helper of nobody',
    ['check', 'a.c', 'b.c', 'helper.c'],
    /helper\.c belongs to which of a\.c, b/,
  ],
  ['unwritable output', ['check', '--json', 'no/such/x.json'], /cannot write no\/such\/x\.json/],
  ['a folder as output', ['check', '--json', 'empty'], /cannot write empty: EISDIR/],
  [
    'a file as corpus',
    ['check', '--corpus', 'notes.txt'],
    /cannot write notes\.txt: it is no folder/,
  ],
  ['a corpus below a file', ['check', '--corpus', 'notes.txt/a'], /notes\.txt\/a: it is no folder/],
  ['budget of nothing', ['check', '--budget', '0s'], /--budget 0s is no budget at all/],
  ['negative budget', ['check', '--budget', '-5'], /--budget -5 is not a budget/],
  ['endless budget', ['check', '--budget', '1e99'], /--budget 1e99 is not a budget/],
  ['no budget', ['check', '--budget', 'banana'], /--budget banana is not a budget/],
  ['missing value', ['check', '--budget'], /argument missing/],
  ['header', ['check', '--header', '7'], /--header 7 is not 24 or 32/],
  ['symbols', ['check', '--symbols', 'malloc=1x'], /--symbols malloc=1x is not NAME=SYMBOL/],
  ['cflags', ['check', '--cflags', '-DX="a b'], /has an open quote/],
  ['empty seed', ['check', '--seed', ''], /--seed takes/],
  ['missing trace', ['replay', 'gone.trace'], /cannot read gone\.trace: there is no such file/],
  ['nothing to replay', ['replay', 'empty'], /empty has no trace files/],
  ['an empty name of a trace', ['replay', ''], /an empty argument is no trace/],
  ['no trace at all', ['replay'], /missing required argument 'trace'/],
  ['syntax error', ['replay', 'bad.trace'], /^allocheck: bad\.trace:2:5: /],
  ['syntax error in ops', ['replay', 'a 0 24; f x'], /^allocheck: trace:1:11: /],
  ['binary junk', ['replay', 'junk.trace'], /^allocheck: junk\.trace:1:1: /],
  ['a size of 30 digits', ['replay', 'digits.trace'], /^allocheck: digits\.trace:1:5: /],
  [
    'two targets to shrink on',
    ['shrink', 'a 0 1', '--target', 'a.c', '--target', 'b.c'],
    /more than/,
  ],
];

describe('bad input is refused in one line:', () => {
  test.each(CASES)('%s', async (_name, argv, message) => {
    const { code, out, err } = await desk.run(argv);
    expect(err).toMatch(message);
    expect(err).toMatch(/^allocheck: [^\n]+\n$/);
    expect(out).toBe('');
    expect(code).toBe(2);
    const control = [...err.trimEnd()].filter((character) => character < ' ');
    expect(control).toEqual([]);
  });

  test.skipIf(!existsSync('/proc/self'))('a corpus where none can be made', async () => {
    const { code, err } = await desk.run(['check', '--corpus', '/proc/none/here']);
    expect(err).toMatch(/^allocheck: cannot write \/proc\/none\/here: \w+\n$/);
    expect(code).toBe(2);
  });

  test('a file without permission', async () => {
    chmodSync(join(desk.folder, 'notes.txt'), 0);
    const { code } = await desk.run(['check', '--json', 'notes.txt', '--budget', '1run']);
    expect(code).toBe(process.getuid?.() === 0 ? 0 : 2);
    chmodSync(join(desk.folder, 'notes.txt'), 0o600);
  });
});

describe('asked for help,', () => {
  test('the program explains itself and ends with 0', async () => {
    const { code, out } = await desk.run(['--help']);
    expect(code).toBe(0);
    for (const word of ['check', 'replay', 'shrink', 'Exit codes']) expect(out).toContain(word);
    expect((await desk.run(['check', '--help'])).out).toContain('--budget');
    expect((await desk.run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('by silence, it does so on stderr and ends with 2', async () => {
    const { code, out, err } = await desk.run([]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Usage: allocheck');
  });
});

test('compiler flags are split as a shell splits them', () => {
  expect(splitWords(`-O2  -DX="a b" '-I my dir' -g`)).toEqual([
    '-O2',
    '-DX=a b',
    '-I my dir',
    '-g',
  ]);
  expect(splitWords('  ')).toEqual([]);
});
