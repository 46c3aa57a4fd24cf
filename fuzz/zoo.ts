// The zoo of C allocators: sound ones that differ in everything the contract leaves open must pass without
// a word, broken ones must be caught, by an invariant that their header comment expects, and shrunk to a
// few ops.

import { median } from 'simple-statistics';
import { deriveSeed } from '../src/generate/seed.ts';
import { formatTrace } from '../src/trace/notation.ts';
import { type CorpusAllocator, corpusAllocators } from './corpora.ts';
import { type Amount, type Fuzzer, ops } from './fuzzer.ts';
import { firstViolation, huntDown, NATIVE_BATCH, shrinkCatch } from './hunt-down.ts';
import { withNative, withoutCompiler } from './native-target.ts';
import { figure, tableText } from './table.ts';

/** Median length of the shrunk reproducers (acceptance: at most 6). */
const LONGEST_MEDIAN = 6;

export const zoo: Fuzzer = {
  name: 'zoo',
  about:
    'sound C allocators pass without a word, broken ones are caught, shrunk, and rightly named',
  amount: ops(200_000),
  async run({ seed, amount, say }) {
    const missing = withoutCompiler();
    if (missing !== undefined) return missing;
    const sound: ZooRow[] = [];
    const broken: ZooRow[] = [];
    for (const each of corpusAllocators('sound')) sound.push(await rowFor(each, seed, amount));
    say(tableText(SOUND_HEAD, sound.map(soundCells)));
    for (const each of corpusAllocators('broken')) broken.push(await rowFor(each, seed, amount));
    say(`\n${tableText(BROKEN_HEAD, broken.map(brokenCells))}`);
    const lengths = broken.filter(isCaught).map((row) => row.reproducerOps);
    const medianOps = lengths.length === 0 ? 0 : median(lengths);
    const problems = [
      ...sound.filter(isCaught).map((row) => `false alarm: ${row.name}: ${row.says}`),
      ...broken.flatMap(missOf),
      ...(medianOps > LONGEST_MEDIAN ? [`the median reproducer has ${medianOps} ops`] : []),
    ];
    for (const problem of problems) say(problem);
    return {
      passed: problems.length === 0 && sound.length > 0 && broken.length > 0,
      summary:
        `${sound.filter((row) => !isCaught(row)).length} of ${sound.length} sound ones silent, ` +
        `${lengths.length} of ${broken.length} broken ones caught, ` +
        `median reproducer ${figure(medianOps)} ops`,
      figures: { sound, broken, medianOps, problems },
    };
  },
};

export interface ZooRow {
  readonly name: string;
  readonly runs: number;
  readonly ops: number;
  readonly elapsedMs: number;
  /** The invariants of the run that was caught, the first one first; empty: silent. */
  readonly caughtBy: readonly string[];
  readonly expect: readonly string[];
  readonly says: string;
  readonly reproducer: string;
  readonly reproducerOps: number;
}

export async function rowFor(
  allocator: CorpusAllocator,
  seed: string,
  amount: Amount,
): Promise<ZooRow> {
  return withNative(allocator, async (target) => {
    const own = deriveSeed(seed, allocator.name, 0);
    const hunt = await huntDown(target, own, amount, NATIVE_BATCH);
    const { runs, elapsedMs, caught, hunter } = hunt;
    const row = { name: allocator.name, runs, ops: hunt.ops, elapsedMs, expect: allocator.expect };
    if (caught === undefined) {
      return { ...row, caughtBy: [], says: '', reproducer: '', reproducerOps: 0 };
    }
    const finding = await shrinkCatch(hunter, caught);
    const all = caught.confirmed.map(({ violation }) => violation.invariant);
    return {
      ...row,
      caughtBy: [...new Set(all)],
      says: firstViolation(caught).says,
      reproducer: formatTrace(finding.trace).trimEnd().replaceAll('\n', '; '),
      reproducerOps: finding.trace.length,
    };
  });
}

export function isCaught(row: ZooRow): boolean {
  return row.caughtBy.length > 0;
}

function missOf(row: ZooRow): string[] {
  if (!isCaught(row)) return [`missed: ${row.name}, in ${figure(row.runs)} runs`];
  if (row.caughtBy.some((invariant) => row.expect.includes(invariant))) return [];
  return [`${row.name} was caught by ${row.caughtBy.join(', ')}, not by ${row.expect.join(', ')}`];
}

export const SOUND_HEAD = ['sound', 'runs', 'ops', 'ops/s', 'says'];
const BROKEN_HEAD = ['broken', 'caught by', 'runs', 'ms', 'ops', 'reproducer'];

export function soundCells(row: ZooRow): (string | number)[] {
  const speed = (row.ops / row.elapsedMs) * 1000;
  const says = isCaught(row) ? `${row.caughtBy[0]}: ${row.reproducer}` : '-';
  return [row.name, row.runs, row.ops, speed, says];
}

function brokenCells(row: ZooRow): (string | number)[] {
  const by = row.caughtBy.map((name) => (row.expect.includes(name) ? name : `${name}?`));
  const { runs, elapsedMs, reproducerOps, reproducer } = row;
  return [row.name, by.join(' ') || 'NONE', runs, elapsedMs, reproducerOps, reproducer];
}
