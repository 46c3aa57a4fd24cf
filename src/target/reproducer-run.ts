// Reproducers outside of the driver: a C program linked with the target's own sources, or its library, and
// nothing else of ours, run on the real operating system with limits on its time, memory and output. What it asserts is its
// own affair (report/reproducer-c.ts); here it is compiled, run, and its end observed.

import { type ExecFileException, execFile } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { findSources, LIBC, type NativeSources } from './native-sources.ts';
import { isCpp } from './native-text.ts';
import { openSandbox, type Sandbox, type SandboxWish, type Visible } from './sandbox.ts';
import { type Stage, stageSources } from './stage.ts';
import { INCLUDE, standInFlags, standInsFor } from './stand-ins.ts';

export interface ReproducerTarget {
  /** C files, one directory, or a library: what `NativeOptions.files` names. */
  readonly files: readonly string[];
  readonly cflags?: readonly string[];
  /** The contract's: for the compiler, `-D` of each. */
  readonly defines?: readonly string[];
  /** Within which walls it is compiled and run; 'none' if absent. */
  readonly sandbox?: SandboxWish | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a program is compiled, as a person would say it in the target's folder. */
export interface ReproducerBuild {
  /** C and C++ files, or what names a library. */
  readonly files: readonly string[];
  /** For gcc, before the files; and behind them. */
  readonly flags: readonly string[];
  readonly libraries: readonly string[];
  /** Some file is in C++. */
  readonly isCpp: boolean;
  readonly isLibrary: boolean;
}

export interface ReproducerEnd {
  /** 'failed': it ended with 1, as it does where an assertion is broken. 'other': not compiled, killed by a
   * limit, or ended in a way that says nothing. */
  readonly outcome: 'held' | 'failed' | 'other';
  /** Its first line on stderr, or the compiler's. */
  readonly says: string;
}

const COMPILER = 'gcc';
const COMPILE_LIMIT_MS = 120_000;
/** The program ends a call itself after 2 s of processor time, or 20 s. */
const RUN_LIMIT_MS = 60_000;
const OUTPUT_LIMIT = 1 << 16;
/** CPU seconds, KiB of address space (16 GiB), 512-byte blocks of any file, no core. */
const LIMITS = 'ulimit -t 20 -v 16777216 -f 2048 -c 0 2>/dev/null; exec "$0"';
/** As the driver compiles a target (driver-build.ts), and addresses that are always the same. */
const STANDARD_FLAGS = ['-O1', '-g', '-w', '-fcommon', '-fno-pie', '-no-pie'];

/** For several files that have a main each. */
const WEAK_MAIN = ['-Umain', '-Dmain=__attribute__((weak)) unused_main'];

export class ReproducerRunner {
  readonly build: ReproducerBuild;
  private readonly target: ReproducerTarget;
  private readonly sources: NativeSources;
  private readonly directory = mkdtempSync(join(tmpdir(), 'allocheck-reproducer-'));
  private readonly sandbox: Sandbox;
  /** Made for the first compilation in a sandbox. */
  private stage: Stage | undefined;
  private object: Promise<string | undefined> | undefined;
  private complaint = '';
  private started = 0;

  /** Throws an OperatingError where there is nothing to compile. */
  constructor(target: ReproducerTarget) {
    this.target = target;
    this.sandbox = openSandbox(target.sandbox ?? 'none');
    this.sources = findSources(target.files);
    const { files, includes, library } = this.sources;
    const folder = folderOf(target.files);
    const named = (path: string): string => relative(folder, path) || '.';
    const withHeaders = includes.filter((path) => headersIn(path).length > 0);
    const cpp = files.some(isCpp);
    this.build = {
      files: library === undefined ? files.map(named) : linked(library, nameOfLibrary),
      flags: [...this.compilerFlags(), ...withHeaders.map((path) => `-I${named(path)}`)],
      libraries: ['-lm', '-lpthread', ...(cpp ? ['-lstdc++'] : [])],
      isCpp: cpp,
      isLibrary: library !== undefined,
    };
  }

  /** Several may run at a time. Once `signal` is aborted the outcome is 'other', soon. */
  async run(source: string, signal = this.target.signal): Promise<ReproducerEnd> {
    const folder = join(this.directory, String(this.started++));
    mkdirSync(folder);
    const file = join(folder, 'reproducer.c');
    const program = join(folder, 'reproducer');
    writeFileSync(file, source);
    this.object ??= this.build.isLibrary ? Promise.resolve('') : this.compileTarget(file);
    const object = await this.object;
    if (object === undefined) return { outcome: 'other', says: this.complaint };
    const { library } = this.sources;
    const parts = library === undefined ? [object] : linked(library, (path) => path);
    const flags = this.compilerFlags();
    const arguments_ = [...flags, file, ...parts, '-o', program, ...this.build.libraries];
    const built = await this.gcc(arguments_, signal);
    if (built !== undefined) return { outcome: 'other', says: built };
    return this.start(program, signal);
  }

