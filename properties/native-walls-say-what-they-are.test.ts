// What stands round a native target: the walls that this machine has or lacks, the copies that a compiler sees, and
// the ends of a reproducer.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { ReproducerRunner } from '../src/target/reproducer-run.ts';
import { whyNoSandbox } from '../src/target/sandbox.ts';
import { stageSources } from '../src/target/stage.ts';
import { requireTool } from './support/require-tool.ts';

const home = mkdtempSync(join(tmpdir(), 'allocheck-test-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(home, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const folderOf = (path: string): string => join(path, '..');

describe.runIf(requireTool('prlimit', 'util-linux'))('on a machine', () => {
  afterEach(() => vi.unstubAllEnvs());
  let prlimit = '';
  beforeAll(() => {
    prlimit = execFileSync('sh', ['-c', 'command -v prlimit'], { encoding: 'utf8' }).trim();
  });

  /** The module as a process finds it that has only these commands. */
  async function sandboxWith(commands: Readonly<Record<string, string>>) {
    const bin = mkdtempSync(join(home, 'bin-'));
    for (const [name, script] of Object.entries(commands)) {
      if (script.startsWith('/')) symlinkSync(script, join(bin, name));
      else writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    for (const folder of [home, bin]) chmodSync(folder, 0o755);
    vi.stubEnv('PATH', bin);
    vi.resetModules();
    return import('../src/target/sandbox.ts');
  }

  test('without bubblewrap there are limits, and those who require walls are told', async () => {
    const { openSandbox, whyNoSandbox: why } = await sandboxWith({ prlimit });
    expect(why()).toBe('bubblewrap (bwrap) is not installed');
    expect(() => openSandbox('require')).toThrow('no sandbox: bubblewrap (bwrap) is not installed');
    const sandbox = openSandbox('auto');
    expect(sandbox.level).toBe('rlimits');
    const limit = file('limit.sh', '#!/bin/sh\nulimit -n\n');
    chmodSync(limit, 0o755);
    const said = [
      sandbox.program(limit),
      sandbox.compiler(limit, [], { folders: [], plain: [] }),
      sandbox.script('echo "$0"', 'me'),
    ].map(({ command, arguments: rest }) =>
      execFileSync(command, [...rest], { encoding: 'utf8' }).trim(),
    );
    expect(said).toEqual(['64', '1024', 'me']);
  });

  test('without prlimit there is nothing, and it is said what is missing', async () => {
    expect((await sandboxWith({})).openSandbox('auto').level).toBe('none');
    const { openSandbox } = await sandboxWith({ bwrap: 'exit 0' });
    expect(() => openSandbox('require')).toThrow('prlimit (util-linux) is not installed');
  });

  test.each([
    ['echo "bwrap: not here" >&2; exit 1', /does not work on this machine \(bwrap: not here\)$/],
    ['exit 1', /does not work on this machine \(it cannot be started\)$/],
  ])('a bubblewrap that does %j is none', async (script, why) => {
    const bwrap = `case "$1" in --version) exit 0;; esac; ${script}`;
    const sandbox = await sandboxWith({ prlimit, bwrap });
    expect(sandbox.whyNoSandbox()).toMatch(why);
    expect(sandbox.openSandbox('auto').level).toBe('rlimits');
  });
});

describe('the copies for a compiler', () => {
  const staged = (path: string, includes: readonly string[] = [], shown: readonly string[] = []) =>
    stageSources([path], includes, home, shown);

  test('are of plain files alone, and not deeper than 8 folders', () => {
    const deep = `${'d/'.repeat(9)}too-deep.c`;
    for (const name of ['a.c', 'd/b.c', deep]) file(`plain/${name}`, '');
    symlinkSync('/etc/passwd', join(home, 'plain/link.c'));
    const { folders, remove } = staged(join(home, 'plain'));
    const copied = readdirSync(folders[0]?.[1] as string, { recursive: true }).map(String);
    expect(copied.filter((name) => name.endsWith('.c')).sort()).toEqual(['a.c', 'd/b.c']);
    remove();
    expect(() => readdirSync(folders[0]?.[1] as string)).toThrow('ENOENT');
  });

  test('of a file are itself and headers, not its neighbours', () => {
    const one = file('class/one.c', '');
    for (const name of ['class/other.c', 'class/one.h', 'inc/two.h', 'inc/two.c']) file(name, '');
    const inner = join(home, 'class/inner');
    const includes = [folderOf(one), join(home, 'inc'), join(home, 'gone')];
    const { folders, remove } = staged(one, includes, [inner, file('inc/three.h', '')]);
    expect(folders.map(([seen, real]) => [seen, readdirSync(real).sort()])).toEqual([
      [join(home, 'class'), ['inner', 'one.c', 'one.h']],
      [join(home, 'inc'), ['three.h', 'two.h']],
    ]);
    remove();
  });

  test('are refused where it is too much, and then nothing is left of them', () => {
    truncateSync(file('much/large.c', ''), (64 << 20) + 1);
    const before = readdirSync(home);
    expect(() => staged(join(home, 'much'))).toThrow('much: more than 5000 files or 64 MiB');
    expect(readdirSync(home)).toEqual(before);
  });
});

describe.runIf(requireTool('gcc'))('a reproducer', () => {
  const library = 'int twice(int x) { return 2 * x; }\n';
  const says = 'fprintf(stderr, "told\\n");';
  const program = (body: string): string =>
    `#include <stdio.h>\n#include <stdlib.h>\n#include <signal.h>\nint twice(int);\n#undef main\nint main(void) { ${body} return twice(0); }\n`;
  const walls = whyNoSandbox() === undefined ? (['none', 'require'] as const) : (['none'] as const);

  describe.each(walls)('with the sandbox %j', (sandbox) => {
    const target = file(`target-${sandbox}/lib.c`, library);
    let runner: ReproducerRunner;
    beforeAll(() => {
      runner = new ReproducerRunner({ files: [target], sandbox });
    });
    afterAll(() => runner.close());

    test.each([
      [says, { outcome: 'held', says: 'told' }],
      [`${says} return 1;`, { outcome: 'failed', says: 'told' }],
      ['return 3;', { outcome: 'other', says: 'ended with 3' }],
      [`${says} abort();`, { outcome: 'failed', says: 'killed by SIGABRT: told' }],
      ['raise(SIGSEGV);', { outcome: 'failed', says: 'killed by SIGSEGV' }],
      ['raise(SIGKILL);', { outcome: 'other', says: 'killed by SIGKILL' }],
    ])('that does %j ends as it should', async (body, end) => {
      expect(await runner.run(program(body))).toEqual(end);
    });

    test('that does not compile is neither held nor failed, and says why', async () => {
      const { outcome, says: why } = await runner.run(program('return missing;'));
      expect(outcome).toBe('other');
      expect(why).toMatch(/^reproducer\.c:\d+:\d+: error: .*missing/);
    });
  });

  test('is stopped by its signal', async () => {
    const runner = new ReproducerRunner({ files: [join(home, 'target-none')] });
    expect(runner.build).toMatchObject({ files: ['lib.c'], isCpp: false, isLibrary: false });
    const { outcome } = await runner.run(program('for (;;) {}'), AbortSignal.timeout(400));
    expect(outcome).toBe('other');
    runner.close();
  });

  test('whose target does not compile says so, and each time', async () => {
    const runner = new ReproducerRunner({ files: [file('bad/lib.c', 'int x = ;\n')] });
    for (const body of ['', says]) {
      const { outcome, says: why } = await runner.run(program(body));
      expect(outcome).toBe('other');
      expect(why).toMatch(/lib\.c:1:\d+: error/);
    }
    runner.close();
  });

  test('has the main of nobody else, though several files have one', async () => {
    const main = 'int main(void) { return 1; }\n';
    const files = [file('mains/a.c', `${library}${main}`), file('mains/b.c', main)];
    const defines = ['ONE=1'];
    const runner = new ReproducerRunner({ files, defines, cflags: ['-DTWO=2'] });
    expect(runner.build.flags).toEqual(expect.arrayContaining(['-DONE=1', '-DTWO=2']));
    expect(await runner.run(program(says))).toEqual({ outcome: 'held', says: 'told' });
    runner.close();
  });
});
