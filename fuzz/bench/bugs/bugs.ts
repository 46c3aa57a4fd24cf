// `npm run bench -- bugs [--tools a,b] [--tasks x,y] [--trials N] [--cap 60s] [--core N] [--journal FILE] [--render]`:
// how soon each tool finds each bug. A trial is a process of its own, on one core; a tool stops on a task at its first trial
// that finds nothing. What is measured goes to the journal at once, and is not measured again: stop it, and start it
// again. `--render` measures nothing, and writes the page (to `--out`, or where it is kept) from what the journal has.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseBudget } from '../../../src/check/budget.ts';
import { packageFolder } from '../../../src/cli/known-traces.ts';
import { OperatingError } from '../../../src/contract/operating-error.ts';
import { deriveSeed } from '../../../src/generate/seed.ts';
import { buildFuzzer, fuzz, isInstalled } from './fuzzers.ts';
import { Journal, type Trial } from './journal.ts';
import { commit, render } from './results.ts';
import { type Found, search } from './search.ts';
import { allTasks, type Task } from './tasks.ts';
import { TOOLS, type Tool } from './tools.ts';

type Say = (line: string) => void;

export async function benchBugs(seed: string, say: Say, argv: readonly string[]): Promise<void> {
  const options = optionsIn(argv);
  const journal = new Journal(options.journal);
  if (!options.render) return measureAll(seed, say, options, journal);
  if (journal.trials.length === 0)
    throw new OperatingError(`bench bugs: ${journal.file} has no trials`);
  for (const file of render(journal.trials, options.out)) say(`wrote ${file}`);
}

interface Options {
  readonly tools: readonly Tool[];
  readonly tasks: readonly Task[];
  readonly trials: number;
  readonly capMs: number;
  readonly pin: readonly string[];
  readonly journal: string;
  readonly out: string;
  readonly render: boolean;
}

function optionsIn(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      tools: { type: 'string', default: TOOLS.map(({ name }) => name).join(',') },
      tasks: { type: 'string', default: '' },
      trials: { type: 'string', default: '10' },
      cap: { type: 'string', default: '60s' },
      core: { type: 'string', default: '0' },
      journal: { type: 'string', default: join(tmpdir(), 'allocheck-bugs.ndjson') },
      out: { type: 'string', default: join(packageFolder(), 'fuzz/bench/bugs') },
      render: { type: 'boolean', default: false },
    },
  });
  const cap = parseBudget(values.cap);
  if (cap.kind !== 'time') throw new OperatingError(`--cap ${values.cap} is no time (say 60s)`);
  return {
    tools: values.tools.split(',').map((name) => named(TOOLS, name, 'tool')),
    tasks: tasksNamed(values.tasks),
    trials: Number(values.trials),
    capMs: cap.milliseconds,
    pin: ['taskset', '-c', values.core],
    journal: values.journal,
    out: values.out,
    render: values.render,
  };
}

/** Names, or `c` and `mutants` for all of a kind; all if there are none. */
function tasksNamed(text: string): Task[] {
  const all = allTasks();
  if (text === '') return all;
  return text.split(',').flatMap((name) => {
    if (name === 'c') return all.filter(({ allocator }) => allocator !== undefined);
    if (name === 'mutants') return all.filter(({ allocator }) => allocator === undefined);
    return [named(all, name, 'task')];
  });
}

function named<T extends { readonly name: string }>(
  all: readonly T[],
  name: string,
  what: string,
): T {
  const found = all.find((each) => each.name === name);
  if (found !== undefined) return found;
  throw new OperatingError(`bench bugs: there is no ${what} ${name}`);
}

async function measureAll(
  seed: string,
  say: Say,
  options: Options,
  journal: Journal,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'allocheck-bugs-'));
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    for (const tool of options.tools) {
      for (const task of options.tasks) {
        if (!canRun(tool, task)) continue;
        const began: Measuring = {
          seed,
          tool,
          task,
          folder,
          options,
          signal: stop.signal,
          commit: commit(),
        };
        await measure(began, journal, say);
        if (stop.signal.aborted) return say('stopped; the same command goes on from here');
      }
    }
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    rmSync(folder, { recursive: true, force: true });
  }
}

function canRun({ kind }: Tool, { allocator }: Task): boolean {
  if (kind.is !== 'fuzzer') return true;
  return allocator !== undefined && isInstalled(kind.fuzzer);
}