  close(): void {
    this.stage?.remove();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private compilerFlags(): string[] {
    const defines = (this.target.defines ?? []).map((name) => `-D${name}`);
    const main = this.sources.library !== undefined ? [] : ['-Dmain=unused_main'];
    return [...STANDARD_FLAGS, ...main, ...defines, ...(this.target.cflags ?? [])];
  }

  /** All files in one object, once. Those in C++ read in `program` what the functions are called in C. */
  private async compileTarget(program: string): Promise<string | undefined> {
    const output = join(this.directory, 'target.o');
    const { files, includes } = this.sources;
    const flags = [
      ...this.compilerFlags(),
      ...['-r', '-nostdlib'],
      ...(this.build.isCpp ? ['-include', program] : []),
      ...includes.map((path) => `-I${path}`),
      ...standInFlags(standInsFor(includes)),
    ];
    const all = [...flags, ...files, '-o', output];
    const first = await this.gcc(all);
    const complaint = first?.includes('unused_main')
      ? await this.gcc([...all, ...WEAK_MAIN])
      : first;
    this.complaint = complaint ?? '';
    return complaint === undefined ? output : undefined;
  }

  /** Undefined if all went well; else the first line that names an error. */
  private gcc(
    arguments_: readonly string[],
    signal = this.target.signal,
  ): Promise<string | undefined> {
    const options = {
      ...this.limits(COMPILE_LIMIT_MS, signal),
      env: { ...process.env, LC_ALL: 'C' },
    };
    const launch = this.sandbox.compiler(COMPILER, arguments_, this.visible());
    return new Promise((settle) => {
      execFile(launch.command, [...launch.arguments], options, (error, _, stderr) => {
        if (error === null) settle(undefined);
        else settle(this.complaintIn(stderr));
      });
    });
  }

  private visible(): Visible {
    const { files, includes, library } = this.sources;
    const { directory } = this;
    const plain = [INCLUDE, ...(library === undefined || library === LIBC ? [] : [library])];
    if (this.sandbox.level !== 'none' && files.length > 0) {
      const shown = [...plain, directory];
      this.stage ??= stageSources(this.target.files, includes, directory, shown);
    }
    return { folders: this.stage?.folders ?? [], plain, writable: directory };
  }

  /** The line that says what is wrong, without the name of a folder that is gone by then. */
  private complaintIn(stderr: string): string {
    const line = stderr.split('\n').find((each) => /error|undefined|multiple/.test(each));
    return (line ?? 'the compiler did not finish').replaceAll(
      /\S*\/allocheck-reproducer-\w+\/(\d+\/)?/g,
      '',
    );
  }

  private start(program: string, signal: AbortSignal | undefined): Promise<ReproducerEnd> {
    const { PATH } = process.env;
    const folder = dirname(program);
    const options = {
      ...this.limits(RUN_LIMIT_MS, signal),
      cwd: folder,
      env: { LC_ALL: 'C', PATH },
    };
    const launch = this.sandbox.script(LIMITS, program);
    // In a sandbox it may be run as somebody else.
    for (const each of [this.directory, folder]) chmodSync(each, 0o711);
    return new Promise((settle) => {
      execFile(
        launch.command,
        [...launch.arguments],
        { ...options, ...launch.user },
        (error, _, stderr) => {
          const says = stderr.trim().split('\n').at(-1) ?? '';
          settle(endOf(error, says));
        },
      );
    });
  }

  private limits(timeout: number, signal: AbortSignal | undefined) {
    return {
      timeout,
      maxBuffer: OUTPUT_LIMIT,
      killSignal: 'SIGKILL' as const,
      ...(signal === undefined ? {} : { signal }),
    };
  }
}

/** Signals by which a program ends that does what no program may. */
const FAULTS = ['SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGTRAP', 'SIGABRT'];

/** bubblewrap ends with 1 as well: then nothing of the target was run. */
const NO_START = 'the sandbox could not run it';

function endOf(error: ExecFileException | null, says: string): ReproducerEnd {
  if (error === null) return { outcome: 'held', says };
  const { code } = error;
  const signal = error.signal ?? signalOf(code);
  if (code === 1 && says.startsWith('bwrap: ')) return { outcome: 'other', says: NO_START };
  if (code === 1) return { outcome: 'failed', says };
  const killed = typeof signal === 'string' ? `killed by ${signal}` : `ended with ${code}`;
  const isFault = typeof signal === 'string' && FAULTS.includes(signal);
  return {
    outcome: isFault ? 'failed' : 'other',
    says: says === '' ? killed : `${killed}: ${says}`,
  };
}

/** As a sandbox passes on that a signal ended the program. */
function signalOf(code: number | string | null | undefined): string | undefined {
  if (typeof code !== 'number' || code <= 128) return undefined;
  return Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
}

/** Nothing for the C library: it is there. */
function linked(library: string, nameOf: (path: string) => string): string[] {
  if (library === LIBC) return [];
  const name = nameOf(library);
  return [name, `-Wl,-rpath,${dirname(name)}`, '-Wl,--allow-shlib-undefined'];
}

/** One that the system keeps is named by its path; another by its name, in its folder. */
function nameOfLibrary(path: string): string {
  return /^\/(usr|lib|opt)/.test(path) ? path : `./${basename(path)}`;
}

function folderOf(files: readonly string[]): string {
  const first = resolve(files[0] ?? '.');
  return statSync(first, { throwIfNoEntry: false })?.isDirectory() ? first : dirname(first);
}

function headersIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith('.h'));
  } catch {
    return [];
  }
}
