// One trial of libFuzzer or of AFL++. The harness is compiled with the target once a task; what it counts, and the
// moment of the first failure, it keeps in a file that is read from here while it runs.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../../src/cli/known-traces.ts';
import { FUNCTIONS } from '../../../src/contract/contract.ts';
import type { Random } from '../../../src/generate/random.ts';
import { randomFrom } from '../../../src/generate/seed.ts';
import { heapStartOf } from '../../../src/target/native-heap.ts';
import { EDGE, LARGE, STRIDE, WHOLE, WIDE_STRIDE } from '../../../src/target/payload.ts';
import type { AnyAllocator } from '../../corpora.ts';
import type { Found } from './search.ts';
import type { Fuzzer } from './tools.ts';

/** 'plain': a program that runs what it is given. */
export type HarnessKind = Fuzzer | 'plain';

/** The target alone is instrumented: with the harness, too, libFuzzer makes a third of the calls, and finds no more. */
const COMPILERS = {
  plain: { compiler: 'clang', target: [], harness: [] },
  libfuzzer: { compiler: 'clang', target: ['-fsanitize=fuzzer-no-link'], harness: ['-DLIBFUZZER'] },
  afl: {
    compiler: 'afl-clang-fast',
    target: [],
    harness: ['-DAFL', '-fno-sanitize-coverage=trace-pc-guard'],
  },
} as const;

export function isInstalled(fuzzer: Fuzzer): boolean {
  const programs = fuzzer === 'afl' ? ['afl-fuzz', 'afl-clang-fast'] : ['clang'];
  return programs.every((each) => spawnSync('which', [each]).status === 0);
}

/** The target's calls go to the simulated operating system, and it may not end the process by itself. */
const RENAMED = ['sbrk', 'brk', 'mmap', 'mmap64', 'munmap', 'mremap', 'getpagesize', 'syscall'];
const ENDS = ['exit', 'abort', 'err', 'errx'];
const RENAMES = [
  ...[...RENAMED, ...ENDS].map((name) => `${name}=target_${name}`),
  ...['_exit=target_quick_exit', '__assert_fail=target_assert_fail'],
];

const OPTIMIZED = ['-w', '-g', '-fno-builtin', '-fno-strict-aliasing', '-fno-pie'];

/** Clang's own instrumentation: that of AFL++ 4.04 reads past the end of its guards where code has selects, and crashes. */
const AFL_COMPILES = { AFL_QUIET: '1', AFL_LLVM_INSTRUMENT: 'llvm-native' };

/** Where the harness lies; it is not compiled by tsc, and not copied to `dist`. */
const HARNESS = join(packageFolder(), 'fuzz/bench/bugs');

/** The program's path, in `folder`. */
export function buildFuzzer(fuzzer: HarnessKind, allocator: AnyAllocator, folder: string): string {
  const { compiler, ...flags } = COMPILERS[fuzzer];
  const target = join(packageFolder(), 'src/target');
  const includes = ['osmem', 'memlib', 'mm'].map((name) => `-I${join(target, 'include', name)}`);
  const [own, harness, program] = ['own.o', 'harness.o', 'program'].map((name) =>
    join(folder, `${fuzzer}-${name}`),
  ) as [string, string, string];
  const { contract, file } = allocator;
  const run = (name: string, args: readonly string[]): void => {
    execFileSync(name, args, { env: { ...process.env, ...AFL_COMPILES }, stdio: 'pipe' });
  };
  const sections = ['-include', join(HARNESS, 'sections.h'), '-Dmain=unused'];
  const defines = (contract.defines ?? []).map((name) => `-D${name}`);
  run(compiler, [
    '-c',
    '-O1',
    ...OPTIMIZED,
    ...flags.target,
    ...sections,
    ...defines,
    ...includes,
    '-o',
    own,
    file,
  ]);
  run('objcopy', [...RENAMES.flatMap((each) => ['--redefine-sym', each]), own]);
  const sizes = Object.entries({ WHOLE, EDGE, STRIDE, LARGE, WIDE_STRIDE });
  const symbols = FUNCTIONS.flatMap((name) => {
    const symbol = contract.symbols[name];
    return symbol === undefined ? [] : [`-DALLOCHECK_${name.toUpperCase()}=${symbol}`];
  });
  const known = [
    ...sizes.map(([name, value]) => `-D${name}=${value}`),
    ...symbols,
    `-DHEAP_START=${heapStartOf(contract)}UL`,
    `-DOSMEM=${contract.placement === undefined ? 0 : 1}`,
    `-I${join(target, 'driver')}`,
  ];
  const source = join(HARNESS, 'harness.c');
  run(compiler, ['-c', '-O2', ...OPTIMIZED, ...flags.harness, ...known, '-o', harness, source]);
  const link = fuzzer === 'libfuzzer' ? ['-fsanitize=fuzzer'] : [];
  run(compiler, [...link, '-no-pie', '-o', program, own, harness]);
  return program;
}

