// Small C allocators for the tests of native targets: a bump allocator that never reuses anything, with
// misbehaviour added where a test wants it, and the way to run one trace on it.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { osmem } from '../../src/contract/osmem.ts';
import { keepStep, type Step } from '../../src/target/execution.ts';
import { createNativeTarget, type NativeOptions } from '../../src/target/native.ts';
import type { Density, Target } from '../../src/target/target.ts';
import type { Trace } from '../../src/trace/trace.ts';

/** Statements for the beginning of functions of the allocator, and whatever else goes in front. */
export interface BumpParts {
  readonly before?: string;
  readonly malloc?: string;
  readonly free?: string;
  readonly realloc?: string;
  readonly without?: 'os_malloc' | 'os_calloc' | 'os_realloc' | 'os_free';
}

/** A sound bump allocator with tiling headers of 32 bytes; requests of 128 KiB or more are mapped. */
export function bump(parts: BumpParts = {}): string {
  const { before = '', malloc = '', free = '', realloc = '', without = '' } = parts;
  const functions = [
    `void *os_malloc(size_t n) {
      ${malloc}
      if (n == 0 || n > SIZE_MAX / 2) return 0;
      size_t need = (n + 7) & ~(size_t)7, length = need + sizeof(struct block);
      struct block *b;
      if (n >= 131072) {
        b = mmap(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (b == MAP_FAILED) return 0;
        b->status = 2;
      } else {
        b = sbrk(length);
        if (b == (void *)-1) return 0;
        b->status = 1;
      }
      b->size = need;
      return b + 1;
    }`,
    `void os_free(void *p) {
      ${free}
      if (!p) return;
      struct block *b = (struct block *)p - 1;
      if (b->status == 2) munmap(b, b->size + sizeof *b);
      else b->status = 0;
    }`,
    `void *os_calloc(size_t m, size_t n) {
      if (n && m > SIZE_MAX / n) return 0;
      void *p = os_malloc(m * n);
      return p ? memset(p, 0, m * n) : 0;
    }`,
    `void *os_realloc(void *p, size_t n) {
      ${realloc}
      if (!p) return os_malloc(n);
      if (n == 0) { os_free(p); return 0; }
      if (((struct block *)p)[-1].status == 0) return 0;
      void *q = os_malloc(n);
      if (!q) return 0;
      size_t old = ((struct block *)p)[-1].size;
      memcpy(q, p, old < n ? old : n);
      os_free(p);
      return q;
    }`,
  ];
  const kept = functions.filter((text) => without === '' || !text.includes(`${without}(size_t`));
  return `#define _GNU_SOURCE
    #include <stdint.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/mman.h>
    #include <unistd.h>
    struct block { size_t size; int status; struct block *prev, *next; };
    void *os_malloc(size_t n);
    void os_free(void *p);
    ${before}
    ${kept.join('\n')}`;
}

/** A directory of files for the time of a test file. */
export class CFiles {
  readonly directory = mkdtempSync(join(tmpdir(), 'allocheck-test-'));
  private count = 0;

  write(text: string, name = `target${this.count++}.c`): string {
    const path = join(this.directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** All steps of the traces, one list a trace. */
export async function stepsOf(
  target: Target,
  traces: readonly Trace[],
  density: Density = 'hunting',
): Promise<Step[][]> {
  const all: Step[][] = [];
  await target.execute(traces, density, {
    begin: () => all.push([]),
    step: (step) => all.at(-1)!.push(keepStep(step)) > 0,
    end: () => {},
  });
  return all;
}

export type TargetOptions = Partial<Omit<NativeOptions, 'files'>>;

/** Runs one trace on the file in a target of its own. */
export async function runOn(
  file: string,
  trace: Trace,
  options: TargetOptions & { readonly density?: Density } = {},
): Promise<Step[]> {
  const target = await createNativeTarget({ contract: osmem, ...options, files: [file] });
  try {
    return (await stepsOf(target, [trace], options.density))[0]!;
  } finally {
    await target.close();
  }
}
