// What allocheck's speed is measured against must do the same work: the plain C loop reads the batches of the driver,
// and makes as many calls of them as the judge counts.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { benchTraces } from '../fuzz/bench/hunt.ts';
import { Judging } from '../fuzz/bench/judging.ts';
import { compileLoop, WHOLLY, writeBatch } from '../fuzz/bench/loop.ts';
import { osmemOurs } from '../src/contract/osmem.ts';
import { Judge } from '../src/oracle/judge.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import { requireTool } from './support/require-tool.ts';

const folder = mkdtempSync(join(tmpdir(), 'allocheck-loop-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.runIf(requireTool('gcc'))('the loop of the native bench', () => {
  test('makes the calls of each trace, as many as the judge counts, in every round', async () => {
    const source = benchTraces('loop', 'small');
    const traces = Array.from({ length: 30 }, () => source.next().value);
    const judging = new Judging(new Judge(osmemOurs));
    await createSimulatedTarget().execute(traces, 'hunting', judging);
    expect(judging.calls).toBeGreaterThan(1000);

    const batch = join(folder, 'batch');
    writeBatch(batch, traces);
    const loop = compileLoop(folder, 'loop', 'gcc', ['-DCHECK_HEAP'], WHOLLY);
    for (const rounds of [1, 3]) {
      const told = execFileSync(loop, [batch, String(rounds)], { encoding: 'utf8' });
      expect(told).toMatch(/^\d+ \d+ \d+\n$/);
      expect(told.split(' ').map(Number)[0]).toBe(rounds * judging.calls);
    }
  });
});
