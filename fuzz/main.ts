#!/usr/bin/env node
// `npm run fuzz -- NAME`: runs one fuzzer of the registry. The seed is printed first; the same seed and
// amount give the same run. Exit codes: 0 passed, 1 failed, 2 usage or operating error.

import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import writeFileAtomic from 'write-file-atomic';
import { EXIT, type Io } from '../src/cli/io.ts';
import { isStarted, processIo } from '../src/cli/process-io.ts';
import { OperatingError } from '../src/contract/operating-error.ts';
import { type Amount, type Fuzzer, type FuzzReport, ops, runs } from './fuzzer.ts';
import { FUZZERS } from './registry.ts';
import { figure, tableText } from './table.ts';

interface RawOptions {
  readonly seed?: string;
  readonly runs?: string;
  readonly ops?: string;
  readonly json?: string;
}

/** Runs `argv` (without `node` and the script) and resolves to the exit code. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const program = new Command('fuzz')
    .description('Runs one fuzzer; `list` shows them all')
    .argument('[name]', 'which one', 'list')
    .option('--seed <text>', 'root seed (default: a new one, printed first)')
    .option('--runs <n>', 'how much to do, in runs')
    .option('--ops <n>', 'how much to do, in calls made')
    .option('--json <file>', 'write the figures as JSON')
    .exitOverride()
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr, outputError: () => {} });
  try {
    program.parse([...argv], { from: 'user' });
    return await start(program.args[0] ?? 'list', program.opts<RawOptions>(), io);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.passed;
    if (!(error instanceof OperatingError || error instanceof CommanderError)) throw error;
    io.stderr(`fuzz: ${error.message.replace(/^error: /, '')}\n`);
    return EXIT.error;
  }
}

async function start(name: string, raw: RawOptions, io: Io): Promise<number> {
  if (name === 'list') {
    io.stdout(`${listing()}\n`);
    return EXIT.passed;
  }
  const fuzzer = FUZZERS.find((each) => each.name === name);
  if (fuzzer === undefined) {
    const names = FUZZERS.map((each) => each.name).join(', ');
    throw new OperatingError(`there is no fuzzer ${name}; there are ${names}`);
  }
  const seed = raw.seed ?? randomBytes(6).toString('hex');
  const amount = amountOf(raw) ?? fuzzer.amount;
  io.stdout(`${name}: seed ${seed}, ${figure(amount.count)} ${amount.unit}\n`);
  const started = performance.now();
  const say = (line: string): void => io.stdout(`${line}\n`);
  const report = await fuzzer.run({ seed, amount, brief: false, say });
  const elapsedMs = Math.round(performance.now() - started);
  io.stdout(`${name}: ${report.passed ? 'PASSED' : 'FAILED'}, ${report.summary} `);
  io.stdout(`(${(elapsedMs / 1000).toFixed(1)} s)\n`);
  if (raw.json !== undefined) writeJson(raw.json, { fuzzer, seed, amount, report, elapsedMs }, io);
  return report.passed ? EXIT.passed : EXIT.violations;
}

function listing(): string {
  const amountText = (amount: Amount | undefined): string =>
    amount === undefined ? '-' : `${figure(amount.count)} ${amount.unit}`;
  return tableText(
    ['name', 'does', 'in smoke', 'what'],
    FUZZERS.map(({ name, about, amount, smoke }) => [
      name,
      amountText(amount),
      amountText(smoke),
      about,
    ]),
  );
}

function amountOf(raw: RawOptions): Amount | undefined {
  if (raw.runs !== undefined && raw.ops !== undefined) {
    throw new OperatingError('--runs and --ops exclude each other');
  }
  if (raw.runs !== undefined) return runs(countOf('--runs', raw.runs));
  return raw.ops === undefined ? undefined : ops(countOf('--ops', raw.ops));
}

function countOf(option: string, text: string): number {
  const count = /^\d{1,12}$/.test(text) ? Number(text) : 0;
  if (count === 0) throw new OperatingError(`${option} ${text} is not a number from 1 to 10^12`);
  return count;
}

interface Outcome {
  readonly fuzzer: Fuzzer;
  readonly seed: string;
  readonly amount: Amount;
  readonly report: FuzzReport;
  readonly elapsedMs: number;
}

function writeJson(
  file: string,
  { fuzzer, seed, amount, report, elapsedMs }: Outcome,
  io: Io,
): void {
  const { passed, summary, figures } = report;
  const json = {
    schema: 'allocheck/fuzz@1',
    fuzzer: fuzzer.name,
    seed,
    amount,
    passed,
    summary,
    elapsedMs,
    figures,
  };
  try {
    writeFileAtomic.sync(resolve(io.cwd, file), `${JSON.stringify(json, null, 2)}\n`);
  } catch (error) {
    throw new OperatingError(`cannot write ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

if (isStarted(import.meta.url)) process.exitCode = await main(process.argv.slice(2), processIo());