interface Measuring {
  readonly seed: string;
  readonly tool: Tool;
  readonly task: Task;
  readonly folder: string;
  readonly options: Options;
  readonly signal: AbortSignal;
  readonly commit: string;
}

/** The trials of one tool on one task that are not in the journal yet, up to the first that finds nothing. */
async function measure(measuring: Measuring, journal: Journal, say: Say): Promise<void> {
  const { tool, task, options } = measuring;
  const run = trialOf(measuring);
  for (let trial = 0; trial < options.trials; trial++) {
    const known = journal.find(tool.name, task.name, trial);
    if (known !== undefined && known.ms === undefined) return;
    if (known !== undefined) continue;
    const { found, startMs } = await run(trial);
    if (measuring.signal.aborted) return;
    const { capMs } = options;
    const kept = {
      tool: tool.name,
      task: task.name,
      trial,
      capMs,
      ...rounded(found),
      startMs: Math.round(startMs),
      commit: measuring.commit,
    };
    journal.add(kept);
    say(JSON.stringify(kept));
    if (found === undefined) return;
  }
}

function rounded(found: Found | undefined): Partial<Trial> {
  if (found === undefined) return {};
  const { ms, shrinkMs } = found;
  const shrinking = shrinkMs === undefined ? {} : { shrinkMs: Math.round(shrinkMs) };
  return { ...found, ms: Math.round(ms * 10) / 10, ...shrinking };
}

interface Outcome {
  readonly found: Found | undefined;
  readonly startMs: number;
}

function trialOf(measuring: Measuring): (trial: number) => Promise<Outcome> {
  const { tool, task, folder, options, signal } = measuring;
  const { kind } = tool;
  const seedOf = (trial: number): string => deriveSeed(measuring.seed, task.name, trial);
  if (kind.is !== 'fuzzer' || task.allocator === undefined) {
    return (trial) => inChild(measuring, seedOf(trial));
  }
  const { fuzzer } = kind;
  const { pin, capMs } = options;
  let program: string | undefined;
  return (trial) => {
    program ??= buildFuzzer(fuzzer, task.allocator!, folder);
    const shrinks = trial === 0;
    return fuzz({ fuzzer, program, folder, seed: seedOf(trial), capMs, pin, shrinks, signal });
  };
}

/** How long a child may take beyond its cap: to start, compile, and shrink what it found. */
const GRACE_MS = 60_000;

function inChild({ tool, task, options, signal }: Measuring, seed: string): Promise<Outcome> {
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  const before = Date.now();
  const { capMs } = options;
  const args = [process.execPath, main, 'bugs-trial', tool.name, task.name, seed, String(capMs)];
  const [name, ...rest] = [...options.pin, ...args] as [string, ...string[]];
  const child = spawn(name, rest, { stdio: ['ignore', 'pipe', 'inherit'], signal });
  const late = setTimeout(() => child.kill('SIGKILL'), capMs + GRACE_MS);
  let said = '';
  child.stdout?.on('data', (data) => {
    said += data;
  });
  return new Promise((resolve, reject) => {
    child.on('error', (error) => (signal.aborted ? resolve(NOTHING) : reject(error)));
    child.on('close', () => {
      clearTimeout(late);
      if (signal.aborted) return resolve(NOTHING);
      const line = said.trimEnd().split('\n').at(-1) ?? '';
      if (!line.startsWith('{')) return reject(new Error(`${tool.name} on ${task.name} died`));
      const { found, startedAt } = JSON.parse(line) as { found?: Found; startedAt: number };
      resolve({ found, startMs: startedAt - before });
    });
  });
}

const NOTHING: Outcome = { found: undefined, startMs: 0 };

/** `bugs-trial TOOL TASK SEED CAP`: one trial, in the process that the bench has started for it. */
export async function trialOfBugs(say: Say, argv: readonly string[]): Promise<void> {
  const [toolName = '', taskName = '', seed = '', capMs = ''] = argv;
  const tool = named(TOOLS, toolName, 'tool');
  const covers = tool.kind.is === 'campaign' && tool.kind.pieces.has('coverage');
  const { target, close } = await named(allTasks(), taskName, 'task').open(covers);
  const startedAt = Date.now();
  const found = await search(tool, target, seed, Number(capMs));
  say(JSON.stringify({ startedAt, ...(found === undefined ? {} : { found }) }));
  await close();
}
