// The command line on C files: which of them make one target, and what comes of it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Desk } from './support/command-line.ts';
import { requireTool } from './support/require-tool.ts';

const desk = new Desk();
beforeAll(() => {
  const sound = corpus('sound/course-list.c');
  desk.file('sound.c', sound);
  desk.file('broken.c', corpus('broken/dangling-list-head.c'));
  desk.file('one/broken.c', corpus('broken/dangling-list-head.c'));
  desk.file('two/broken.c', corpus('broken/dangling-list-head.c'));
  desk.file('two/sound.c', sound);
  desk.file('renamed.c', sound.replaceAll('os_malloc', 'my_malloc'));
  desk.file('syntax.c', 'int main( {');
  desk.file('missing.c', '#include <stddef.h>\nvoid *os_malloc(size_t n) { return 0; }\n');
});
afterAll(() => desk.clear());

function corpus(name: string): string {
  return readFileSync(new URL(`../corpus/allocators/${name}`, import.meta.url), 'utf8');
}

const check = (...argv: string[]) => desk.run(['check', ...argv, '--budget=300runs', '--seed=1']);

describe.runIf(requireTool('gcc'))('a C allocator', () => {
  test('that is sound passes', async () => {
    const { code, out } = await check('sound.c');
    expect(out).toContain('sound.c: PASSED');
    expect(code).toBe(0);
  });

  test('that is broken is caught, shrunk, shown, and kept', async () => {
    const { code, out } = await check('broken.c', '--corpus', 'kept');
    expect(code).toBe(1);
    expect(out).toMatch(/1\. safety: termination\n {3}the call did not return: it crashed/);
    const command = /allocheck replay --target broken\.c '([^']+)'/.exec(out);
    const [, ops = ''] = command ?? [];
    expect(ops.split(';').length).toBeLessThanOrEqual(4);
    expect((await desk.run(['replay', '--target', 'broken.c', ops])).code).toBe(1);
    expect((await desk.run(['replay', '--target', 'sound.c', ops])).code).toBe(0);
    const kept = await desk.run(['replay', 'kept']);
    expect(kept.out).toContain('on broken.c: failed as recorded (termination)');
    expect(kept.code).toBe(0);
  });

  test('shrinks a trace by name', async () => {
    const trace = `${'f -1; '.repeat(40)}a 0 131072; a 1 0; f 1; f 0; c 0 1 1; a 9 9`;
    const { code, out } = await desk.run(['shrink', trace, '--target=broken.c', '--json=s.json']);
    expect(code).toBe(1);
    expect(out).toContain('broken.c: FAILED');
    const json = JSON.parse(readFileSync(join(desk.folder, 's.json'), 'utf8'));
    expect(json.findings[0].ops).toBeLessThanOrEqual(4);
    expect(json.findings[0].originalOps).toBe(46);
    expect((await desk.run(['shrink', trace, '--target=broken.c', '--quiet'])).out).toMatch(
      /^broken\.c: FAILED, 1 finding against osmem\n$/,
    );
  });

  test('and another are two targets; the worse decides', async () => {
    const { code, out } = await check('sound.c', 'broken.c', '--quiet');
    expect(out).toMatch(/^seed 1\nsound\.c: PASSED[^\n]*\nbroken\.c: FAILED[^\n]*\n$/);
    expect(code).toBe(1);
  });

  test('in a folder is a target, and two are two', async () => {
    expect((await check('one', '--quiet')).out).toMatch(/\none: FAILED/);
    const { out } = await check('two', '--json', '-');
    expect(JSON.parse(out)).toMatchObject([
      { target: 'two/broken.c', verdict: 'failed' },
      { target: 'two/sound.c', verdict: 'passed' },
    ]);
  });

  test('may be spread over files', async () => {
    desk.file('part1.c', `#include "part2.h"\n${corpus('sound/course-list.c')}`);
    desk.file('part2.h', 'int help(void);');
    desk.file('part2.c', '#include "part2.h"\nint help(void) { return 1; }');
    const { code, out } = await check('part1.c', 'part2.c', '--quiet');
    expect(out).toContain('part1.c+part2.c: PASSED');
    expect(code).toBe(0);
  });

  test('may name its functions otherwise', async () => {
    const argv = ['renamed.c', '--symbols', 'malloc=my_malloc', '--cflags=-O2 -DX=1'];
    expect((await check(...argv)).code).toBe(0);
    expect((await check(...argv, '--header=32')).code).toBe(0);
  });

  test('that does not compile is refused with the compiler’s first lines', async () => {
    const { code, err } = await check('syntax.c');
    expect(code).toBe(2);
    expect(err).toMatch(/^allocheck: syntax\.c does not compile\n.*error:/s);
  });

  test('that lacks functions is refused by their names', async () => {
    const { code, err } = await check('missing.c');
    expect(code).toBe(2);
    expect(err).toMatch(/^allocheck: missing\.c does not define os_calloc, os_free, os_realloc/);
  });
});

test.runIf(requireTool('gcc'))(
  'every regression that is kept still goes as it should',
  async () => {
    const folder = fileURLToPath(new URL('../corpus/regressions', import.meta.url));
    const { code, out } = await desk.run(['replay', folder]);
    expect(out).toMatch(/\d traces?: \d+ as recorded, 0 not\n$/);
    expect(code).toBe(0);
  },
);

test('without a compiler the error says so', async () => {
  const environment: { PATH?: string | undefined } = process.env;
  const { PATH } = environment;
  environment.PATH = desk.folder;
  try {
    const { code, err } = await check('missing.c');
    expect(code).toBe(2);
    expect(err).toMatch(/^allocheck: .*gcc/);
  } finally {
    environment.PATH = PATH;
  }
});
