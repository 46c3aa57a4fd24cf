// The C program of a finding is compiled with whatever the target is, by the one line in its own header: C++, a
// shared library, the malloc lab without its memlib.c; and each command that reports findings shows it.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { anyAllocators } from '../fuzz/corpora.ts';
import { isoC } from '../src/contract/iso-c.ts';
import { malloclab } from '../src/contract/malloclab.ts';
import { bump, CFiles } from './support/c-target.ts';
import { Desk } from './support/command-line.ts';
import { outside } from './support/outside.ts';
import { requireTool } from './support/require-tool.ts';

const fileOf = (name: string): string => anyAllocators().find((each) => each.name === name)!.file;

/** What the line in the header of a program says, run in this folder. */
function runAsTold(source: string, folder: string): string {
  writeFileSync(join(folder, 'reproducer.c'), source);
  const line = /^ \* +(gcc .*)$/m.exec(source)?.[1] as string;
  const { status, stderr } = spawnSync('sh', ['-c', line], { cwd: folder, encoding: 'utf8' });
  return `${status}: ${stderr}`;
}

/** Not everybody who has gcc has the rest of it. */
function hasCpp(): boolean {
  return spawnSync('g++', ['--version'], { stdio: 'ignore' }).error === undefined;
}

describe.runIf(requireTool('gcc'))('a reproducer', () => {
  const files = new CFiles();
  const desk = new Desk();
  afterAll(() => {
    files.remove();
    desk.clear();
  });
  const forgetful = bump({ malloc: 'if (n == 13) return 0;' });
  const missing = /^1: op 1, p0 = .*malloc\(13\): p0: 13 bytes are owed and no system call failed/;

  it.runIf(hasCpp())('is linked with C++, without a word of extern "C"', async () => {
    const text = forgetful
      .replaceAll('return p ?', 'return (void *)p ?')
      .replace(/= sbrk/, '= (struct block *)sbrk');
    const cpp = text
      .replace('= mmap', '= (struct block *)mmap')
      .replaceAll(/\(\(struct block \*\)p\)/g, '((struct block *)p)');
    const file = files.write(cpp, 'cpp/osmem.cpp');
    const { reproduced, source } = await outside(file, 'a 0 13');
    expect(reproduced).toBe(true);
    expect(runAsTold(source, dirname(file))).toMatch(missing);
  });

  it('is linked with a shared library, whose calls it answers', async () => {
    const file = files.write(forgetful, 'so/osmem.c');
    const library = join(dirname(file), 'libosmem.so');
    execFileSync('gcc', ['-shared', '-fPIC', '-w', '-o', library, file]);
    const { reproduced, source } = await outside(library, 'a 0 13');
    expect(reproduced).toBe(true);
    expect(runAsTold(source, dirname(library))).toMatch(missing);
    expect((await outside(library, 'x sbrk 1; a 0 8; a 1 200000; r 1 300000')).says).toBe('');
  });

  it('is linked with the C library, of which it names nothing', async () => {
    const { reproduced, says } = await outside('libc', 'a 0 13; c 1 7 9; r 0 200000; f 1', isoC);
    expect({ reproduced, says }).toEqual({ reproduced: false, says: '' });
  });

  it('brings the memlib of the malloc lab', async () => {
    const file = fileOf('malloclab/four-bytes-short');
    const { says } = await outside(file, 'a 0 257; r 0 4093', malloclab);
    expect(says).toMatch(/^op 2, p0 = mm_realloc\(p0, 4093\): /);
  });

  it('is in what replay and shrink say, and shrink keeps it', async () => {
    desk.file('osmem.c', readFileSync(fileOf('links-into-payload')));
    const target = ['--target', 'osmem.c', '--json', 'out.json'];
    for (const argv of [['replay'], ['shrink', '--corpus', 'kept']]) {
      const { code, out } = await desk.run([...argv, 'a 0 131072; a 1 131072', ...target]);
      expect(code).toBe(1);
      expect(out).toContain('Reproduced outside the driver: yes');
      const json = JSON.parse(readFileSync(join(desk.folder, 'out.json'), 'utf8'));
      const [finding] = json.findings;
      expect(finding.reproduced).toBe(true);
      if (argv.length === 1) continue;
      const kept = /^kept (.*\.c)$/m.exec(out)?.[1] as string;
      expect(readFileSync(kept, 'utf8')).toBe(finding.reproducer);
    }
  });
});