/** struct tally of harness.c. */
const TALLY = { started: 0, failed: 8, length: 32, calls: 40, check: 48, bytes: 80 };

interface Tally {
  /** Milliseconds of CLOCK_MONOTONIC; 0: not yet. */
  readonly started: number;
  readonly failed: number;
  /** Of the first failing run, and of all till then. */
  readonly length: number;
  readonly calls: number;
  readonly check: string;
}

function readTally(file: string): Tally {
  const bytes = readFileSync(file);
  const word = (at: number): number => Number(bytes.readBigUInt64LE(at));
  const check = bytes.subarray(TALLY.check, TALLY.bytes).toString('latin1').replaceAll('\0', '');
  const [started, failed] = [word(TALLY.started) / 1e6, word(TALLY.failed) / 1e6];
  return { started, failed, calls: word(TALLY.calls), length: word(TALLY.length), check };
}

const MAX_INPUT = 4096;
const SEEDS = 24;
const POLL_MS = 5;
/** For the process to start, and to end once it has failed. */
const START_MS = 20_000;
const END_MS = 2000;
const SHRINK_MS = 5000;

export interface FuzzerTrial {
  readonly fuzzer: Fuzzer;
  readonly program: string;
  readonly folder: string;
  readonly seed: string;
  readonly capMs: number;
  /** Put before the command, to keep it on one core. */
  readonly pin: readonly string[];
  /** Whether the input is shrunk, which takes up to 5 s. */
  readonly shrinks: boolean;
  readonly signal: AbortSignal;
}

export async function fuzz(
  trial: FuzzerTrial,
): Promise<{ readonly found: Found | undefined; readonly startMs: number }> {
  const { fuzzer, folder, seed } = trial;
  const own = join(folder, `${fuzzer}-trial`);
  rmSync(own, { recursive: true, force: true });
  mkdirSync(join(own, 'seeds'), { recursive: true });
  const random = randomFrom(seed);
  for (let i = 0; i < SEEDS; i++) {
    writeFileSync(join(own, 'seeds', String(i)), randomBytes(random, 16 * Math.ceil(1.27 ** i)));
  }
  const tally = join(own, 'tally');
  writeFileSync(tally, new Uint8Array(TALLY.bytes));
  const before = monotonicMs();
  const ended = await run(trial, own, tally, 1 + random.below(2 ** 30));
  const { started, failed, calls, length, check } = readTally(tally);
  const startMs = Math.max(0, started - before);
  // An end that the harness did not note is a failure only where there is an input that leads to it.
  const at = failed > 0 ? failed : crashOf(trial.fuzzer, own) === undefined ? undefined : ended;
  if (at === undefined || at - started > trial.capMs || trial.signal.aborted)
    return { found: undefined, startMs };
  const found = { ms: at - started, ops: calls, check: check || 'termination', length };
  if (!trial.shrinks) return { found, startMs };
  return { found: { ...found, ...shrink(trial, own, tally) }, startMs };
}

