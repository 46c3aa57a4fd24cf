// Several defects in one allocator: none hides another, and none is told as more than it is.

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { campaign } from '../src/check/campaign.ts';
import { causeOf } from '../src/check/finding.ts';
import { osmem } from '../src/contract/osmem.ts';
import { createNativeTarget } from '../src/target/native.ts';
import { requireTool } from './support/require-tool.ts';

const FILE = join(import.meta.dirname, '../corpus/allocators/composite/course-list.c');

async function causesOf(defects: readonly number[]): Promise<string[]> {
  const bits = defects.reduce((all, defect) => all | (1 << defect), 0);
  const cflags = [`-DDEFECTS=${bits}`];
  const target = await createNativeTarget({ files: [FILE], contract: osmem, cflags });
  try {
    const budget = { kind: 'runs', runs: 300 } as const;
    const { findings } = await campaign({ target, seed: 's2', budget });
    return findings.map(({ violation }) => causeOf(violation));
  } finally {
    await target.close();
  }
}

describe.runIf(requireTool('gcc'))('an allocator with several defects', () => {
  test('has each of them named, though its frees crash in most runs', async () => {
    const causes = await causesOf([12, 13, 3]);
    expect(causes).toContain('termination/free/crashed');
    expect(causes).toContain('coalescing/malloc/adjacent');
    expect(causes).toContain('placement/malloc/not-best-fit');
  });

  test('with none of them is silent', async () => {
    expect(await causesOf([])).toEqual([]);
  });

  test('that forgets to check sizes is told so once', async () => {
    expect(await causesOf([9])).toHaveLength(1);
  });
});
