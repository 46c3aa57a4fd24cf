// Reproducers outside of the driver: a C program linked with the target's own sources and nothing else of
// ours, run on the real operating system with limits on its time, memory and output. What it asserts is its
// own affair (report/reproducer-c.ts); here it is compiled, run, and its end observed.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findSources, type NativeSources } from './native-sources.ts';

export interface ReproducerTarget {
  /** C files, or one directory: what `NativeOptions.files` names. */
  readonly files: readonly string[];
  readonly cflags?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

export interface ReproducerEnd {
  /** 'failed': it ended with 1, as it does where an assertion is broken. 'other': not compiled, killed by a
   * limit, or ended in a way that says nothing. */
  readonly outcome: 'held' | 'failed' | 'other';
  /** Its first line on stderr, or the compiler's. */
  readonly says: string;
}

const COMPILER = 'gcc';
const COMPILE_LIMIT_MS = 30_000;
/** The program's own alarm rings after 5 s in one call. */
const RUN_LIMIT_MS = 10_000;
const OUTPUT_LIMIT = 1 << 16;
/** CPU seconds, KiB of address space (16 GiB), 512-byte blocks of any file, no core. */
const LIMITS = 'ulimit -t 10 -v 16777216 -f 2048 -c 0 2>/dev/null; exec "$0"';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const INCLUDE = existsSync(join(HERE, 'include'))
  ? join(HERE, 'include')
  : fileURLToPath(new URL('../../../src/target/include', import.meta.url));

export class ReproducerRunner {
  /** The sources and flags as a person would name them, from the target's folder. */
  readonly names: readonly string[];
  readonly flags: readonly string[];
  private readonly target: ReproducerTarget;
  private readonly sources: NativeSources;
  private readonly directory = mkdtempSync(join(tmpdir(), 'allocheck-reproducer-'));
  private object: Promise<string | undefined> | undefined;
  private complaint = '';

  /** Throws an OperatingError where there is nothing to compile. */
  constructor(target: ReproducerTarget) {
    this.target = target;
    this.sources = findSources(target.files);
    const folder = folderOf(target.files);
    const named = (path: string): string => relative(folder, path) || '.';
    this.names = this.sources.files.map(named);
    const withHeaders = this.sources.includes.filter((path) => headersIn(path).length > 0);
    const includes = withHeaders.map((path) => `-I${named(path)}`);
    this.flags = [...(target.cflags ?? []), ...includes];
  }

  /** `extra` are linker arguments that the program asks for in its header comment. */
  async run(source: string): Promise<ReproducerEnd> {
    this.object ??= this.compileTarget();
    const object = await this.object;
    if (object === undefined) return { outcome: 'other', says: this.complaint };
    const file = join(this.directory, 'reproducer.c');
    const program = join(this.directory, 'reproducer');
    writeFileSync(file, source);
    const wrap = /-Wl,--wrap=\S+/.exec(source) ?? [];
    const libraries = librariesOf(this.sources.files);
    const built = await this.gcc(['-g', '-w', ...wrap, file, object, '-o', program, ...libraries]);
    if (built !== undefined) return { outcome: 'other', says: built };
    return this.start(program);
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** All files in one object, once: variables that several define are made common ones. */
  private async compileTarget(): Promise<string | undefined> {
    const output = join(this.directory, 'target.o');
    const { files, includes } = this.sources;
    const flags = [
      ...['-O1', '-g', '-w', '-r', '-nostdlib', '-Dmain=unused_main'],
      ...(this.target.cflags ?? []),
      ...includes.map((path) => `-I${path}`),
      ...standIns(includes).flatMap((path) => ['-iquote', path]),
    ];
    const first = await this.gcc([...flags, ...files, '-o', output]);
    if (first === undefined) return output;
    const again = await this.gcc(['-fcommon', ...flags, ...files, '-o', output]);
    this.complaint = again ?? '';
    return again === undefined ? output : undefined;
  }

  /** Undefined if all went well; else the first line that names an error. */
  private gcc(arguments_: readonly string[]): Promise<string | undefined> {
    const options = { ...this.limits(COMPILE_LIMIT_MS), env: { ...process.env, LC_ALL: 'C' } };
    return new Promise((settle) => {
      execFile(COMPILER, [...arguments_], options, (error, _, stderr) => {
        if (error === null) settle(undefined);
        else settle(stderr.split('\n').find((line) => /error|undefined|multiple/.test(line)) ?? '');
      });
    });
  }

  private start(program: string): Promise<ReproducerEnd> {
    const options = { ...this.limits(RUN_LIMIT_MS), cwd: this.directory, env: { LC_ALL: 'C' } };
    return new Promise((settle) => {
      execFile('/bin/sh', ['-c', LIMITS, program], options, (error, _, stderr) => {
        const says = stderr.trim().split('\n').at(-1) ?? '';
        if (error === null) settle({ outcome: 'held', says });
        else settle({ outcome: error.code === 1 ? 'failed' : 'other', says });
      });
    });
  }

  private limits(timeout: number) {
    const { signal } = this.target;
    return {
      timeout,
      maxBuffer: OUTPUT_LIMIT,
      killSignal: 'SIGKILL' as const,
      ...(signal === undefined ? {} : { signal }),
    };
  }
}

/** What the allocator's files may need; the C++ library where one of them is in C++. */
function librariesOf(files: readonly string[]): string[] {
  return ['-lm', '-lpthread', ...(files.every((file) => file.endsWith('.c')) ? [] : ['-lstdc++'])];
}

function folderOf(files: readonly string[]): string {
  const first = resolve(files[0] ?? '.');
  return statSync(first).isDirectory() ? first : dirname(first);
}

/** The headers of the course, each only where the submission comes without it. */
function standIns(includes: readonly string[]): string[] {
  const present = new Set(includes.flatMap(headersIn));
  return readdirSync(INCLUDE)
    .filter((name) => !present.has(`${name}.h`))
    .map((name) => join(INCLUDE, name));
}

function headersIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith('.h'));
  } catch {
    return [];
  }
}
