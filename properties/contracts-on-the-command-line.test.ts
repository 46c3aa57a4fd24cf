// `--contract`, `--symbols` and library targets, as a user types them.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readSettings } from '../src/cli/options.ts';
import { malloclab } from '../src/contract/malloclab.ts';
import { Desk } from './support/command-line.ts';
import { requireTool } from './support/require-tool.ts';

const CORPUS = new URL('../corpus/allocators/', import.meta.url).pathname;
const desk = new Desk();
afterAll(() => desk.clear());

const BUDGET = ['--seed', 's', '--budget', '40runs', '--quiet'];

function copied(path: string, name: string): string {
  return desk.file(name, readFileSync(join(CORPUS, path)));
}

test('--help names the contracts, and that a file or a library will do', async () => {
  const { out } = await desk.run(['check', '--help']);
  const text = out.replace(/\s+/g, ' ');
  expect(text).toContain(
    'osmem, iso-c, malloclab, malloclab-16, cs107, or a .json, .js or .ts file',
  );
  expect(text).toContain('LIB.so, libc');
  expect(text).toContain('init=my_init');
});

test('a contract that is not there, or is wrong, is one line and exit code 2', async () => {
  for (const contract of ['posix', 'none.json', desk.file('bad.json', '{"name": 1}')]) {
    const { code, out, err } = await desk.run(['check', '--contract', contract]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^allocheck: .+\n$/);
    expect(err).toContain(contract);
  }
});

test('the built-in allocator is judged by osmem only', async () => {
  for (const name of ['builtin', 'mutant:expands-over-live']) {
    const { code, err } = await desk.run(['check', name, '--contract', 'malloclab']);
    expect([code, err]).toEqual([
      2,
      `allocheck: ${name} keeps osmem: malloclab needs a target in C\n`,
    ]);
  }
});

test('functions that the C library has too must be named with their free', async () => {
  const argv = ['check', '--contract', 'iso-c', '--symbols', 'malloc=my_malloc'];
  const { code, err } = await desk.run(argv);
  expect(code).toBe(2);
  expect(err).toBe('allocheck: --symbols malloc=my_malloc must name malloc and free with iso-c\n');
  expect((await desk.run(['check', '--symbols', 'memalign=x'])).err).toMatch(/malloc, .*init\n$/);
});

test('where names are those of the C library, only what --symbols names is called', async () => {
  const settings = (contract: string, symbols: string) =>
    readSettings({ contract, symbols }, desk.folder).then((read) => read.contract.symbols);
  expect(await settings('iso-c', 'malloc=m, free=f')).toEqual({ malloc: 'm', free: 'f' });
  expect(await settings('malloclab', 'malloc=m')).toEqual({ ...malloclab.symbols, malloc: 'm' });
});

describe.runIf(requireTool('gcc'))('a target under another contract', () => {
  const FOUND = ['--symbols', 'init=myinit,malloc=mymalloc,realloc=myrealloc,free=myfree'];

  test('passes by name, and by symbols', async () => {
    copied('malloclab/implicit-list.c', 'mm.c');
    const lab = await desk.run(['check', 'mm.c', '--contract', 'malloclab', ...BUDGET]);
    expect([lab.code, lab.out]).toEqual([0, 'seed s\nmm.c: PASSED, no violation of malloclab\n']);
    copied('cs107/implicit.c', 'cs107.c');
    const cs107 = ['check', 'cs107.c', '--contract', 'malloclab', ...FOUND, ...BUDGET];
    expect((await desk.run(cs107)).code).toBe(0);
  });

  test('is chosen again by the replay command of a finding', async () => {
    copied('cs107/loses-the-last-word.c', 'bad.c');
    const { code, out } = await desk.run([
      ...['check', 'bad.c', '--contract', 'malloclab', ...FOUND],
      ...['--seed', 's', '--budget', '60runs', '--first'],
    ]);
    expect(code).toBe(1);
    const [, options, trace] = /allocheck replay (.*) '(.*)'\n/.exec(out) ?? [];
    expect(options).toBe(`--target bad.c --symbols=${FOUND[1]} --contract=malloclab`);
    const again = await desk.run(['replay', trace!, ...options!.split(' ')]);
    expect([again.code, again.out]).toEqual([1, expect.stringContaining('realloc-prefix')]);
  });

  test('may be a library, the C library, or under a contract of the user', async () => {
    copied('iso-c/calloc-wraps.c', 'wraps.c');
    const library = join(desk.folder, 'libwraps.so');
    execFileSync('gcc', ['-shared', '-fPIC', '-w', '-o', library, join(desk.folder, 'wraps.c')]);
    const symbols = { malloc: 'my_malloc', realloc: 'my_realloc', free: 'my_free' };
    const own = { extends: 'iso-c', name: 'own', symbols };
    desk.file('own.json', JSON.stringify(own));
    const sound = await desk.run(['check', 'libwraps.so', '--contract', 'own.json', ...BUDGET]);
    expect([sound.code, sound.out]).toEqual([0, expect.stringContaining('no violation of own')]);
    own.name = 'with-calloc';
    desk.file(
      'calloc.json',
      JSON.stringify({ ...own, symbols: { ...symbols, calloc: 'my_calloc' } }),
    );
    const argv = ['replay', 'c 0 4294967296 4294967296', '--target', 'libwraps.so'];
    const broken = await desk.run([...argv, '--contract', 'calloc.json', '--quiet']);
    expect([broken.code, broken.out]).toEqual([1, expect.stringContaining('failed: overflow')]);
    const libc = await desk.run(['check', 'libc', '--contract', 'iso-c', ...BUDGET]);
    expect([libc.code, libc.out]).toEqual([0, 'seed s\nlibc: PASSED, no violation of iso-c\n']);
    const loud = await desk.run(['check', 'libc', '--contract', 'iso-c', '--budget', '1runs']);
    expect(loud.out).toContain('\none process for many traces: what is live at the end of one is');
  });
});
