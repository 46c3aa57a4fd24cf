// Compiling a target: the driver's object, then the target's files linked with it. Both are cached by
// content (build-cache.ts).

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Contract, FUNCTIONS, type Symbols } from '../contract/contract.ts';
import { OperatingError } from '../contract/operating-error.ts';
import { hex } from '../memory/address.ts';
import { cached, hashOf } from './build-cache.ts';
import { type CompilerResult, runCompiler, type Walls } from './compiler.ts';
import { definedTwice, explainFailure, missingFunctions } from './driver-build-error.ts';
import { heapStartOf } from './native-heap.ts';
import { LIBC, type NativeSources } from './native-sources.ts';
import { isCpp, linkageOf } from './native-text.ts';
import { EDGE, LARGE, STRIDE, WHOLE, WIDE_STRIDE } from './payload.ts';
import { readSource } from './read-source.ts';
import type { Sandbox } from './sandbox.ts';
import { stageSources } from './stage.ts';
import { INCLUDE, standInFlags, standInsFor } from './stand-ins.ts';

export interface BuildRequest {
  /** As the user calls it; for messages. */
  readonly name: string;
  readonly sources: NativeSources;
  /** Whose functions are under test. */
  readonly contract: Contract;
  readonly cflags: readonly string[];
  readonly signal: AbortSignal | undefined;
  /** Whether every block of the target's code tells the driver that it runs: driver/coverage.c. */
  readonly coverage: boolean;
  /** Level 'none': as if there were none. */
  readonly sandbox: Sandbox;
  /** Milliseconds, in a sandbox. */
  readonly limitMs: number;
  /** As the user named them. */
  readonly named: readonly string[];
}

const UNUSED_MAIN = 'allocheck_unused_main';
const STANDARD_FLAGS = ['-O1', '-g', '-w', '-fno-pie', `-Dmain=${UNUSED_MAIN}`];
const COVERAGE_FLAG = '-fsanitize-coverage=trace-pc';
/** For several files that have one each, as tests that were left among the sources. */
const WEAK_MAIN = ['-Umain', `-Dmain=__attribute__((weak)) ${UNUSED_MAIN}`];
const DRIVER_FLAGS = [
  '-O2',
  '-w',
  '-fno-pie',
  '-fno-builtin',
  '-fno-strict-aliasing',
  '-fno-stack-protector',
  '-fno-tree-loop-distribute-patterns',
];
const LINK_FLAGS = ['-no-pie', '-lm', '-lpthread'];
const PROGRAM = 'target';

/** The driver's sources and stand-ins are shipped as they are, beside `dist` once that is built. */
const HERE = fileURLToPath(new URL('.', import.meta.url));
const SOURCE = existsSync(join(HERE, 'driver'))
  ? HERE
  : fileURLToPath(new URL('../../../src/target/', import.meta.url));

/** The path of the program: the target linked with the driver. Throws an OperatingError. */
export async function buildTarget(request: BuildRequest): Promise<string> {
  const compiler = await compilerVersion(request.signal);
  const driver = await buildDriver(request, compiler);
  const { sources, cflags, contract } = request;
  const headers = includeFlags(sources);
  const defines = (contract.defines ?? []).map((name) => `-D${name}`);
  const instrumenting = request.coverage ? [COVERAGE_FLAG] : [];
  const flags = [...STANDARD_FLAGS, ...instrumenting, ...defines, ...cflags, ...headers.flags];
  const libraries = [...librariesOf(sources), ...LINK_FLAGS];
  const key = hashOf([
    compiler,
    driver,
    ...flags,
    ...libraries,
    ...headers.contents,
    ...sources.files,
    // What is compiled within walls may lack what it would have found outside.
    ...(request.sandbox.level === 'bubblewrap' ? [request.sandbox.level] : []),
  ]);
  return cached(key, PROGRAM, (directory) =>
    withWalls(request, driver, directory, async (walls) => {
      const output = ['-o', join(directory, PROGRAM)];
      const linkage = linkageFlags(sources, contract.symbols, directory);
      const told = sources.library === undefined ? traceFlags(contract.symbols) : [];
      const files = [...sources.files, driver];
      const arguments_ = [...flags, ...linkage, ...told, ...files, ...output, ...libraries];
      const said = await compileTarget(request, arguments_, walls);
      const borrowed = borrowedFrom(said);
      if (borrowed.length > 0) throw missingFunctions(request.name, borrowed);
    }),
  );
}

/** Shows the compiler the submission, our headers and the driver, and lets it write to `directory`. */
async function withWalls(
  request: BuildRequest,
  driver: string,
  directory: string,
  build: (walls: Walls | undefined) => Promise<void>,
): Promise<void> {
  const { sandbox, limitMs, named, sources } = request;
  const { library, includes } = sources;
  if (sandbox.level === 'none') return build(undefined);
  const plain = [
    INCLUDE,
    dirname(driver),
    ...(library === undefined || library === LIBC ? [] : [library]),
  ];
  const own = library === undefined ? named : [];
  const stage = stageSources(own, includes, dirname(directory), [...plain, directory]);
  const visible = { folders: stage.folders, plain, writable: directory };
  try {
    await build({ sandbox, visible, limitMs });
  } finally {
    stage.remove();
  }
}

