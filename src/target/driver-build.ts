// Compiling a target: the driver's object, then the target's files linked with it. Both are cached by
// content, so that checking the same file again starts at once.
//
// A build is done in a directory of its own and renamed into the cache, so that any number of processes
// may share it.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import envPaths from 'env-paths';
import { type Contract, FUNCTIONS, type Symbols } from '../contract/contract.ts';
import { OperatingError } from '../contract/operating-error.ts';
import { hex } from '../memory/address.ts';
import { definedTwice, explainFailure, missingFunctions } from './driver-build-error.ts';
import { heapStartOf } from './native-heap.ts';
import { LIBC, type NativeSources } from './native-sources.ts';
import { isCpp, linkageOf } from './native-text.ts';
import { EDGE, LARGE, STRIDE, WHOLE, WIDE_STRIDE } from './payload.ts';
import { standInFlags, standInsFor } from './stand-ins.ts';

export interface BuildRequest {
  /** As the user calls it; for messages. */
  readonly name: string;
  readonly sources: NativeSources;
  /** Whose functions are under test. */
  readonly contract: Contract;
  readonly cflags: readonly string[];
  readonly signal: AbortSignal | undefined;
}

const COMPILER = 'gcc';
const UNUSED_MAIN = 'allocheck_unused_main';
const STANDARD_FLAGS = ['-O1', '-g', '-w', '-fno-pie', `-Dmain=${UNUSED_MAIN}`];
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
const OUTPUT_LIMIT = 1 << 20;

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
  const flags = [...STANDARD_FLAGS, ...defines, ...cflags, ...headers.flags];
  const libraries = [...librariesOf(sources), ...LINK_FLAGS];
  const key = hashOf([
    compiler,
    driver,
    ...flags,
    ...libraries,
    ...headers.contents,
    ...sources.files,
  ]);
  return cached(key, PROGRAM, async (directory) => {
    const output = ['-o', join(directory, PROGRAM)];
    const linkage = linkageFlags(sources, contract.symbols, directory);
    const told = sources.library === undefined ? traceFlags(contract.symbols) : [];
    const files = [...sources.files, driver];
    const arguments_ = [...flags, ...linkage, ...told, ...files, ...output, ...libraries];
    const said = await compileTarget(request, arguments_);
    const borrowed = borrowedFrom(said);
    if (borrowed.length > 0) throw missingFunctions(request.name, borrowed);
  });
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
): Promise<string> {
  const first = await run(arguments_, request.signal);
  if (first.ok) return first.output;
  const twice = definedTwice(first.output);
  const more = [...(twice.includes(UNUSED_MAIN) ? WEAK_MAIN : []), '-fcommon'];
  const again = twice.length > 0 ? await run([...arguments_, ...more], request.signal) : first;
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

interface RunResult {
  readonly ok: boolean;
  readonly output: string;
}

function run(arguments_: readonly string[], signal: AbortSignal | undefined): Promise<RunResult> {
  const env = { ...process.env, LC_ALL: 'C' };
  const options = { env, maxBuffer: OUTPUT_LIMIT, ...(signal === undefined ? {} : { signal }) };
  return new Promise((resolve, reject) => {
    execFile(COMPILER, [...arguments_], options, (error, stdout, stderr) => {
      if (error === null) resolve({ ok: true, output: `${stdout}${stderr}` });
      else if (error.code === 'ENOENT') {
        reject(new OperatingError(`${COMPILER} not found: install ${COMPILER}`));
      } else if (error.name === 'AbortError') reject(new OperatingError('interrupted'));
      else resolve({ ok: false, output: stderr });
    });
  });
}

/** The path of `file` in the cache entry `key`, made by `build` if it is not there. */
async function cached(
  key: string,
  file: string,
  build: (directory: string) => Promise<void>,
): Promise<string> {
  const root = cacheRoot();
  const entry = join(root, key);
  if (existsSync(join(entry, file))) return join(entry, file);
  const directory = mkdtempSync(join(root, 'build-'));
  try {
    await build(directory);
    return join(moveInto(directory, entry), file);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Somebody else may have been faster; theirs is as good. */
function moveInto(directory: string, entry: string): string {
  try {
    renameSync(directory, entry);
  } catch (error) {
    if (!existsSync(entry)) throw new OperatingError(`cannot write ${entry}: ${String(error)}`);
  }
  return entry;
}

/** The user's cache directory, or the system's temporary one where that cannot be written. */
function cacheRoot(): string {
  const wanted = join(envPaths('allocheck', { suffix: '' }).cache, 'native');
  for (const root of [wanted, join(tmpdir(), `allocheck-${process.getuid?.() ?? 0}`)]) {
    try {
      mkdirSync(root, { recursive: true, mode: 0o700 });
      rmSync(mkdtempSync(join(root, 'probe-')), { recursive: true });
      return root;
    } catch {
      // The next one, then.
    }
  }
  throw new OperatingError(`cannot write ${wanted}: no place for compiled targets`);
}

function hashOf(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 32);
}

/** Names and contents of whatever a C file may include from a directory. */
function contentsOf(directory: string): string[] {
  return namesIn(directory)
    .filter((name) => /\.(h|hh|hpp|c|inc|def)$/.test(name))
    .flatMap((name) => [name, contentOf(join(directory, name))]);
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
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
