// The zoo of C allocators: sound ones that differ in everything the contract leaves open must pass without
// a word, broken ones must be caught by an invariant that their header comment expects, and shrunk to a
// few ops.

import { median } from 'simple-statistics';
import { deriveSeed } from '../src/generate/seed.ts';
import { type AnyAllocator, anyAllocators } from './corpora.ts';
import { type Amount, type Fuzzer, ops } from './fuzzer.ts';
import { type Catch, huntDown, NATIVE_BATCH, shrinkCatch, violationOf } from './hunt-down.ts';
import { withNative, withoutCompiler } from './native-target.ts';
import { figure, tableText, traceLine } from './table.ts';

/** Median length of the shrunk reproducers (acceptance: at most 6). */
const LONGEST_MEDIAN = 6;
/** `smoke` takes every n-th of the broken ones, and leaves the sound ones to `native`. */
const SAMPLE = 9;
/** Characters of a reproducer in the table. */
const WIDTH = 70;

export const zoo: Fuzzer = {
  name: 'zoo',
  about:
    'sound C allocators pass without a word, broken ones are caught, rightly named, and shrunk',
  amount: ops(200_000),
  smoke: ops(200_000),
  async run({ seed, amount, brief, say }) {
    const missing = withoutCompiler();
    if (missing !== undefined) return missing;
    const sound: ZooRow[] = [];
    const broken: ZooRow[] = [];
    const all = anyAllocators();
    for (const each of brief ? [] : all.filter((one) => one.sound)) {
      sound.push(await rowFor(each, seed, amount));
    }
    if (sound.length > 0) say(`${tableText(SOUND_HEAD, sound.map(soundCells))}\n`);
    const faulty = all.filter((one) => !one.sound);
    for (const each of faulty.filter((_, i) => !brief || i % SAMPLE === 0)) {
      broken.push(await rowFor(each, seed, amount));
    }
    say(tableText(BROKEN_HEAD, broken.map(brokenCells)));
    return reportOf(sound, broken, say);
  },
};

function reportOf(
  sound: readonly ZooRow[],
  broken: readonly ZooRow[],
  say: (line: string) => void,
) {
  const caught = broken.filter((row) => row.caught);
  const medianOps = caught.length === 0 ? 0 : median(caught.map((row) => row.reproducerOps));
  const problems = [
    ...sound
      .filter((row) => row.first !== '')
      .map((row) => `false alarm: ${row.name}: ${row.says}`),
    ...broken.filter((row) => !row.caught).map(missOf),
    ...(medianOps > LONGEST_MEDIAN ? [`the median reproducer has ${medianOps} ops`] : []),
  ];
  for (const problem of problems) say(problem);
  const silent = sound.filter((row) => row.first === '').length;
  const soundText = sound.length === 0 ? '' : `${silent} of ${sound.length} sound ones silent, `;
  return {
    passed: problems.length === 0 && broken.length > 0,
    summary:
      `${soundText}${caught.length} of ${broken.length} broken ones caught, ` +
      `median reproducer ${figure(medianOps)} ops`,
    figures: { sound, broken, medianOps, problems },
  };
}

interface ZooRow {
  readonly name: string;
  readonly runs: number;
  readonly ops: number;
  readonly elapsedMs: number;
  /** The invariant that spoke first; empty if none did. */
  readonly first: string;
  /** The invariant that caught it: an expected one, where the header names any; else empty. */
  readonly by: string;
  readonly caught: boolean;
  readonly expect: readonly string[];
  readonly says: string;
  readonly reproducer: string;
  readonly reproducerOps: number;
}

async function rowFor(each: AnyAllocator, seed: string, amount: Amount): Promise<ZooRow> {
  const expect = each.expect.length > 0 ? { invariants: each.expect } : {};
  return withNative(each, async (target) => {
    const own = deriveSeed(seed, each.name, 0);
    const hunt = await huntDown(target, { seed: own, amount, batch: NATIVE_BATCH, ...expect });
    const { runs, elapsedMs, caught, first, hunter } = hunt;
    const shown = caught ?? first;
    const trace = shown === undefined ? [] : (await shrinkCatch(hunter, shown, each.expect)).trace;
    return {
      name: each.name,
      runs,
      ops: hunt.ops,
      elapsedMs,
      first: invariantOf(first),
      by: invariantOf(caught, each.expect),
      caught: caught !== undefined,
      expect: each.expect,
      says: shown === undefined ? '' : violationOf(shown, each.expect).says,
      reproducer: traceLine(trace),
      reproducerOps: trace.length,
    };
  });
}

function invariantOf(shown: Catch | undefined, expect?: readonly string[]): string {
  return shown === undefined ? '' : violationOf(shown, expect).invariant;
}

function missOf(row: ZooRow): string {
  const missed = `missed in ${figure(row.runs)} runs: ${row.name}`;
  return row.first === ''
    ? missed
    : `${missed}: ${row.first} spoke, but not ${row.expect.join(' or ')}`;
}

const SOUND_HEAD = ['sound', 'runs', 'ops', 'ops/s', 'says'];
const BROKEN_HEAD = ['broken', 'caught by', 'runs', 'ms', 'ops', 'reproducer'];

function soundCells(row: ZooRow): (string | number)[] {
  const says = row.first === '' ? '-' : `${row.first}: ${row.reproducer}`;
  return [row.name, row.runs, row.ops, (row.ops / row.elapsedMs) * 1000, says];
}

/** The whole one is in the JSON. */
function cut(reproducer: string): string {
  return reproducer.length > WIDTH ? `${reproducer.slice(0, WIDTH - 1)}…` : reproducer;
}

/** In brackets: another invariant, not expected, spoke in an earlier run. */
function brokenCells(row: ZooRow): (string | number)[] {
  const earlier = row.first === row.by ? '' : ` (${row.first})`;
  const by = row.caught ? `${row.by}${earlier}` : `NONE${earlier}`;
  return [row.name, by, row.runs, row.elapsedMs, row.reproducerOps, cut(row.reproducer)];
}
