// `npm run bench -- zoo [--seeds N] [--for 10s] [--sound 10m] [--only WORD]`: how soon each broken allocator of the corpus
// is caught by an invariant that its header expects, in how many of the seeds, and whether its C program fails
// outside of the driver; and that the sound ones are silent, `--sound` long in sum. The traces are all new: those
// of the corpus, which `check` runs first, are left out here.

import { parseArgs } from 'node:util';
import { median, sum } from 'simple-statistics';
import { type Confirmed, confirm } from '../../src/check/confirm.ts';
import { causeOf, type Finding } from '../../src/check/finding.ts';
import { Hunter, type Suspect } from '../../src/check/hunt.ts';
import { Ledger } from '../../src/check/ledger.ts';
import { deriveSeed } from '../../src/generate/seed.ts';
import { traces } from '../../src/generate/traces.ts';
import { Judge } from '../../src/oracle/judge.ts';
import { Outside } from '../../src/report/reproducer-c-outside.ts';
import type { Target } from '../../src/target/target.ts';
import { type AnyAllocator, anyAllocators } from '../corpora.ts';
import { withNative } from '../native-target.ts';
import { figure, tableText } from '../table.ts';
import { millisecondsIn } from './milliseconds.ts';

/** The acceptance figures: ten seeds, ten seconds each, the sound ones ten minutes in sum. */
const SEEDS = '10';
const LIMIT = '10s';
const SOUND = '10m';
/** As in a check of a native target: many small batches until the first is caught. */
const BATCH = 16;
const SHRINK_MS = 5000;

export async function benchZoo(
  seed: string,
  say: (line: string) => void,
  argv: readonly string[],
): Promise<void> {
  const { seeds, limitMs, soundMs, only } = optionsIn(argv);
  const all = anyAllocators().filter(({ name }) => name.includes(only));
  const broken = all.filter(({ sound }) => !sound);
  const sound = all.filter((each) => each.sound);
  const each = soundMs / sound.length;
  say(
    `node ${process.version}; ${broken.length} broken ones, ${seeds} seeds of ${limitMs / 1000} s each; ` +
      `${sound.length} sound ones, ${soundMs / 1000} s in sum; root seed ${seed}`,
  );
  const rows: BrokenRow[] = [];
  for (const allocator of broken) rows.push(await brokenRow(allocator, seed, seeds, limitMs));
  say(tableText(BROKEN_HEAD, rows.map(brokenCells)));
  say(summaryOf(rows, seeds));
  if (soundMs === 0 || sound.length === 0) return;
  const heard: SoundRow[] = [];
  for (const allocator of sound) heard.push(await soundRow(allocator, seed, each));
  say('');
  say(tableText(SOUND_HEAD, heard.map(soundCells)));
  say(silenceOf(heard));
}

interface Options {
  readonly seeds: number;
  readonly limitMs: number;
  readonly soundMs: number;
  readonly only: string;
}

function optionsIn(argv: readonly string[]): Options {
  const options = {
    seeds: { type: 'string', default: SEEDS },
    for: { type: 'string', default: LIMIT },
    sound: { type: 'string', default: SOUND },
    only: { type: 'string', default: '' },
  } as const;
  const { values } = parseArgs({ args: [...argv], options });
  return {
    seeds: Number(values.seeds),
    limitMs: millisecondsIn(values.for),
    soundMs: values.sound === '0' ? 0 : millisecondsIn(values.sound),
    only: values.only,
  };
}

interface BrokenRow {
  readonly name: string;
  readonly expect: readonly string[];
  readonly compileMs: number;
  readonly seeds: number;
  /** Milliseconds of each seed that caught it. */
  readonly caughtMs: readonly number[];
  /** The invariant of the first; empty if none did. */
  readonly by: string;
  /** Of the first that was caught, shrunk. */
  readonly finding: Finding | undefined;
  /** Of the worst finding of safety or robustness: whether the C program fails; undefined: none was seen. */
  readonly outside: boolean | undefined;
}

async function brokenRow(
  allocator: AnyAllocator,
  seed: string,
  seeds: number,
  limitMs: number,
): Promise<BrokenRow> {
  const { name, expect } = allocator;
  const started = performance.now();
  return withNative(allocator, async (target) => {
    const compileMs = performance.now() - started;
    const caughtMs: number[] = [];
    let by = '';
    let shown: { finding: Finding; outside: boolean | undefined } | undefined;
    for (let i = 0; i < seeds; i++) {
      const caught = await catchOne(target, deriveSeed(seed, name, i), limitMs, expect);
      if (caught === undefined) continue;
      caughtMs.push(caught.ms);
      by ||= caught.by.violation.invariant;
      shown ??= await show(allocator, target, caught);
    }
    const { finding, outside } = shown ?? { finding: undefined, outside: undefined };
    return { name, expect, compileMs, seeds, caughtMs, by, finding, outside };
  });
}

