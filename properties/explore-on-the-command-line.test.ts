// `allocheck explore` says what holds up to a bound, or the shortest trace that does not, and loses nothing of what
// it did when it is killed.

import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { packageFolder } from '../src/cli/known-traces.ts';
import { Desk, type Ended } from './support/command-line.ts';
import { requireTool } from './support/require-tool.ts';

const desk = new Desk();
afterAll(() => desk.clear());

const explore = (...argv: string[]): Promise<Ended> => desk.run(['explore', ...argv]);

/** As JSON, but for the time that it took. */
async function told(...argv: string[]): Promise<Record<string, unknown>> {
  const { out } = await explore(...argv, '--json', '-');
  return { ...(JSON.parse(out) as Record<string, unknown>), elapsedMs: 0 };
}

describe('explore', () => {
  test('tells the bound up to which all traces hold, and on what that stands', async () => {
    const { code, out, err } = await explore('--depth', '3');
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toMatch(/^builtin: VERIFIED to depth 3, no violation of osmem\nall [\d,]+ traces/);
    expect(out).toContain('  malloc   1, 40, 45, 131000, 131065, 131072, MAX, 0\n');
    expect(out).toContain('(--no-merge: by their history)');
    expect((await explore('--depth', '1', '--quiet')).out.split('\n')).toHaveLength(2);
  });

  test('ends with 1 and the shortest trace where something is wrong', async () => {
    const { code, out } = await explore('mutant:copies-nothing');
    expect(code).toBe(1);
    expect(out).toMatch(
      /^mutant:copies-nothing: FAILED, the shortest counterexample to osmem has 2 ops/,
    );
    expect(out).toMatch(/ {5}a 0 \d+ .*\n {3}> r 0 131065 /);
    const { verdict, verified, findings } = await told('mutant:copies-nothing');
    expect({ verdict, verified }).toEqual({ verdict: 'failed', verified: 1 });
    expect(findings).toMatchObject([{ invariant: 'realloc-prefix', ops: 2, step: 1 }]);
  });

  test('ends with 3 and what was verified when it is told to stop', async () => {
    const stopped = AbortSignal.abort();
    const { code, out } = await desk.run(['explore', '--depth', '9'], stopped);
    expect(code).toBe(3);
    expect(out).toMatch(/^builtin: UNKNOWN, cut short; nothing verified of 9\n/);
  });

  test('refuses what it cannot do in one line', async () => {
    for (const [argv, says] of [
      [['--depth', '0'], '--depth 0 is not a number from 1 to 24'],
      [['--depth', 'six'], '--depth six'],
      [['--jobs', '0'], '--jobs 0'],
      [['--sizes', '8,x'], '--sizes: x is no size'],
      [['builtin', 'mutant:first-fit'], 'one allocator at a time'],
      [['--checkpoint', '/'], 'cannot use --checkpoint /: '],
    ] as const) {
      const { code, err } = await explore(...argv);
      expect(err).toContain(says);
      expect(err.trimEnd().split('\n')).toHaveLength(1);
      expect(code).toBe(2);
    }
  });
});

describe('a checkpoint', () => {
  test('cut off anywhere is gone on from, to the same result', async () => {
    const whole = await told('--depth', '3');
    const path = join(desk.folder, 'whole');
    expect(await told('--depth', '3', '--checkpoint', 'whole')).toEqual(whole);
    const text = readFileSync(path);
    for (const share of [0, 0.001, 0.3, 0.6, 0.9, 1]) {
      writeFileSync(path, text);
      truncateSync(path, Math.ceil(text.length * share));
      expect(await told('--depth', '3', '--checkpoint', 'whole'), `${share}`).toEqual(whole);
      expect(readFileSync(path).equals(text)).toBe(true);
    }
    const { out } = await explore('--depth', '3', '--checkpoint', 'whole');
    expect(out).toMatch(/; [\d,]+ runs of an earlier exploration\n/);
  });

  test('serves another depth, and no other exploration', async () => {
    await explore('--depth', '3', '--checkpoint', 'deep');
    const deeper = ['--depth', '4', '--sizes', '1,40'];
    await explore('--depth', '2', '--sizes', '1,40', '--checkpoint', 'other');
    expect(await told(...deeper, '--checkpoint', 'other')).toEqual(await told(...deeper));
    for (const [file, argv] of [
      ['deep', ['--sizes', '1,40']],
      ['deep', ['mutant:first-fit']],
      ['deep', ['--no-merge']],
      [desk.file('mine.txt', 'something of mine\n'), []],
    ] as const) {
      const before = readFileSync(join(desk.folder, file));
      const { code, err } = await explore(...argv, '--checkpoint', file);
      expect(code).toBe(2);
      expect(err).toMatch(/^allocheck: --checkpoint .* name another file, or remove it\n$/);
      expect(readFileSync(join(desk.folder, file)).equals(before)).toBe(true);
    }
  });
});

describe.runIf(requireTool('gcc'))('of a C allocator', () => {
  const file = (name: string): string => join(packageFolder(), 'corpus/allocators', name);

  test('explore verifies a sound one, and finds the shortest trace of a broken one', async () => {
    const sound = await told(file('sound/implicit-walk.c'), '--depth', '2', '--faults');
    expect(sound).toMatchObject({ verdict: 'passed', verified: 2, merged: true });
    const broken = await told(file('broken/grows-into-live-neighbour.c'), '--depth', '3');
    expect(broken).toMatchObject({ verdict: 'failed', verified: 2, findings: [{ ops: 3 }] });
  });

  test('whose heap is not known states are told apart by their history', async () => {
    const argv = ['libc', '--contract', 'iso-c', '--depth', '2'];
    const { code, out } = await explore(...argv);
    expect(out).toContain('states are told apart by their history, up to the names of slots\n');
    expect(code).toBe(0);
    const { merged, levels } = await told(...argv);
    expect(merged).toBe(false);
    for (const { runs, traces } of levels as { runs: number; traces: number }[]) {
      expect(runs).toBe(traces);
    }
  });
});
