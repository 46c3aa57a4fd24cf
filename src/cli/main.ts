#!/usr/bin/env node
// The command line: declares the commands, and is the one place that catches. An operating error becomes
// one line on stderr and exit code 2; anything else that is thrown is a fault of ours, and is not caught.

import { Command, CommanderError } from 'commander';
import { OperatingError } from '../contract/operating-error.ts';
import { declareCheck } from './check.ts';
import { declareExplore } from './explore.ts';
import { declareGrade } from './grade.ts';
import { addHelp } from './help.ts';
import { EXIT, type Io } from './io.ts';
import { isStarted, processIo, tellFaultsApart } from './process-io.ts';
import { declareReplay } from './replay.ts';
import { declareShrink } from './shrink.ts';
import { version } from './version.ts';
import { declareView } from './view.ts';

/** Runs `argv` (without `node` and the script) and resolves to the exit code. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let code: Promise<number> = Promise.resolve(EXIT.passed);
  const program = newProgram(io, (started) => {
    code = started;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return await code;
  } catch (error) {
    if (error instanceof CommanderError) return afterCommander(error, io);
    if (!(error instanceof OperatingError)) throw error;
    io.stderr(`allocheck: ${error.message}\n`);
    return EXIT.error;
  }
}

function newProgram(io: Io, run: (code: Promise<number>) => void): Command {
  const program = new Command('allocheck')
    .description('Property-based verification and fuzzing of memory allocators')
    .version(version())
    .exitOverride()
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr, outputError: () => {} });
  declareCheck(program, run, io);
  declareReplay(program, run, io);
  declareExplore(program, run, io);
  declareShrink(program, run, io);
  declareView(program, run, io);
  declareGrade(program, run, io);
  addHelp(program);
  return program;
}

/** Help and version are no errors; what it refuses is said in one line. */
function afterCommander(error: CommanderError, io: Io): number {
  if (error.exitCode === 0) return EXIT.passed;
  if (error.code !== 'commander.help') {
    const message = error.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
    io.stderr(`allocheck: ${message}\n`);
  }
  return EXIT.error;
}

if (isStarted(import.meta.url)) {
  tellFaultsApart();
  process.exitCode = await main(process.argv.slice(2), processIo());
}
