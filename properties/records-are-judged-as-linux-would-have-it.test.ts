// What the course's checker sees on Linux, where mappings lie side by side, and the C library asks for the
// break once.

import { afterAll, describe, expect, test } from 'vitest';
import { osmem } from '../src/contract/osmem.ts';
import { replay } from '../src/corpus/replay.ts';
import { createNativeTarget } from '../src/target/native.ts';
import { readTraceFile } from '../src/trace/trace-file.ts';
import { CFiles } from './support/c-target.ts';
import { requireTool } from './support/require-tool.ts';

const files = new CFiles();
afterAll(() => files.remove());

const MMAP = "['0', '%', 'PROT_READ | PROT_WRITE', 'MAP_PRIVATE | MAP_ANON', '-1', '0']";
const mapped = (bytes: number, number: number) =>
  `  mmap (${MMAP.replace('%', String(bytes))}) = <mapped-addr${number}>`;

const GROWN = `os_malloc (['200000']) = <mapped-addr1> + 0x20
${mapped(200032, 1)}
os_realloc (['<mapped-addr1> + 0x20', '900000']) = <mapped-addr2> + 0x20
${mapped(900032, 2)}
  munmap (['<mapped-addr1>', '200032']) = 0
os_free (['<mapped-addr2> + 0x20']) = <void>
  munmap (['<mapped-addr2>', '900032']) = 0
+++ exited (status 0) +++
`;

interface Careless {
  readonly first?: string;
  readonly copied?: string;
  readonly flags?: string;
}

/** Maps everything. */
function mapper({ first = '', copied = 'old->size', flags = 'MAP_PRIVATE | MAP_ANON' }: Careless) {
  return `
    #define _GNU_SOURCE
    #include <string.h>
    #include <sys/mman.h>
    #include <unistd.h>
    struct block { size_t size; long rest[3]; };
    void *os_malloc(size_t n) {
      ${first}
      struct block *b = mmap(0, n + 32, PROT_READ | PROT_WRITE, ${flags}, -1, 0);
      b->size = n;
      return b + 1;
    }
    void os_free(void *p) {
      struct block *b = (struct block *)p - 1;
      if (p) munmap(b, b->size + 32);
    }
    void *os_calloc(size_t m, size_t n) { return os_malloc(m * n); }
    void *os_realloc(void *p, size_t n) {
      struct block *old = (struct block *)p - 1;
      void *q = os_malloc(n);
      memcpy(q, p, ${copied});
      os_free(p);
      return q;
    }`;
}

async function verdict(careless: Careless) {
  const target = await createNativeTarget({
    contract: osmem,
    files: [files.write(mapper(careless))],
  });
  const { held, outcome } = await replay(target, readTraceFile(GROWN, 'x.ref'), 'x.ref');
  await target.close();
  return { held, outcome };
}

describe.runIf(requireTool('gcc'))('a record', () => {
  test('is equal where the calls are', async () => {
    expect(await verdict({})).toEqual({ held: true, outcome: 'equal to the record' });
  });

  test('is equal where more than the old mapping is read, which is told beside it', async () => {
    const seen = await verdict({ copied: 'n' });
    expect(seen.held).toBe(true);
    expect(seen.outcome).toBe('equal to the record, though it violates termination');
  });

  test('is another where the break is asked for too early', async () => {
    const { held, outcome } = await verdict({ first: 'sbrk(0);' });
    expect(held).toBe(false);
    expect(outcome).toMatch(
      /line 1: expected <mapped-addr1>\+0x20; mmap.*but got .*; brk\(0\); mmap/,
    );
  });

  test('is another where the C library needs a heap of its own', async () => {
    const { held, outcome } = await verdict({
      first: 'extern void *malloc(size_t); static void *volatile own; own = malloc(10);',
    });
    expect(held).toBe(false);
    expect(outcome).toMatch(/line 1: expected .*but got .*; brk\(0\); brk\(HeapStart\+0x2.000\)$/);
  });

  test('is another where mmap has other arguments that the checker shows', async () => {
    const shared = await verdict({ flags: 'MAP_SHARED | MAP_ANON' });
    expect(shared.outcome).toMatch(/but got .*mmap\(200032, MAP_SHARED \| MAP_ANON\)/);
    const lazy = await verdict({ flags: 'MAP_PRIVATE | MAP_ANON | MAP_NORESERVE' });
    expect(lazy.held).toBe(true);
  });
});
