// Every fuzzer for a few seconds in all: what is run before a change lands.

import { deriveSeed } from '../src/generate/seed.ts';
import type { Fuzzer, FuzzReport } from './fuzzer.ts';
import { runs } from './fuzzer.ts';

/** Of the fuzzers that have an amount for it. Its own amount says how many times over. */
export function smokeOf(fuzzers: readonly Fuzzer[]): Fuzzer {
  return {
    name: 'smoke',
    about: 'every fuzzer below that has a share in it, seconds in all',
    amount: runs(1),
    async run({ seed, amount, say }) {
      const reports: [string, FuzzReport][] = [];
      for (const fuzzer of fuzzers) {
        if (fuzzer.smoke === undefined) continue;
        const share = { ...fuzzer.smoke, count: fuzzer.smoke.count * amount.count };
        const own = deriveSeed(seed, fuzzer.name, 0);
        const report = await fuzzer.run({ seed: own, amount: share, brief: true, say });
        const repeat = `--seed ${own} --${share.unit} ${share.count}`;
        say(
          `${fuzzer.name}: ${report.passed ? 'passed' : `FAILED (${repeat})`}, ${report.summary}`,
        );
        reports.push([fuzzer.name, report]);
      }
      const failed = reports.filter(([, report]) => !report.passed).map(([name]) => name);
      return {
        passed: failed.length === 0,
        summary: failed.length === 0 ? `${reports.length} fuzzers` : failed.join(', '),
        figures: Object.fromEntries(reports.map(([name, { figures }]) => [name, figures])),
      };
    },
  };
}
