// Where the process is gone in each run without a word, as by SIGKILL, each costs the start of another. Grading bounds
// how many, so that what a submission gets does not depend on how fast the machine is.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { campaign } from '../src/check/campaign.ts';
import { osmem } from '../src/contract/osmem.ts';
import { createNativeTarget } from '../src/target/native.ts';
import { requireTool } from './support/require-tool.ts';

const folder = mkdtempSync(join(tmpdir(), 'allocheck-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.runIf(requireTool('gcc'))('a submission that kills its own process', () => {
  const file = join(folder, 'osmem.c');
  writeFileSync(
    file,
    `#include <signal.h>
#include <stddef.h>
void *os_malloc(size_t n) { raise(SIGKILL); return NULL; }
void *os_calloc(size_t c, size_t n) { raise(SIGKILL); return NULL; }
void *os_realloc(void *p, size_t n) { raise(SIGKILL); return NULL; }
void os_free(void *p) { }
`,
  );

  const hunt = async (lost: number) => {
    const target = await createNativeTarget({ files: [file], contract: osmem });
    const bounds = { looks: 2, hangs: 32, lost };
    try {
      const budget = { kind: 'runs', runs: 100 } as const;
      return await campaign({ target, seed: 'lost', budget, bounds, shrinkTries: 20 });
    } finally {
      await target.close();
    }
  };

  test('is run until so many runs were lost, and has failed', async () => {
    const { runs, verdict, findings } = await hunt(16);
    expect(runs).toBeGreaterThanOrEqual(16);
    expect(runs).toBeLessThan(100);
    expect(verdict).toBe('failed');
    expect(findings[0]?.violation.invariant).toBe('termination');
  });

  test('is run to the end of its budget where that is not reached', async () => {
    expect((await hunt(10_000)).runs).toBe(100);
  });
});
