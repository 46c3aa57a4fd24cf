// The page of results, made from a journal: what was measured, as it is. results.md, survival.svg, pieces.svg, and the trials
// themselves in results.ndjson.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { packageFolder } from '../../../src/cli/known-traces.ts';
import { figure, tableText } from '../../table.ts';
import { C_TASKS } from './c-tasks.ts';
import type { Trial } from './journal.ts';
import { compare, middle, within } from './statistics.ts';
import { type Curve, survivalSvg } from './survival.ts';
import { TOOLS } from './tools.ts';

const OURS = 'allocheck';
/** Trials that make a task solved. */
const TRIALS = 10;

/** Returns the files written. */
export function render(trials: readonly Trial[], folder: string): string[] {
  const c = new Table(trials.filter(({ task }) => C_TASKS.includes(task)));
  const mutants = new Table(trials.filter(({ task }) => task.startsWith('mutant:')));
  const isPiece = (name: string): boolean => /^allocheck[-+]/.test(name);
  const curves = (tools: readonly string[]): Curve[] =>
    tools.map((name) => ({ name, times: c.tasks.flatMap((task) => c.times(name, task)) }));
  const files: [string, string][] = [
    ['results.md', pageOf(c, mutants)],
    ['survival.svg', survivalSvg(curves(c.tools.filter((name) => !isPiece(name))))],
    ['pieces.svg', survivalSvg(curves(c.tools.filter((name) => name === OURS || isPiece(name))))],
    ['results.ndjson', `${trials.map((trial) => JSON.stringify(trial)).join('\n')}\n`],
  ];
  mkdirSync(folder, { recursive: true });
  return files.map(([name, text]) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  });
}

/** Trials by tool and task. */
export class Table {
  readonly tools: readonly string[];
  readonly tasks: readonly string[];
  readonly #trials = new Map<string, Trial[]>();

  constructor(trials: readonly Trial[]) {
    for (const trial of trials) {
      const key = `${trial.tool} ${trial.task}`;
      this.#trials.set(key, [...(this.#trials.get(key) ?? []), trial]);
    }
    const seen = new Set(trials.map(({ tool }) => tool));
    this.tools = TOOLS.map(({ name }) => name).filter((name) => seen.has(name));
    this.tasks = [...new Set(trials.map(({ task }) => task))].sort();
  }

  of(tool: string, task: string): readonly Trial[] {
    return this.#trials.get(`${tool} ${task}`) ?? [];
  }

  /** Milliseconds. After a trial that found nothing the tool has stopped: the rest are taken to find nothing, too. None
   * where the tool was not tried. */
  times(tool: string, task: string): number[] {
    const trials = this.of(tool, task);
    const times = trials.map(({ ms }) => ms ?? Number.POSITIVE_INFINITY);
    const stopped = times.includes(Number.POSITIVE_INFINITY);
    while (stopped && times.length < TRIALS) times.push(Number.POSITIVE_INFINITY);
    return times;
  }

  isTried(tool: string, task: string): boolean {
    return this.of(tool, task).length > 0;
  }

  isSolved(tool: string, task: string): boolean {
    const times = this.times(tool, task);
    return times.length >= TRIALS && times.every(Number.isFinite);
  }
}

function pageOf(c: Table, mutants: Table): string {
  return [
    '# How soon each tool finds each bug',
    '',
    about(c, mutants),
    '',
    '![The share of trials whose bug is not found yet, by time](survival.svg)',
    '',
    '![The same with pieces of the search off](pieces.svg)',
    '',
    '## C',
    '',
    ...sectionOf(c),
    ...againstBest(c),
    '',
    ...perTask(c),
    ...(mutants.tasks.length === 0
      ? []
      : ['## TypeScript', '', ...sectionOf(mutants), ...perTask(mutants)]),
  ].join('\n');
}

function about(c: Table, mutants: Table): string {
  const caps = [
    ...new Set([...trialsOf(c), ...trialsOf(mutants)].map(({ capMs }) => capMs / 1000)),
  ];
  const versions = [`node ${process.version}`, version('gcc'), version('clang'), aflVersion()];
  return [
    `Written on ${new Date().toISOString().slice(0, 10)} from trials at ${commitsOf(c, mutants)}, by \`npm run bench -- bugs\`:`,
    `${c.tasks.length} C tasks, ${mutants.tasks.length} mutants of our own allocator; up to ${TRIALS} trials of ${caps.join(' or ')} s each, each in a`,
    `process of its own on one core (${cpus()[0]?.model ?? 'unknown'}). ${versions.join('; ')}. What is compared, and how, is`,
    'in [README.md](README.md). Times are from the first trace to the failure, in milliseconds; starting, and',
    'compiling, are not in them (`start`: from starting the process to the first trace, median). A tool stops at its first trial that',
    'finds nothing; what it has not tried counts as not found.',
  ].join('\n');
}

function commitsOf(...tables: readonly Table[]): string {
  const commits = new Set(
    tables.flatMap(trialsOf).map((trial) => trial.commit ?? 'no known commit'),
  );
  return `${commits.size > 1 ? 'commits' : 'commit'} ${[...commits].join(', ')}`;
}

function trialsOf(table: Table): readonly Trial[] {
  return table.tools.flatMap((tool) => table.tasks.flatMap((task) => table.of(tool, task)));
}

const HEAD = [
  ...['tool', 'tasks', 'solved', 'trials in 0.1 s', 'in 1 s', 'in 10 s', 'in 60 s'],
  ...['median ms', 'slowest', 'median ops', 'found with', 'shrunk to', 'start'],
];

