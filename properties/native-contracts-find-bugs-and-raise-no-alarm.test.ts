// Targets under other contracts than osmem: the malloc lab's, CS107's, plain C's, and the libraries that
// distributions ship. The sound ones pass, the broken ones are caught by what their headers expect.

import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { campaign } from '../src/check/campaign.ts';
import { Hunter } from '../src/check/hunt.ts';
import type { Contract, Symbols } from '../src/contract/contract.ts';
import { cs107 } from '../src/contract/cs107.ts';
import { isoC } from '../src/contract/iso-c.ts';
import { malloclab } from '../src/contract/malloclab.ts';
import { osmem } from '../src/contract/osmem.ts';
import { createNativeTarget, type NativeOptions } from '../src/target/native.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { free, freeNull, malloc, realloc } from '../src/trace/op.ts';
import type { Trace } from '../src/trace/trace.ts';
import { CFiles, runOn, stepsOf } from './support/c-target.ts';
import { requireLibrary } from './support/require-library.ts';
import { requireTool } from './support/require-tool.ts';

const ALLOCATORS = new URL('../corpus/allocators/', import.meta.url).pathname;
const files = new CFiles();
afterAll(() => files.remove());

interface Named {
  readonly name: string;
  readonly file: string;
  readonly contract: Contract;
  readonly sound: boolean;
  readonly expect: readonly string[];
  readonly trace: Trace;
}

function allocatorsOf(folder: string, contract: Contract): Named[] {
  return readdirSync(join(ALLOCATORS, folder)).map((name) => {
    const file = join(ALLOCATORS, folder, name);
    const text = readFileSync(file, 'utf8');
    const line = (key: string): string =>
      new RegExp(`^ \\* ${key}: (.+)$`, 'm').exec(text)?.[1] ?? '';
    expect(line('contract')).toBe(contract.name);
    const symbols = line('symbols');
    return {
      name,
      file,
      contract: symbols === '' ? contract : { ...contract, symbols: symbolsIn(symbols) },
      sound: text.startsWith('/* allocheck: sound'),
      expect: line('expect').split(' '),
      trace: parseTrace(line('trace')),
    };
  });
}

function symbolsIn(text: string): Symbols {
  return Object.fromEntries(text.split(',').map((part) => part.split('='))) as unknown as Symbols;
}

/** Not everybody who has gcc has the rest of it. */
function hasCpp(): boolean {
  const found = spawnSync('g++', ['--version'], { stdio: 'ignore' }).error === undefined;
  if (!found) process.stderr.write('skipped: g++ not found: install g++ to run these tests\n');
  return found;
}

/** The invariants that spoke, most serious first. */
async function check(
  options: Omit<NativeOptions, 'files'>,
  file: string,
  calls: number,
): Promise<string[]> {
  const target = await createNativeTarget({ cpuLimitMs: 100, ...options, files: [file] });
  try {
    const report = await campaign({
      target,
      seed: 'contracts',
      budget: { kind: 'ops', ops: calls },
    });
    expect(report.ops).toBeGreaterThan(0);
    return report.findings.map((finding) => finding.violation.invariant);
  } finally {
    await target.close();
  }
}

describe.runIf(requireTool('gcc'))('allocators of the corpus', () => {
  const all = [malloclab, cs107, isoC].flatMap((each) => allocatorsOf(each.name, each));

  test.each(all.filter((each) => each.sound))('$name passes', async ({ file, contract }) => {
    expect(await check({ contract }, file, 3000)).toEqual([]);
  });

  /** The fuzzers `zoo` and `reproducers` take them all. */
  const broken = all.filter((each) => !each.sound);
  test.each(broken.filter((_, i) => i % 3 === 0))(
    '$name is caught by its trace, as expected',
    async ({ file, contract, trace, expect: names }) => {
      const target = await createNativeTarget({ cpuLimitMs: 100, contract, files: [file] });
      const [suspect] = await new Hunter(target).hunt([{ seed: 'own', trace }]);
      await target.close();
      expect(names).toContain(suspect?.violations[0]?.invariant);
    },
  );
});