interface Caught {
  readonly ms: number;
  readonly suspect: Suspect;
  readonly by: Confirmed;
}

/** `expect` empty: anything at all counts. */
async function catchOne(
  target: Target,
  seed: string,
  limitMs: number,
  expect: readonly string[],
  count: (ops: number) => void = () => {},
): Promise<Caught | undefined> {
  const started = performance.now();
  const hunter = new Hunter(target);
  const judge = new Judge(target.contract);
  const source = traces(seed, target.contract);
  while (performance.now() - started < limitMs) {
    const batch = Array.from({ length: BATCH }, () => source.next().value);
    for (const suspect of await hunter.hunt(batch)) {
      const causes = new Set(suspect.violations.map(causeOf));
      const confirmed = await confirm(target, judge, suspect.trace, causes);
      const by = confirmed.find(
        ({ violation }) => expect.length === 0 || expect.includes(violation.invariant),
      );
      if (by !== undefined) return { ms: performance.now() - started, suspect, by };
    }
    count(hunter.watch.calls);
  }
  return undefined;
}

/** Shrinks all that the run showed, and runs the program of what it was caught by. Undefined where it does not come
 * again: on a busy machine what was a crash may be a hang. */
async function show(
  allocator: AnyAllocator,
  target: Target,
  { suspect, by }: Caught,
): Promise<{ finding: Finding; outside: boolean | undefined } | undefined> {
  const ledger = new Ledger(new Hunter(target), { milliseconds: () => SHRINK_MS });
  await ledger.consider(suspect);
  const findings = ledger.findings();
  const finding =
    findings.find(({ violation }) => causeOf(violation) === causeOf(by.violation)) ?? findings[0];
  if (finding === undefined) return undefined;
  const outside = new Outside({ files: [allocator.file] }, target.contract);
  try {
    const shown = await outside.show(finding);
    return { finding, outside: shown?.reproduced };
  } finally {
    outside.close();
  }
}

const BROKEN_HEAD = [
  ...['broken', 'caught by', 'of expected', 'caught', 'median ms', 'slowest ms', 'compile ms'],
  ...['ops', 'C program fails'],
];

function brokenCells(row: BrokenRow): (string | number)[] {
  const { name, expect, compileMs, seeds, caughtMs, by, finding, outside } = row;
  const fails = outside === undefined ? '-' : outside ? 'yes' : 'NO';
  return [
    name,
    by === '' ? 'NONE' : by,
    expect.join(' '),
    `${caughtMs.length}/${seeds}`,
    caughtMs.length === 0 ? '-' : median([...caughtMs]),
    caughtMs.length === 0 ? '-' : Math.max(...caughtMs),
    compileMs,
    finding?.trace.length ?? '-',
    fails,
  ];
}

function summaryOf(rows: readonly BrokenRow[], seeds: number): string {
  const always = rows.filter((row) => row.caughtMs.length === seeds).length;
  const all = rows.flatMap((row) => row.caughtMs);
  const programs = rows.filter((row) => row.outside !== undefined);
  const failing = programs.filter((row) => row.outside).length;
  const typical = all.length === 0 ? '-' : median(all).toFixed(0);
  return (
    `${always} of ${rows.length} caught in every seed; median time to the first ${typical} ms; ` +
    `${failing} of ${programs.length} C programs fail outside the driver`
  );
}

interface SoundRow {
  readonly name: string;
  readonly ops: number;
  readonly seconds: number;
  /** What was said of it, falsely; empty if nothing. */
  readonly says: string;
}

const SOUND_HEAD = ['sound', 'ops', 's', 'says'];

async function soundRow(allocator: AnyAllocator, seed: string, forMs: number): Promise<SoundRow> {
  return withNative(allocator, async (target) => {
    let ops = 0;
    const count = (calls: number): void => {
      ops = calls;
    };
    const { name } = allocator;
    const started = performance.now();
    const alarm = await catchOne(target, deriveSeed(seed, name, 0), forMs, [], count);
    const seconds = (performance.now() - started) / 1000;
    return { name, ops, seconds, says: alarm?.by.violation.says ?? '' };
  });
}

function soundCells({ name, ops, seconds, says }: SoundRow): (string | number)[] {
  return [name, ops, seconds, says === '' ? '-' : says];
}

function silenceOf(rows: readonly SoundRow[]): string {
  const silent = rows.filter(({ says }) => says === '').length;
  const seconds = sum(rows.map((row) => row.seconds));
  const ops = sum(rows.map((row) => row.ops));
  return `${silent} of ${rows.length} sound ones silent over ${seconds.toFixed(0)} s in sum, ${figure(ops)} ops`;
}
