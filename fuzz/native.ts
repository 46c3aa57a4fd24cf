// Sound C allocators in a child process, judged: not one may be accused. Besides new traces they get those
// of the corpus. The fuller table, with the broken ones, is `zoo`.

import { deriveSeed } from '../src/generate/seed.ts';
import { corpusAllocators, corpusTraces } from './corpora.ts';
import { type Fuzzer, ops } from './fuzzer.ts';
import { huntDown, NATIVE_BATCH, violationOf } from './hunt-down.ts';
import { withNative, withoutCompiler } from './native-target.ts';
import { figure, tableText } from './table.ts';

export const native: Fuzzer = {
  name: 'native',
  about: 'sound C allocators in a child process: not one may be accused',
  amount: ops(20_000),
  smoke: ops(1_500),
  async run({ seed, amount, say }) {
    const missing = withoutCompiler();
    if (missing !== undefined) return missing;
    const known = [...corpusTraces('seeds'), ...corpusTraces('regressions')];
    const rows: (string | number)[][] = [];
    const accused: string[] = [];
    let judged = 0;
    for (const allocator of corpusAllocators('sound')) {
      const own = deriveSeed(seed, allocator.name, 0);
      const { runs, caught, ...hunt } = await withNative(allocator, (target) =>
        huntDown(target, { seed: own, amount, batch: NATIVE_BATCH, known }),
      );
      judged += hunt.ops;
      rows.push([allocator.name, runs, hunt.ops, (hunt.ops / hunt.elapsedMs) * 1000]);
      if (caught === undefined) continue;
      const { invariant, says } = violationOf(caught);
      accused.push(`${allocator.name}: ${invariant}: ${says} (seed ${caught.suspect.seed})`);
    }
    say(tableText(['sound', 'runs', 'ops', 'ops/s'], rows));
    for (const line of accused) say(line);
    return {
      passed: accused.length === 0 && rows.length > 0,
      summary: `${rows.length} allocators, ${figure(judged)} ops, ${accused.length} accused`,
      figures: { allocators: rows.length, ops: judged, accused },
    };
  },
};