describe.runIf(requireTool('gcc'))('a target with an init function', () => {
  const lab = (init: string, malloc = ''): string =>
    files.write(`#include "mm.h"
      #include "memlib.h"
      #include <string.h>
      static int calls;
      int mm_init(void) { calls++; ${init} }
      void *mm_malloc(size_t n) { ${malloc} return mem_sbrk((n + 7) & ~7); }
      void mm_free(void *p) { if (!p) *(volatile int *)0 = 0; }
      void *mm_realloc(void *p, size_t n) {
        char *q = mm_malloc(n);
        return p && q ? memmove(q, p, n) : q;
      }`);
  const TRACE = [malloc(0, 24), freeNull(), free(0), realloc(0, 40)];

  test('is initialized before each trace, after an earlier one, over a heap that is not zero', async () => {
    const fresh = lab('return calls == 2 && *(unsigned char *)mem_sbrk(8) == 0xa5 ? 0 : -1;');
    const target = await createNativeTarget({ contract: malloclab, files: [fresh] });
    const all = await stepsOf(target, [TRACE, TRACE]);
    await target.close();
    for (const steps of all) {
      expect(steps.map((step) => step.index)).toEqual([-1, 0, 1, 2, 3]);
      expect(steps.map((step) => step.outcome)).toEqual([
        'skipped',
        'returned',
        'skipped',
        'returned',
        'returned',
      ]);
      expect(steps[0]!.syscalls).toMatchObject([{ name: 'sbrk', moved: 8 }]);
    }
  });

  test('has no earlier trace if it does not survive that', async () => {
    const lost = 'if (n == 5000) for (;;);';
    const outcomes = async (init: string): Promise<string[]> =>
      (await runOn(lab(init, lost), TRACE, { contract: malloclab })).map((step) => step.outcome);
    expect(await outcomes('return calls == 1 ? 0 : -1;')).toContain('returned');
    expect(await outcomes('return calls == 2 ? 0 : -1;')).toEqual(['exited']);
  });

  test('ends the trace where it fails, crashes, or never returns', async () => {
    const ends = async (init: string): Promise<string> => {
      const [step] = await runOn(lab(init), TRACE, { contract: malloclab, cpuLimitMs: 50 });
      return `${step!.outcome} ${step!.detail}`;
    };
    expect(await ends('return -1;')).toBe('exited its init function said that it failed');
    expect(await ends('*(volatile int *)8 = 0; return 0;')).toBe(
      'crashed SIGSEGV, in its init function',
    );
    expect(await ends('for (;;);')).toMatch(/^hung .*, in its init function$/);
  });

  test('finds the heap limited as in the lab, and the lab’s own driver left out', async () => {
    const file = lab('return 0;');
    const trace = Array.from({ length: 12 }, (_, slot) => malloc(slot, 2 ** 21));
    const steps = await runOn(file, trace, { contract: malloclab });
    expect(steps.map((step) => step.result !== -1 && step.errno === 0)).toEqual(
      Array.from({ length: 11 }, (_, i) => i < 10),
    );
    for (const name of ['memlib.c', 'mdriver.c']) files.write('#error not this', `lab/${name}`);
    files.write(readFileSync(file, 'utf8'), 'lab/mm.c');
    expect(await runOn(join(files.directory, 'lab'), TRACE, { contract: malloclab })).toHaveLength(
      4,
    );
  });
});