/** The linker says where each function comes from: the C library has a malloc for who brings none. */
function traceFlags(symbols: Symbols): string[] {
  return Object.values(symbols).map((symbol) => `-Wl,-y,${symbol}`);
}

/** The functions that come from a shared library, as the linker says. */
function borrowedFrom(output: string): string[] {
  const found = output.matchAll(/: \S+\.so[.\d]*: definition of (\S+)$/gm);
  return [...new Set([...found].map((match) => match[1] as string))].sort();
}

/** Once more with -fcommon where variables are defined in headers, and for several unused mains. */
async function compileTarget(
  request: BuildRequest,
  arguments_: readonly string[],
  walls: Walls | undefined,
): Promise<string> {
  const { signal } = request;
  const first = await run(arguments_, signal, walls);
  if (first.ok) return first.output;
  const twice = definedTwice(first.output);
  const more = [...(twice.includes(UNUSED_MAIN) ? WEAK_MAIN : []), '-fcommon'];
  const again = twice.length > 0 ? await run([...arguments_, ...more], signal, walls) : first;
  if (!again.ok) throw explainFailure(request.name, request.contract.symbols, again.output);
  return again.output;
}

/** The library itself, found again where it is; the C++ one for sources in C++. */
function librariesOf({ files, library }: NativeSources): string[] {
  if (library !== undefined && library !== LIBC) {
    return [library, `-Wl,-rpath,${dirname(library)}`, '-Wl,--allow-shlib-undefined'];
  }
  return files.some(isCpp) ? ['-lstdc++'] : [];
}

/** Functions that are written in C++ get C's names, whether or not they say `extern "C"`. */
function linkageFlags({ files }: NativeSources, symbols: Symbols, directory: string): string[] {
  if (!files.some(isCpp)) return [];
  const path = join(directory, 'linkage.h');
  writeFileSync(path, linkageOf(symbols));
  return ['-include', path];
}

/** One -DALLOCHECK_NAME=symbol for each function that there is. */
function symbolFlags(symbols: Symbols): string[] {
  return FUNCTIONS.flatMap((name) => {
    const symbol = symbols[name];
    return symbol === undefined ? [] : [`-DALLOCHECK_${name.toUpperCase()}=${symbol}`];
  });
}

async function buildDriver(request: BuildRequest, compiler: string): Promise<string> {
  const { contract, sources, signal } = request;
  const { symbols } = contract;
  const hasRealOs = sources.library !== undefined && !contract.interposed;
  const flags = [
    ...DRIVER_FLAGS,
    `-DWHOLE=${WHOLE}`,
    `-DEDGE=${EDGE}`,
    `-DSTRIDE=${STRIDE}`,
    `-DLARGE=${LARGE}`,
    `-DWIDE_STRIDE=${WIDE_STRIDE}`,
    ...symbolFlags(symbols),
    ...(contract.initAgain ? ['-DALLOCHECK_INIT_AGAIN'] : []),
    `-DHEAP_START=${hex(heapStartOf(contract))}UL`,
    ...(hasRealOs ? ['-DALLOCHECK_REAL_OS'] : []),
  ];
  const directory = join(SOURCE, 'driver');
  const key = hashOf([compiler, ...flags, ...contentsOf(directory)]);
  return cached(key, 'driver.o', async (build) => {
    const output = join(build, 'driver.o');
    const result = await run([...flags, '-c', join(directory, 'driver.c'), '-o', output], signal);
    if (!result.ok) throw explainFailure('the native driver', symbols, result.output);
  });
}

/** -I for the submission's own headers; the stand-ins behind them, each only where it is lacking. */
function includeFlags({ files, includes, library }: NativeSources): {
  readonly flags: readonly string[];
  readonly contents: readonly string[];
} {
  const standIns = standInsFor(includes);
  const contents = [
    ...files.map(contentOf),
    ...(library === undefined || library === LIBC ? [] : [contentOf(library)]),
    ...[...includes, ...standIns].flatMap((directory) => contentsOf(directory)),
  ];
  const flags = [...includes.map((directory) => `-I${directory}`), ...standInFlags(standIns)];
  return { flags, contents };
}

async function compilerVersion(signal: AbortSignal | undefined): Promise<string> {
  const result = await run(['--version'], signal);
  return result.output.split('\n', 1)[0]!;
}

function run(
  arguments_: readonly string[],
  signal: AbortSignal | undefined,
  walls?: Walls,
): Promise<CompilerResult> {
  return runCompiler({ arguments: arguments_, signal, walls });
}

/** Names and contents of whatever a C file may include from a directory. */
function contentsOf(directory: string): string[] {
  return namesIn(directory)
    .filter((name) => /\.(h|hh|hpp|c|inc|def)$/.test(name))
    .flatMap((name) => [name, contentOf(join(directory, name))]);
}

function contentOf(path: string): string {
  try {
    return readSource(path);
  } catch (error) {
    throw new OperatingError(`${basename(path)}: ${(error as Error).message}`);
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}
