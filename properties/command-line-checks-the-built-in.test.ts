// `check` without a compiler: the built-in allocator, and mutants of it.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { startProgress } from '../src/cli/progress.ts';
import { start } from '../src/cli/start.ts';
import { Desk } from './support/command-line.ts';

const desk = new Desk();
afterAll(() => desk.clear());

const mutants = existsSync(new URL('../fuzz/mutants/index.ts', import.meta.url));

describe('check of the built-in', () => {
  test('prints the seed first, then the verdict, and a table last', async () => {
    const { code, out, err } = await desk.run(['check', '--budget', '100runs', '--seed', 'abc']);
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out.startsWith('seed abc\n')).toBe(true);
    expect(out).toContain('builtin: PASSED');
    expect(out).toMatch(/\nops\/s +[\d,]+\nheap at its peak +[\d,]+ bytes\n/);
    expect(out).toMatch(/splits +[\d,]+\nmerges +[\d,]+\nmoves +[\d,]+\nsyscalls +[\d,]+\n$/);
  });

  test('takes a new seed each time, and says which', async () => {
    const seedOf = async () => /^seed (\S+)\n/.exec((await desk.run(short)).out)?.[1];
    const short = ['check', '--budget', '1run', '--quiet'];
    const [one, two] = [await seedOf(), await seedOf()];
    expect(one).toMatch(/^[0-9a-f]{12}$/);
    expect(two).not.toBe(one);
  });

  test('--quiet leaves the seed and one line', async () => {
    const { out } = await desk.run(['check', '--budget', '1run', '--quiet', '--seed=1']);
    expect(out).toBe('seed 1\nbuiltin: PASSED, no violation of osmem\n');
  });

  test('--json - prints JSON alone on stdout, and the report on stderr', async () => {
    const { code, out, err } = await desk.run(['check', '--budget=5runs', '--json', '-']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ target: 'builtin', verdict: 'passed', runs: 5 });
    expect(err).toContain('PASSED');
  });

  test('--json FILE writes the file, whatever was there', async () => {
    const path = join(desk.folder, 'verdict.json');
    for (const seed of ['1', '2']) {
      await desk.run(['check', '--budget=1run', '--json', 'verdict.json', '--seed', seed]);
      expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ seed });
    }
  });

  test('of several targets gives an array, in their order', async () => {
    const { out } = await desk.run(['check', 'builtin', 'builtin', '--budget=1run', '--json=-']);
    expect(JSON.parse(out)).toMatchObject([{ target: 'builtin' }, { target: 'builtin' }]);
  });

  test('stopped before anything was found ends with 3', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    const { code, out } = await desk.run(['check', '--budget', '60s'], stop.signal);
    expect(code).toBe(3);
    expect(out).toContain('UNKNOWN, cut short with nothing found');
  });

  test('runs the traces of --corpus first', async () => {
    desk.file('mine/one.trace', 'a 0 24\nf 0\n');
    const argv = ['check', '--budget=1run', '--corpus', 'mine'];
    const before = (await desk.run(argv)).out.match(/after (\d+) known/)?.[1];
    desk.file('mine/two.trace', 'a 0 48\n');
    const after = (await desk.run(argv)).out.match(/after (\d+) known/)?.[1];
    expect(Number(after)).toBe(Number(before) + 1);
  });

  test('shows progress on a terminal only', () => {
    const io = {
      stdout: () => {},
      stderr: () => {},
      cwd: '/',
      signal: new AbortController().signal,
    };
    const progress = { runs: 3, ops: 1000, findings: 2, elapsedMs: 1500 };
    for (const terminal of [true, false]) {
      const line = startProgress('osmem.c', false, { ...io, terminal });
      line.show(progress);
      line.stop();
    }
  });
});

describe.runIf(mutants)('check of a mutant', () => {
  test('finds it out, keeps what it found, and replays it', async () => {
    const { MUTANTS } = await import('../fuzz/mutants/index.ts');
    const name = `mutant:${MUTANTS[0]?.name}`;
    const argv = ['check', name, '--budget=2000runs', '--first', '--seed=1', '--corpus=kept'];
    const { code, out } = await desk.run(argv);
    expect(code).toBe(1);
    expect(out).toMatch(/\nkept .*kept\/[0-9a-f]{16}\.trace\n$/);
    const again = await desk.run(['replay', 'kept']);
    expect(again).toMatchObject({ code: 0, err: '' });
    expect(again.out).toContain('failed as recorded');
    const [entry = ''] = readdirSync(join(desk.folder, 'kept'));
    const literal = /'([^'\n]+)'\n\nkept|'([^'\n]+)'\nkept/.exec(out);
    const ops = literal?.[1] ?? literal?.[2] ?? join('kept', entry);
    expect((await desk.run(['replay', '--target', name, ops])).code).toBe(1);
    expect((await desk.run(['replay', ops])).code).toBe(0);
  });

  test('that does not exist names those that do', async () => {
    const { code, err } = await desk.run(['check', 'mutant:none']);
    expect(code).toBe(2);
    expect(err).toMatch(/^allocheck: there is no mutant:none; there are .+, .+\n$/);
  });
});

describe.runIf(mutants)('npm start', () => {
  const io = (lines: string[]) => ({
    stdout: (text: string) => lines.push(text),
    stderr: (text: string) => lines.push(text),
    cwd: desk.folder,
    signal: new AbortController().signal,
    terminal: false,
  });

  test('shows the sound one survive and a mutant caught, and succeeds', async () => {
    const lines: string[] = [];
    expect(await start(io(lines), 20_000)).toBe(0);
    expect(lines.join('')).toMatch(/PASSED[\s\S]*FAILED[\s\S]* -> \d+ ops? in /);
  });

  test('fails if the mutant survives', async () => {
    const lines: string[] = [];
    expect(await start(io(lines), 1000, 'builtin')).toBe(1);
    expect(lines.join('')).toContain('builtin was not caught');
  });
});