describe.runIf(requireTool('gcc'))('a shared library', () => {
  const library = (name: string, text: string, ...more: string[]): string => {
    const path = join(files.directory, name);
    execFileSync('gcc', ['-shared', '-fPIC', '-w', '-o', path, files.write(text), ...more]);
    return path;
  };
  const forwarding = (free: string): string => `
    #include <stdlib.h>
    void *my_malloc(size_t n) { return malloc(n); }
    void my_free(void *p) { ${free} }`;
  const contract = { ...isoC, symbols: { malloc: 'my_malloc', free: 'my_free' } };

  test('shares a process between traces, and is given back what is live at their ends', async () => {
    const counting = `static int live; if (p) { live++; free(p); } if (live == 6) abort();`;
    const path = library('libcount.so.1', forwarding(counting));
    const target = await createNativeTarget({ contract, files: [path] });
    expect(target.isolation).toBe('shared');
    const trace = [malloc(0, 8), malloc(1, 8)];
    const all = await stepsOf(target, [trace, trace, trace, trace]);
    await target.close();
    expect(all.map((steps) => steps.at(-1)!.outcome)).toEqual([
      'returned',
      'returned',
      'crashed',
      'returned',
    ]);
    expect(all[2]!.at(-1)).toMatchObject({ index: 2, given: all[2]![1]!.result });
    expect(all[2]!.at(-1)!.detail).toMatch(/^SIGABRT, when what was live at the end was freed/);
  });

  test('is looked into alone: one trace has a process to itself', async () => {
    const path = library('libonce.so', forwarding('static int n; if (n++ > 0) abort();'));
    const target = await createNativeTarget({ contract, files: [path] });
    for (let i = 0; i < 3; i++) {
      const [steps] = await stepsOf(target, [[malloc(0, 8), free(0)]]);
      expect(steps!.map((step) => step.outcome)).toEqual(['returned', 'returned']);
    }
    await target.close();
  });

  test('of the course is judged by all of osmem', async () => {
    const sound = readFileSync(join(ALLOCATORS, 'sound/course-list.c'), 'utf8');
    expect(await check({ contract: osmem }, library('libosmem.so', sound), 5000)).toEqual([]);
    const broken = readFileSync(join(ALLOCATORS, 'broken/first-fit.c'), 'utf8');
    const found = await check({ contract: osmem }, library('libfirst.so', broken), 5000);
    expect(found).toContain('placement');
  });

  const LIBRARIES = [
    ['libc', 'libc'],
    ['libc.so.6', requireLibrary('libc.so.6', 'libc6')],
    ['libjemalloc', requireLibrary('libjemalloc.so.2', 'libjemalloc2')],
    ['libmimalloc', requireLibrary('libmimalloc.so.2.0', 'libmimalloc2.0')],
    ['libtcmalloc-minimal', requireLibrary('libtcmalloc_minimal.so.4', 'libtcmalloc-minimal4')],
  ] as const;

  for (const [name, path] of LIBRARIES) {
    test.runIf(path !== undefined)(`that a distribution ships passes: ${name}`, async () => {
      expect(await check({ contract: isoC }, path as string, 50_000)).toEqual([]);
    });
  }

  test('is a target of its own, and must define what is asked for', async () => {
    const refusal = (options: NativeOptions): Promise<unknown> =>
      createNativeTarget(options).then(
        () => 'accepted',
        (error: Error) => error.message.split('\n')[0],
      );
    const path = library('libtwo.so', forwarding(''));
    expect(await refusal({ contract, files: [path, path] })).toBe(
      `${path}: a library is a target of its own`,
    );
    expect(await refusal({ contract, files: ['/no/such.so'] })).toBe(
      '/no/such.so: no such file or directory',
    );
    expect(await refusal({ contract, files: [files.write('text', 'text.so')] })).toBe(
      'text.so is no library or object for this machine',
    );
    expect(await refusal({ contract: osmem, files: [path] })).toMatch(
      /^libtwo\.so does not define /,
    );
  });
});

describe.runIf(requireTool('gcc') && hasCpp())('a source in C++', () => {
  const text = `#include <cstdlib>
    #include <vector>
    static std::vector<void *> seen;
    void *my_malloc(std::size_t n) { seen.push_back(nullptr); return std::malloc(n); }
    void my_free(void *p) { std::free(p); }`;
  const contract = { ...isoC, symbols: { malloc: 'my_malloc', free: 'my_free' } };

  test.each(['a.cpp', 'b.cc'])('is compiled, with or without extern "C": %s', async (name) => {
    expect(await check({ contract }, files.write(text, name), 2000)).toEqual([]);
    const marked = text.replace(/^ *void/gm, 'extern "C" void');
    expect(
      await check({ contract }, files.write(marked, `marked-${basename(name)}`), 2000),
    ).toEqual([]);
  });
});
