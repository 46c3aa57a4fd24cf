// From TARGET arguments to targets: `builtin`, `mutant:NAME`, C or C++ files, a folder of them, a library.
//
// C files given together are one allocator (osmem.c with its helpers), unless several of them define
// malloc for themselves: then each is an allocator of its own. The same holds for the files of a folder.

import { readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import type { Contract } from '../contract/contract.ts';
import { OperatingError } from '../contract/operating-error.ts';
import { osmemOurs } from '../contract/osmem.ts';
import { createNativeTarget } from '../target/native.ts';
import { findSources, isLibrary, isSource, LIBC } from '../target/native-sources.ts';
import { defines } from '../target/native-text.ts';
import { createSimulatedTarget } from '../target/simulated.ts';
import type { Target } from '../target/target.ts';
import { openMutant } from './mutants.ts';
import type { Settings } from './options.ts';

/** CPU time of one call in milliseconds. The dearest sound ones (a calloc of megabytes) need some tens; what
 * seems to hang is given PATIENT_LIMIT_MS before it is reported. */
const CALL_LIMIT_MS = 150;
/** The same where a finding is repeated: a slow call on a slow machine is not to be called endless. */
export const PATIENT_LIMIT_MS = 1000;

/** A target that was asked for and not yet started. */
export interface Choice {
  readonly name: string;
  readonly contract: Contract;
  /** `--target …` and the options that choose it again; nothing for the built-in alone. */
  readonly arguments: readonly string[];
  /** Whether it runs in processes of its own. */
  readonly isNative?: boolean;
  /** C and C++ files, their folder, or a library: what a program can be linked with. */
  readonly sources?: readonly string[];
  /** Rejects with an OperatingError: no compiler, not C, a function missing. */
  /** With `coverage` it tells which code runs, if it can be built so. */
  open(signal: AbortSignal, callLimitMs?: number, coverage?: boolean): Promise<Target>;
}

export const BUILTIN = 'builtin';

/** Throws an OperatingError where an argument is no target. None at all: the built-in. */
export async function chooseTargets(
  names: readonly string[],
  settings: Settings,
  cwd: string,
): Promise<Choice[]> {
  const choices: Choice[] = [];
  const files: string[] = [];
  for (const name of names.length > 0 ? names : [BUILTIN]) {
    if (name === BUILTIN) choices.push(builtin(settings));
    else if (name.startsWith('mutant:')) choices.push(await mutant(name, settings));
    else if (name === LIBC) choices.push(native([name], name, settings, cwd));
    else if (statOf(name, cwd).isDirectory()) choices.push(...folder(name, settings, cwd));
    else if (isLibrary(name)) choices.push(native([name], name, settings, cwd));
    else if (isSource(name)) files.push(name);
    else
      throw new OperatingError(
        `${name} is no target (builtin, mutant:NAME, a .c or .cpp file, a folder, a .so, libc)`,
      );
  }
  choices.push(...allocatorsOf(files, settings, cwd));
  return choices;
}

/** Throws an OperatingError where ours is to be judged by what it never promised. */
function builtin(settings: Settings): Choice {
  needsOsmem(BUILTIN, settings);
  return {
    name: BUILTIN,
    contract: osmemOurs,
    arguments: settings.repeated,
    open: async (signal) => createSimulatedTarget({ signal }),
  };
}

async function mutant(name: string, settings: Settings): Promise<Choice> {
  needsOsmem(name, settings);
  const target = await openMutant(name.slice('mutant:'.length));
  return {
    name,
    contract: target.contract,
    arguments: ['--target', name, ...settings.repeated],
    open: async () => target,
  };
}

function native(files: readonly string[], name: string, settings: Settings, cwd: string): Choice {
  const { contract, cflags, header, repeated, sandbox } = settings;
  const shown = name === '' ? files.join('+') : name;
  const again = name === '' ? files : [name];
  const sources = files.map((file) => (file === LIBC ? file : resolve(cwd, file)));
  return {
    name: shown,
    contract,
    isNative: true,
    sources,
    arguments: [...again.flatMap((file) => ['--target', file]), ...repeated],
    open: (signal, callLimitMs = CALL_LIMIT_MS, coverage = false) =>
      createNativeTarget({
        files: sources,
        contract,
        name: shown,
        cflags,
        cpuLimitMs: callLimitMs,
        sandbox,
        signal,
        coverage,
        ...(header === undefined ? {} : { header }),
      }),
  };
}

function needsOsmem(name: string, { contract }: Settings): void {
  if (contract.name === osmemOurs.name) return;
  throw new OperatingError(`${name} keeps osmem: ${contract.name} needs a target in C`);
}

/** The allocator in a folder (the course's layout included), or the allocators. */
function folder(name: string, settings: Settings, cwd: string): Choice[] {
  const path = resolve(cwd, name);
  const files = findSources([path]).files.map((file) => join(name, relative(path, file)));
  const { malloc } = settings.contract.symbols;
  const whole = files.filter((file) => defines(textOf(file, cwd), malloc));
  return whole.length > 1
    ? allocatorsOf(files, settings, cwd)
    : [native([name], name, settings, cwd)];
}

/** One allocator of all files, or one of each if more than one defines malloc. */
function allocatorsOf(files: readonly string[], settings: Settings, cwd: string): Choice[] {
  if (files.length === 0) return [];
  const { malloc } = settings.contract.symbols;
  const whole = files.filter((file) => defines(textOf(file, cwd), malloc));
  if (whole.length <= 1) return [native(files, '', settings, cwd)];
  const rest = files.find((file) => !whole.includes(file));
  if (rest !== undefined) {
    const owners = whole.map((file) => basename(file)).join(', ');
    throw new OperatingError(
      `${rest} belongs to which of ${owners}? Give each allocator in a folder of its own`,
    );
  }
  return whole.map((file) => native([file], file, settings, cwd));
}

function textOf(name: string, cwd: string): string {
  try {
    return readFileSync(resolve(cwd, name), 'utf8');
  } catch (error) {
    throw new OperatingError(`cannot read ${name}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function statOf(name: string, cwd: string): { isDirectory(): boolean } {
  if (name === '') throw new OperatingError('an empty name is no target');
  const found = statSync(resolve(cwd, name), { throwIfNoEntry: false });
  if (found === undefined) throw new OperatingError(`${name}: there is no such file or folder`);
  return found;
}
