// Mappings, near the start of their area and far from it, where pages are moved from one to the next:
// what is given out is zero, what lives keeps its bytes, and what is unmapped cannot be touched.

import { afterAll, describe, expect, test } from 'vitest';
import { osmem } from '../src/contract/osmem.ts';
import { createNativeTarget } from '../src/target/native.ts';
import { malloc } from '../src/trace/op.ts';
import type { Trace } from '../src/trace/trace.ts';
import { bump, CFiles, runOn, stepsOf } from './support/c-target.ts';
import { requireTool } from './support/require-tool.ts';

const files = new CFiles();
afterAll(() => files.remove());

/** Requests choose how the C code goes about it; it aborts where it is not as it should be. */
const CHURN = `
static unsigned long state;
static unsigned long below(unsigned long n)
{
	state = state * 6364136223846793005UL + 1442695040888963407UL;
	return (state >> 33) % n;
}
static char *live[24];
static unsigned long length[24], cut[24]; /* pages; the one that was unmapped out of the middle */
static void expect(int i, char byte)
{
	for (unsigned long at = 0; at < length[i] * 4096; at += 64)
		if (at / 4096 != cut[i] && live[i][at] != byte) abort();
}
static void take(int i)
{
	length[i] = 1 + below(4) * below(60);
	cut[i] = -1;
	live[i] = mmap(NULL, length[i] * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (live[i] == MAP_FAILED) abort();
	expect(i, 0);
	memset(live[i], i + 1, length[i] * 4096);
}
static void drop(int i)
{
	expect(i, i + 1);
	if (below(8) == 0) mprotect(live[i], length[i] * 4096, PROT_READ);
	munmap(live[i], length[i] * 4096);
	live[i] = NULL;
}
static void trim(int i)
{
	unsigned long page = below(length[i]);
	munmap(live[i] + page * 4096, 4096);
	if (page == length[i] - 1) length[i]--;
	else if (page == 0) { live[i] += 4096; length[i]--; }
	else cut[i] = page;
	if (length[i] == 0) live[i] = NULL;
}
static void churn(unsigned long seed)
{
	state = seed;
	for (int round = 0; round < 300; round++) {
		int i = below(24);
		if (!live[i]) take(i);
		else if (below(3) || cut[i] != -1UL) drop(i);
		else trim(i);
	}
}
`;

describe.runIf(requireTool('gcc'))('a mapping', () => {
  test('is zero and keeps its bytes, wherever it lies and whatever lay there in other traces', async () => {
    const file = files.write(bump({ before: CHURN, malloc: 'churn(n);' }));
    const target = await createNativeTarget({ contract: osmem, files: [file] });
    const traces: Trace[] = Array.from({ length: 12 }, (_, i) => [malloc(0, i + 1), malloc(1, 99)]);
    try {
      for (const steps of await stepsOf(target, traces)) {
        expect(steps.map((step) => step.outcome)).toEqual(['returned', 'returned']);
      }
      expect(target.isolation).toBe('snapshot');
    } finally {
      await target.close();
    }
  });

  test.each([
    ['before it was mapped', 'p + (1 << 23)'],
    ['in the guard page behind it', 'p + (1 << 20)'],
    ['once it is unmapped', 'munmap(p, 1 << 20), p + 4096'],
    ['where a page was cut out of it', 'munmap(p + 8192, 4096), p + 8192 + 8'],
  ])('cannot be written %s, near or far', async (_, address) => {
    for (const far of [0, 1, 3, 9]) {
      const code = `
        char *p = 0;
        for (int i = 0; i <= ${far}; i++)
          p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        p[4096] = p[8192] = 1;
        if (n == 9) *(volatile char *)(${address}) = 1;
        if (p[4096] != 1) abort();`;
      const file = files.write(bump({ malloc: code }));
      const steps = await runOn(file, [malloc(0, 8), malloc(1, 9)], { density: 'hunting' });
      expect(steps[0]).toMatchObject({ outcome: 'returned' });
      expect(steps[1]).toMatchObject({ outcome: 'crashed', detail: 'SIGSEGV' });
      expect(steps[1]?.fault).toMatchObject({ access: 'write' });
    }
  });
});
