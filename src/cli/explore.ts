// `allocheck explore [TARGET] --depth N`: every trace up to N ops, and what holds for all of them.

import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { examine } from '../check/examine.ts';
import { type Exploration, explore } from '../check/explore.ts';
import type { Finding } from '../check/finding.ts';
import { Hunter } from '../check/hunt.ts';
import { settle } from '../check/reproduce.ts';
import { OperatingError } from '../contract/operating-error.ts';
import { MOST_DEPTH } from '../generate/enumerate.ts';
import {
  type Explored,
  exploreJson,
  exploreLine,
  exploreText,
  exploreVerdict,
  letterText,
} from '../report/explore.ts';
import type { Outside } from '../report/reproducer-c-outside.ts';
import { NativeTarget } from '../target/native.ts';
import type { Trace } from '../trace/trace.ts';
import { exitCode } from './check.ts';
import { finishAll } from './ci-output.ts';
import { keepApart } from './distinct-files.ts';
import { type Bench, openBench, openPool, type Pool, type Wanted } from './explore-bench.ts';
import { type JournalFile, openJournal } from './explore-file.ts';
import { Forecast } from './explore-progress.ts';
import type { Io } from './io.ts';
import { addOutputOptions, addTargetOptions, type RawOptions, readSettings } from './options.ts';
import { openFile } from './output-file.ts';
import { outsideOf } from './outside.ts';
import { openPage } from './page-output.ts';
import { startLine } from './progress.ts';
import { PATIENT_LIMIT_MS } from './targets.ts';
import { version } from './version.ts';

interface ExploreOptions extends RawOptions {
  readonly depth: string;
  readonly sizes?: string;
  readonly faults?: boolean;
  readonly merge: boolean;
  readonly jobs?: string;
  readonly checkpoint?: string;
}

export function declareExplore(
  program: Command,
  run: (code: Promise<number>) => void,
  io: Io,
): void {
  const command = program
    .command('explore')
    .description('run every trace up to a bound, over a small alphabet')
    .argument('[target...]', 'builtin, mutant:NAME, FILE.c..., DIR, LIB.so (default: builtin)')
    .option('--depth <ops>', 'the longest traces', '4')
    .option('--sizes <list>', "bytes to ask for: 8,40,MAX (default: the contract's edges)")
    .option('--faults', 'sbrk and mmap fail, too')
    .option('--no-merge', 'tell states apart by their history, not by what can be seen of them')
    .option('--jobs <number>', 'threads that run traces (default: one a core)')
    .option('--checkpoint <file>', 'keep there what is done; the same again goes on from there');
  addOutputOptions(addTargetOptions(command));
  command.action((targets: string[], raw: ExploreOptions) => run(exploreOne(targets, raw, io)));
}

async function exploreOne(
  targets: readonly string[],
  raw: ExploreOptions,
  io: Io,
): Promise<number> {
  const depth = wholeOf('--depth', raw.depth, MOST_DEPTH);
  const jobs = wholeOf('--jobs', raw.jobs ?? String(availableParallelism()), 256);
  const settings = await readSettings(raw, io.cwd);
  const { checkpoint, merge, faults = false, sizes } = raw;
  const kept = checkpoint === undefined ? [] : [checkpoint];
  keepApart(settings, [...targets, ...kept], io.cwd);
  const writeJson = openJson(settings.json, io);
  const page = openPage(settings, io);
  const wanted: Wanted = { targets, raw, cwd: io.cwd, faults, merge, sizes };
  const bench = await openBench(wanted, io.signal);
  const { choice, target, alphabet } = bench;
  const outside = outsideOf(choice, target, settings, io);
  const pool = openPool(wanted, bench, jobs, io.signal);
  const started = performance.now();
  try {
    const exploration = await explored(bench, {
      depth,
      merge,
      checkpoint,
      pool,
      jobs,
      outside,
      io,
    });
    const merged = merge && target.contract.placement !== undefined;
    const elapsedMs = performance.now() - started;
    const { name: contract, symbols } = target.contract;
    const asked = { target: target.name, contract, symbols, alphabet, depth, merged };
    const told = { ...asked, exploration, elapsedMs };
    const context = { contract: choice.contract, targetArguments: choice.arguments };
    const say = settings.json === '-' ? io.stderr : io.stdout;
    say(settings.quiet ? `${exploreLine(told)}\n` : exploreText(told, context));
    const verdict = exploreVerdict(exploration);
    const findings = exploration.finding === undefined ? [] : [exploration.finding];
    await page.add({ target, choice, verdict, text: exploreLine(told), findings });
    finishAll([() => writeJson(told), () => page.finish(`allocheck explore ${choice.name}`)]);
    return exitCode([{ verdict }]);
  } finally {
    outside?.close();
    await pool.close();
    await target.close();
  }
}

interface How {
  readonly depth: number;
  readonly merge: boolean;
  readonly checkpoint: string | undefined;
  readonly pool: Pool;
  readonly jobs: number;
  readonly outside: Outside | undefined;
  readonly io: Io;
}

async function explored(bench: Bench, how: How): Promise<Exploration> {
  const { choice, settings, alphabet } = bench;
  const { depth, pool, jobs, io } = how;
  const forecast = new Forecast(choice.name, depth);
  const journal = journalOf(bench, how);
  const line = startLine(choice.name, settings.quiet, io);
  try {
    return await explore({
      alphabet,
      depth,
      run: pool.run,
      // A part waits while another is done: no thread is ever without work.
      width: jobs === 1 ? 1 : 2 * jobs,
      confirm: (trace) => confirmed(trace, bench, how),
      journal,
      signal: io.signal,
      onProgress: (progress) => line.show(forecast.text(progress)),
    });
  } finally {
    line.stop();
    journal?.close();
  }
}

/** Looked into as a check does: at all bytes, and for C in fresh processes. */
async function confirmed(
  trace: Trace,
  { choice, target, settings }: Bench,
  { outside, io }: How,
): Promise<Finding | undefined> {
  const { header } = settings;
  const { signal } = io;
  const [finding] = await examine(new Hunter(target, { header }), { seed: 'explore', trace });
  if (finding === undefined) return undefined;
  const fresh = choice.isNative
    ? (until = signal) => choice.open(until, PATIENT_LIMIT_MS)
    : undefined;
  const { findings } = await settle([finding], [], {
    fresh,
    outside: outside?.show,
    header,
    signal,
  });
  return findings[0];
}

function journalOf({ target, alphabet }: Bench, how: How): JournalFile | undefined {
  const { checkpoint, merge, io } = how;
  if (checkpoint === undefined) return undefined;
  return openJournal(checkpoint, io.cwd, {
    schema: 'allocheck/exploration@1',
    version: version(),
    target: target.name,
    // Compiled programs are named by what is in them.
    program: target instanceof NativeTarget ? basename(target.program) : '',
    contract: JSON.stringify(target.contract),
    alphabet: alphabet.letters.map(letterText),
    merged: merge,
  });
}

function openJson(json: string | undefined, io: Io): (told: Explored) => void {
  if (json === undefined) return () => {};
  const write = json === '-' ? io.stdout : openFile(json, io.cwd);
  return (told) => write(`${JSON.stringify(exploreJson(told), null, 2)}\n`);
}

function wholeOf(option: string, text: string, most: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= most) return number;
  throw new OperatingError(`${option} ${text} is not a number from 1 to ${most}`);
}