/** Of the clock that the harness goes by. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length: Math.min(length, MAX_INPUT) }, () => random.below(256));
}

/** Resolves when it is over; to the time of it, if it ended by itself and before its time. */
function run(
  { fuzzer, program, capMs, pin, signal }: FuzzerTrial,
  own: string,
  tally: string,
  seed: number,
): Promise<number | undefined> {
  const command =
    fuzzer === 'afl' ? aflCommand(program, own, seed) : libFuzzerCommand(program, own, seed);
  const [name, ...args] = [...pin, ...command] as [string, ...string[]];
  const env = { ...process.env, ...AFL_ENVIRONMENT, BUGS_TALLY: tally };
  const child = spawn(name, args, { env, cwd: own, stdio: 'ignore', detached: true });
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
  };
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    let isKilled = false;
    const timer = setInterval(() => {
      const { started, failed } = readTally(tally);
      const now = monotonicMs();
      const late = started === 0 ? performance.now() - begun > START_MS : now - started > capMs;
      const lingers = failed > 0 && now - failed > END_MS;
      if (!(lingers || (failed === 0 && late) || signal.aborted)) return;
      isKilled = true;
      kill();
    }, POLL_MS);
    child.on('error', reject);
    child.on('close', () => {
      clearInterval(timer);
      kill();
      if (readTally(tally).started === 0) reject(new Error(`${program} did not start`));
      else resolve(isKilled ? undefined : monotonicMs());
    });
  });
}

function libFuzzerCommand(program: string, own: string, seed: number): string[] {
  const limits = [`-max_len=${MAX_INPUT}`, '-timeout=5', '-rss_limit_mb=0', '-detect_leaks=0'];
  const quiet = ['-verbosity=0', '-close_fd_mask=3', `-exact_artifact_path=${join(own, 'crash')}`];
  return [program, `-seed=${seed}`, ...limits, ...quiet, join(own, 'seeds')];
}

function aflCommand(program: string, own: string, seed: number): string[] {
  const folders = ['-i', join(own, 'seeds'), '-o', join(own, 'out')];
  return ['afl-fuzz', ...folders, '-s', String(seed), '-t', '2000', '--', program];
}

const AFL_ENVIRONMENT = {
  AFL_NO_UI: '1',
  AFL_NO_AFFINITY: '1',
  AFL_SKIP_CPUFREQ: '1',
  AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES: '1',
  AFL_CRASHING_SEEDS_AS_NEW_CRASH: '1',
  AFL_BENCH_UNTIL_CRASH: '1',
};

/** By the fuzzer's own means: -minimize_crash of libFuzzer, afl-tmin. What the shorter input comes to is counted by
 * running it once more. */
function shrink(
  { fuzzer, program, pin }: FuzzerTrial,
  own: string,
  tally: string,
): Pick<Found, 'shrunk' | 'shrinkMs'> {
  const crash = crashOf(fuzzer, own);
  if (crash === undefined) return {};
  const small = join(own, 'small');
  const exact = `-exact_artifact_path=${small}`;
  const command =
    fuzzer === 'afl'
      ? ['afl-tmin', '-i', crash, '-o', small, '-t', '2000', '--', program]
      : [
          program,
          '-minimize_crash=1',
          `-max_total_time=${SHRINK_MS / 1000}`,
          '-timeout=5',
          exact,
          crash,
        ];
  const started = performance.now();
  const quiet = {
    stdio: 'ignore',
    cwd: own,
    timeout: SHRINK_MS + 1000,
    killSignal: 'SIGKILL',
  } as const;
  const [name, ...args] = [...pin, ...command] as [string, ...string[]];
  spawnSync(name, args, { ...quiet, env: { ...process.env, ...AFL_ENVIRONMENT } });
  const shrinkMs = performance.now() - started;
  try {
    const input = readFileSync(small);
    writeFileSync(tally, new Uint8Array(TALLY.bytes));
    const once = fuzzer === 'afl' ? [] : [small];
    spawnSync(program, once, {
      ...quiet,
      stdio: undefined,
      input,
      env: { ...process.env, BUGS_TALLY: tally },
    });
    const { failed, length } = readTally(tally);
    return failed > 0 ? { shrunk: length, shrinkMs } : {};
  } catch {
    return {};
  }
}

/** The input that failed, where the fuzzer has kept it. */
function crashOf(fuzzer: Fuzzer, own: string): string | undefined {
  if (fuzzer === 'afl') return firstCrash(join(own, 'out/default/crashes'));
  const crash = join(own, 'crash');
  return existsSync(crash) ? crash : undefined;
}

function firstCrash(folder: string): string | undefined {
  try {
    const name = readdirSync(folder).find((each) => each.startsWith('id:'));
    return name === undefined ? undefined : join(folder, name);
  } catch {
    return undefined;
  }
}
