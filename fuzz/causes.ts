// The causes that findings are given, over the zoo: for how many broken allocators one is named, and whether it
// is the one that the allocator's own header tells. A wrong cause is worse than none, so one fails this.

import { campaign } from '../src/check/campaign.ts';
import type { Finding } from '../src/check/finding.ts';
import { deriveSeed } from '../src/generate/seed.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { CAUSES_OF } from './causes-known.ts';
import { type AnyAllocator, corpusAllocators } from './corpora.ts';
import { type Amount, type Fuzzer, runs } from './fuzzer.ts';
import { withNative, withoutCompiler } from './native-target.ts';
import { tableText, traceLine } from './table.ts';

/** `smoke` takes every n-th. */
const SAMPLE = 16;
const SHRINK_TRIES = 500;

export const causes: Fuzzer = {
  name: 'causes',
  about: 'findings in broken C allocators are given the cause that is in their header, or none',
  amount: runs(100),
  smoke: runs(20),
  async run({ seed, amount, brief, say }) {
    const missing = withoutCompiler();
    if (missing !== undefined) return missing;
    const rows: Row[] = [];
    const all = corpusAllocators('broken').filter((_, at) => !brief || at % SAMPLE === 0);
    for (const each of all) rows.push(await rowOf(each, deriveSeed(seed, each.name, 0), amount));
    say(tableText(['broken', 'findings', 'named', 'line', 'causes'], rows.map(cells)));
    const wrong = rows.flatMap((row) => row.wrong);
    for (const each of wrong) say(`wrong: ${each}`);
    const named = rows.filter((row) => row.named > 0).length;
    const lines = rows.filter((row) => row.lines > 0).length;
    return {
      passed: wrong.length === 0 && rows.length > 0,
      summary: `of ${rows.length} broken allocators ${named} have their cause named, ${wrong.length} findings a wrong one; ${lines} are shown a line`,
      figures: { rows, wrong },
    };
  },
};

interface Row {
  readonly name: string;
  readonly findings: number;
  readonly named: number;
  readonly lines: number;
  readonly causes: readonly string[];
  readonly told: readonly {
    readonly trace: string;
    readonly says: string;
    readonly cause: string;
  }[];
  readonly wrong: readonly string[];
}

async function rowOf(allocator: AnyAllocator, seed: string, amount: Amount): Promise<Row> {
  const { name, trace } = allocator;
  const { findings } = await withNative(allocator, (target) =>
    campaign({
      target,
      seed,
      budget: { kind: 'runs', runs: amount.count },
      known: trace === '' ? [] : [{ seed: 'header', trace: parseTrace(trace) }],
      shrinkTries: SHRINK_TRIES,
    }),
  );
  return rowFor(name, findings);
}

function rowFor(name: string, findings: readonly Finding[]): Row {
  const right = CAUSES_OF[name] ?? [];
  const named = findings.filter(({ cause }) => cause !== undefined);
  return {
    name,
    findings: findings.length,
    named: named.length,
    lines: findings.filter(({ where }) => where !== undefined).length,
    causes: [...new Set(named.map(({ cause }) => cause?.name ?? ''))],
    told: findings.map(({ trace, violation, cause }) => ({
      trace: traceLine(trace),
      says: violation.says,
      cause: cause?.says ?? '',
    })),
    wrong: named
      .filter(({ cause }) => !right.includes(cause?.name ?? ''))
      .map(({ cause, trace }) => `${name}: ${cause?.says} (${traceLine(trace, 120)})`),
  };
}

function cells({ name, findings, named, lines, causes: names }: Row): (string | number)[] {
  return [name, findings, named, lines, names.join(' ') || '-'];
}