function sectionOf(table: Table): string[] {
  const rows = table.tools.map((tool) => {
    const tasks = table.tasks.filter((task) => table.isTried(tool, task));
    const times = tasks.flatMap((task) => table.times(tool, task));
    const trials = tasks.flatMap((task) => table.of(tool, task));
    const values = (key: keyof Trial) =>
      trials.map((trial) => trial[key]).filter((v) => typeof v === 'number');
    const solved = tasks.filter((task) => table.isSolved(tool, task)).length;
    return [
      tool,
      tasks.length,
      solved,
      ...within(times),
      shown(middle(times)),
      shown(Math.max(...times)),
      shown(middle(values('ops'))),
      shown(middle(values('length'))),
      shown(middle(values('shrunk'))),
      shown(middle(values('startMs'))),
    ];
  });
  const rivals = table.tools.filter((tool) => tool !== OURS);
  return [...fenced(tableText(HEAD, rows)), '', ...comparisons(table, rivals), ''];
}

const DECIMALS_BELOW = 10;

function shown(value: number): string {
  if (Number.isNaN(value)) return '-';
  if (value === Number.POSITIVE_INFINITY) return 'not found';
  return value < DECIMALS_BELOW ? value.toFixed(1) : figure(value);
}

/** A ratio; infinite where the other found nothing. */
function times(ratio: number): string {
  return ratio === Number.POSITIVE_INFINITY ? '∞' : shown(ratio);
}

/** Per task, allocheck's trials against the other tool's. */
function comparisons(table: Table, rivals: readonly string[]): string[] {
  if (!table.tools.includes(OURS)) return [];
  const rows = rivals.map((tool) => {
    const both = table.tasks.filter(
      (task) => table.isTried(OURS, task) && table.isTried(tool, task),
    );
    const each = both.map((task) => compare(table.times(OURS, task), table.times(tool, task)));
    const sure = each.filter(({ p }) => p < 0.05);
    const ratios = both.map(
      (task) => middle(table.times(tool, task)) / middle(table.times(OURS, task)),
    );
    return [
      tool,
      both.length,
      sure.filter(({ a12 }) => a12 > 0.5).length,
      sure.filter(({ a12 }) => a12 < 0.5).length,
      middle(each.map(({ a12 }) => a12)).toFixed(2),
      times(middle(ratios.map((ratio) => (Number.isNaN(ratio) ? 1 : ratio)))),
    ];
  });
  const head = [
    'allocheck against',
    'tasks',
    'sooner',
    'later',
    'median A12',
    'times as fast, median',
  ];
  return [
    'Task by task: in how many allocheck is sooner, or later, by Mann-Whitney at p < 0.05; A12 is the chance that one of its',
    'trials is sooner than one of the other (0.5: no difference).',
    '',
    ...fenced(tableText(head, rows)),
  ];
}

/** The tasks for which the best of the other tools needs more than 0.1 s. */
function againstBest(table: Table): string[] {
  const others = table.tools.filter((tool) => !tool.startsWith(OURS));
  if (!table.tools.includes(OURS) || others.length === 0) return [];
  const best = (task: string): number =>
    Math.min(...others.map((tool) => sooner(table, tool, task)));
  const hard = table.tasks.filter((task) => table.isTried(OURS, task) && best(task) > 100);
  const ratios = hard.map((task) => best(task) / middle(table.times(OURS, task)));
  const lost = table.tasks.filter(
    (task) => !table.isSolved(OURS, task) && others.some((tool) => table.isSolved(tool, task)),
  );
  return [
    `For ${hard.length} tasks the best other tool (without allocheck's own search) needs more than 0.1 s at the median; there allocheck is`,
    `${times(middle(ratios))} times as fast at the median. Tasks that another tool solves and allocheck does not: ${lost.length === 0 ? 'none' : lost.join(', ')}.`,
  ];
}

function sooner(table: Table, tool: string, task: string): number {
  const times = table.times(tool, task);
  return times.length === 0 ? Number.POSITIVE_INFINITY : middle(times);
}

/** Median milliseconds; in brackets how many trials found it, where not all did. */
function perTask(table: Table): string[] {
  const rows = table.tasks.map((task) => [
    task,
    ...table.tools.map((tool) => {
      const times = table.times(tool, task);
      const found = times.filter(Number.isFinite).length;
      if (times.length === 0) return ' ';
      return found === times.length ? shown(middle(times)) : `(${found}/${times.length})`;
    }),
  ]);
  return [
    'Median ms, or how many of the trials found it where not all did:',
    '',
    ...fenced(tableText(['task', ...table.tools], rows)),
    '',
  ];
}

function fenced(text: string): string[] {
  return ['```', text, '```'];
}

function version(program: string): string {
  return firstLine(program, ['--version']) ?? `no ${program}`;
}

function aflVersion(): string {
  const found = /afl-fuzz\+\+[\w.]+/.exec(firstLine('afl-fuzz', ['-h']) ?? '');
  return found?.[0] ?? 'no AFL++';
}

export function commit(): string {
  return firstLine('git', ['-C', packageFolder(), 'rev-parse', '--short', 'HEAD']) ?? 'unknown';
}

function firstLine(program: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).split('\n')[0];
  } catch (error) {
    const { stdout } = error as { stdout?: string };
    return stdout === undefined || stdout === '' ? undefined : stdout.split('\n')[0];
  }
}
