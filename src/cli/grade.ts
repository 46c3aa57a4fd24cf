// `allocheck grade DIR --out OUT`: a class of submissions, marked by a rubric.

import { availableParallelism } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { MOST_MILLISECONDS, parseBudget } from '../check/budget.ts';
import { SHRINK_TRIES } from '../check/shrink-finding.ts';
import { OperatingError } from '../contract/operating-error.ts';
import { type ClassResult, gradeClass } from '../grade/class.ts';
import { classPage } from '../grade/class-page.ts';
import { gradebookCsv } from '../grade/csv.ts';
import type { GradeSettings } from '../grade/grade-one.ts';
import { Store } from '../grade/store.ts';
import { findSubmissions } from '../grade/submission.ts';
import { summaryText } from '../grade/summary.ts';
import { openSandbox } from '../target/sandbox.ts';
import { compilerLine, recordedSeed, rubricFor } from './grade-terms.ts';
import { EXIT, type Io } from './io.ts';
import { packageFolder } from './known-traces.ts';
import { addTargetOptions, type RawOptions, readHuntSettings, readSettings } from './options.ts';
import { startLine } from './progress.ts';
import { version } from './version.ts';

interface GradeOptions extends RawOptions {
  readonly rubric?: string;
  readonly out: string;
  readonly budget: string;
  readonly limit: string;
  readonly shrink: string;
  readonly memory: string;
  readonly jobs?: string;
}

const RECORD = 'class.json';

export function declareGrade(program: Command, run: (code: Promise<number>) => void, io: Io): void {
  const command = program
    .command('grade')
    .description('mark a class of submissions by a rubric')
    .argument('<dir>', 'the class: a folder, C file, .zip or .tar.gz in it is one submission')
    .requiredOption('--out <dir>', 'where marks and reports go; the same again goes on from there')
    .option('--rubric <file>', 'points for each invariant, as JSON (default: 100 in all)')
    .option('--seed <text>', 'the same for all (default: the one in --out, else a new one)')
    .option(
      '--budget <amount>',
      'for each submission: 1000runs, or a time, which is not repeatable',
      '1000runs',
    )
    .option('--limit <time>', 'for each submission; what meets it is undecided, not failed', '2m')
    .option('--shrink <tries>', 'to shorten the trace of each finding; marks need few', '200')
    .option('--memory <MiB>', "of allocheck's own process for each submission", '1024')
    .option('--jobs <number>', 'submissions at a time (default: one a core)')
    .option('--quiet', 'say only where the gradebook is');
  addTargetOptions(command);
  command.action((dir: string, raw: GradeOptions) => run(grade(dir, raw, io)));
}

async function grade(dir: string, raw: GradeOptions, io: Io): Promise<number> {
  const limits = limitsOf(raw);
  const settings = await readSettings(raw, io.cwd);
  const { contract, cflags, header, repeated } = settings;
  const rubric = rubricFor(raw.rubric, contract, io.cwd);
  const out = resolve(io.cwd, raw.out);
  const aside = [out, ...(raw.rubric === undefined ? [] : [resolve(io.cwd, raw.rubric)])];
  const submissions = findSubmissions(resolve(io.cwd, dir), aside);
  const budget = parseBudget(raw.budget);
  const compiler = compilerLine();
  // What is handed in is strangers' code, whether it was asked for or not.
  const sandbox = settings.sandbox === 'none' ? 'auto' : settings.sandbox;
  const isolation = openSandbox(sandbox).level;
  const store = new Store(out);
  const { seed } = readHuntSettings(withSeed(raw, recordedSeed(store.read(RECORD))));
  const graded: GradeSettings = {
    contract,
    rubric,
    seed,
    budget,
    budgetText: raw.budget,
    shrinkTries: wholeOf('--shrink', raw.shrink, 0, SHRINK_TRIES),
    cflags,
    header,
    sandbox,
    repeated,
  };
  const terms = { tool: version(), compiler, isolation, settings: graded };
  const record = { schema: 'allocheck/class@1', seed, budget: raw.budget, ...terms };
  store.write(RECORD, `${JSON.stringify(record, null, 2)}\n`);
  if (!settings.quiet) io.stdout(`seed ${seed}\n`);
  const line = startLine(dir, settings.quiet, io);
  let result: ClassResult;
  try {
    result = await gradeClass({
      submissions,
      settings: graded,
      store,
      terms,
      script: childScript(),
      ...limits,
      signal: io.signal,
      onProgress: ({ done, of, running }) =>
        line.show(`${done} of ${of} graded; now ${running.join(', ').slice(0, 100)}`),
    });
  } finally {
    line.stop();
  }
  return told(result, { store, rubric, dir, shown: raw.out, quiet: settings.quiet, io });
}

interface Telling {
  readonly store: Store;
  readonly rubric: GradeSettings['rubric'];
  readonly dir: string;
  readonly shown: string;
  readonly quiet: boolean;
  readonly io: Io;
}

function told(result: ClassResult, { store, rubric, dir, shown, quiet, io }: Telling): number {
  const all = result.results.map(({ graded }) => graded);
  store.write('gradebook.csv', gradebookCsv(all));
  store.write('index.html', classPage(basename(resolve(io.cwd, dir)), rubric, result.results));
  if (!quiet) io.stdout(summaryText(result));
  io.stdout(`wrote ${join(shown, 'gradebook.csv')} and ${join(shown, 'index.html')}\n`);
  if (result.left === 0) return EXIT.passed;
  io.stdout(`stopped with ${result.left} left: the same command goes on from there\n`);
  return EXIT.undecided;
}

function withSeed(raw: GradeOptions, recorded: string | undefined): GradeOptions {
  return raw.seed !== undefined || recorded === undefined ? raw : { ...raw, seed: recorded };
}

/** Throws an OperatingError. */
function limitsOf(raw: GradeOptions) {
  const limit = parsedLimit(raw.limit);
  const jobs = wholeOf('--jobs', raw.jobs ?? String(availableParallelism()), 1, 1024);
  return { limitMs: limit, jobs, memoryMiB: wholeOf('--memory', raw.memory, 64, 1 << 20) };
}

function parsedLimit(text: string): number {
  const found = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text.trim());
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[found?.[2] ?? ''] ?? 0;
  const milliseconds = Number(found?.[1] ?? 0) * unit;
  if (milliseconds > 0 && milliseconds <= MOST_MILLISECONDS) return milliseconds;
  throw new OperatingError(`--limit ${text} is no time (say 60s or 2m)`);
}

function wholeOf(option: string, text: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (number >= least && number <= most) return number;
  throw new OperatingError(`${option} ${text} is not a number from ${least} to ${most}`);
}

/** Beside this file, in whatever form this file is. */
function childScript(): string {
  const here = fileURLToPath(import.meta.url);
  if (extname(here) === '.js') return join(dirname(here), 'grade-child.js');
  return join(packageFolder(), 'dist', 'src', 'cli', 'grade-child.js');
}
