import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { canary } from '../fuzz/canary.ts';
import { isSpent, ops, runs, shareOf } from '../fuzz/fuzzer.ts';
import { main } from '../fuzz/main.ts';
import { tryText } from '../fuzz/notation.ts';
import { FUZZERS } from '../fuzz/registry.ts';
import { figure, tableText } from '../fuzz/table.ts';

async function fuzz(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await main(argv, {
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
    cwd: tmpdir(),
    signal: new AbortController().signal,
    terminal: false,
  });
  return { code, out, err };
}

test('an unknown fuzzer is refused with exit code 2 and the names that there are', async () => {
  const { code, out, err } = await fuzz('nonsense');
  expect(code).toBe(2);
  expect(out).toBe('');
  expect(err).toMatch(/^fuzz: there is no fuzzer nonsense; there are smoke, canary, simulated, /);
});

test.each([
  ['notation', '--runs', '0'],
  ['notation', '--runs', 'many'],
  ['notation', '--runs', '-1'],
  ['notation', '--runs', '9999999999999'],
  ['notation', '--runs', '1', '--ops', '1'],
  ['notation', '--depth', '3'],
  ['notation', '--runs', '1', '--json', '/no/such/folder/x.json'],
])('%s %s %s is refused in one line with exit code 2', async (...argv) => {
  const { code, err } = await fuzz(...argv);
  expect(code).toBe(2);
  expect(err).toMatch(/^fuzz: [^\n]+\n$/);
});

test('list names every fuzzer, and so does no name at all', async () => {
  const { code, out } = await fuzz('list');
  expect(code).toBe(0);
  for (const { name, about } of FUZZERS) {
    expect(out).toContain(`\n${name} `);
    expect(out).toContain(about);
  }
  expect((await fuzz()).out).toBe(out);
});

test('names are unique, and smoke and canary come first', () => {
  const names = FUZZERS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.slice(0, 2)).toEqual(['smoke', 'canary']);
});

test('the seed comes first, and the same seed gives the same figures', async () => {
  const once = await fuzz('simulated', '--ops', '500', '--seed', 'same', '--json', jsonFile('a'));
  const again = await fuzz('simulated', '--ops', '500', '--seed', 'same', '--json', jsonFile('b'));
  expect(once.code).toBe(0);
  expect(once.out).toMatch(/^simulated: seed same, 500 ops\n/);
  const figures = [jsonFile('a'), jsonFile('b')].map((file) =>
    timeless(readFileSync(file, 'utf8')),
  );
  expect(figures[0]).toEqual(figures[1]);
  expect(figures[0]).toMatchObject({
    schema: 'allocheck/fuzz@1',
    fuzzer: 'simulated',
    passed: true,
  });
  expect(again.code).toBe(0);
  rmSync(folder, { recursive: true });
});

test('the canary rings for a mutant and, where gcc is there, for a C allocator', async () => {
  const said: string[] = [];
  const report = await canary.run(context((line) => said.push(line)));
  expect(said.join('\n')).toMatch(/^mutant:\S+: caught at run \d+ by [a-z-]+: /);
  expect(report).toMatchObject({ passed: true, summary: 'the alarm rings' });
});

test('a canary that is not looked at long enough is a broken alarm', async () => {
  const { passed, summary } = await canary.run({ ...context(() => {}), amount: runs(0) });
  expect(passed).toBe(false);
  expect(summary).toBe('THE ALARM IS BROKEN');
});

test.each([
  ['a 0 1\nf 0\n', 'read'],
  ['a 0', 'refused'],
  ['\0\u001b[2J', 'refused'],
  [`a 0 ${'9'.repeat(30)}`, 'refused'],
  ['', 'read'],
])('the text %j is %s', (text, verdict) => {
  expect(tryText(text)).toBe(verdict);
});

test('an amount is spent in its own unit, and has shares of at least one', () => {
  expect(isSpent(runs(3), 3, 0)).toBe(true);
  expect(isSpent(runs(3), 2, 100)).toBe(false);
  expect(isSpent(ops(3), 100, 2)).toBe(false);
  expect(shareOf(ops(10), 0.4)).toEqual(ops(4));
  expect(shareOf(runs(1), 0.1)).toEqual(runs(1));
});

test('figures are grouped, and tables align them to the right', () => {
  expect(figure(1234567)).toBe('1 234 567');
  expect(figure(2.5)).toBe('2.5');
  expect(
    tableText(
      ['name', 'ops'],
      [
        ['a', 1000],
        ['bc', 7],
      ],
    ),
  ).toBe('name    ops\n----    ---\na     1 000\nbc        7');
});

const folder = mkdtempSync(join(tmpdir(), 'allocheck-fuzz-'));

function jsonFile(name: string): string {
  if (!existsSync(folder)) throw new Error('the folder was removed too early');
  return join(folder, `${name}.json`);
}

/** Without what the clock decides. */
function timeless(json: string): unknown {
  return JSON.parse(json, (key, value: unknown) => (key === 'elapsedMs' ? undefined : value));
}

function context(say: (line: string) => void) {
  return { seed: 'canary', amount: canary.amount, brief: false, say };
}
