// `npm run bench -- native`: how fast a C allocator is checked, on one core: by a plain C loop that fills
// and verifies, by allocheck (its two processes together), and by libFuzzer with the checks of the loop
// compiled in. The same sound allocator, the same traces (libFuzzer: mutations of them, with the same
// sizes), the same bytes looked at. Medians of alternating runs, printed as measured.
//
// The loop and libFuzzer stand on the real operating system; a failing allocator would take them down. The
// loop sees no headers, libFuzzer does where it says so; neither sees placement and syscalls. allocheck has
// all its invariants on.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from 'simple-statistics';
import { OperatingError } from '../../src/contract/operating-error.ts';
import { OP_KINDS } from '../../src/trace/op.ts';
import { requested, type Trace } from '../../src/trace/trace.ts';
import { tableText } from '../table.ts';
import { benchTraces, type Sizes } from './hunt.ts';
import { compileLoop, HUNTING, WHOLLY, writeBatch } from './loop.ts';

/** Of allocheck and libFuzzer; the loop is done with them in no time, and runs them so many times over. */
const TRACES = 20_000;
const ROUNDS = 1;
const RUNS = 5;
const SEEDS = 500;
/** Bytes of libFuzzer's inputs: ops of the longest trace, 3 bytes each. */
const LONGEST_INPUT = 1200;

interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface Measured {
  readonly steady: number;
  readonly whole: number;
}

export function benchNative(seed: string, sizes: Sizes, say: (line: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'allocheck-bench-'));
  try {
    const contenders = prepare(folder, seed, sizes, say);
    const pin = has('taskset') ? ['taskset', '-c', '0'] : [];
    if (pin.length === 0) say('taskset is missing: the processes are not kept on one core');
    const runs = new Map<string, Measured[]>(contenders.map(({ name }) => [name, []]));
    for (let run = 0; run < RUNS; run++) {
      for (const each of contenders) runs.get(each.name)?.push(measure(each, pin));
    }
    say(tableText(HEAD, rowsOf(runs)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const HEAD = [
  'driven by',
  'steady ops/s',
  'slowest',
  'fastest',
  'of the loop',
  'whole-process ops/s',
  'of the loop',
];

function rowsOf(runs: ReadonlyMap<string, readonly Measured[]>): (string | number)[][] {
  const middle = (own: readonly Measured[], of: keyof Measured): number =>
    median(own.map((each) => each[of]));
  const [loop] = runs.values();
  return [...runs].map(([name, own]) => {
    const steady = own.map((each) => each.steady).sort((a, b) => a - b);
    const share = (of: keyof Measured): string =>
      (middle(own, of) / middle(loop as readonly Measured[], of)).toFixed(2);
    const [slowest, fastest] = [steady[0] as number, steady.at(-1) as number];
    return [
      name,
      median(steady),
      slowest,
      fastest,
      share('steady'),
      middle(own, 'whole'),
      share('whole'),
    ];
  });
}

function prepare(
  folder: string,
  seed: string,
  sizes: Sizes,
  say: (line: string) => void,
): Contender[] {
  if (!has('gcc')) throw new OperatingError('bench native: gcc is missing (apt-get install gcc)');
  const source = benchTraces(seed, sizes);
  const traces = Array.from({ length: TRACES }, () => source.next().value);
  const batch = join(folder, 'traces');
  writeBatch(batch, traces);
  const whole = compileLoop(folder, 'whole', 'gcc', [], WHOLLY);
  const loop = compileLoop(folder, 'loop', 'gcc', []);
  const main = fileURLToPath(new URL(import.meta.url)).replace(/native(\.[jt]s)$/, 'main$1');
  const contenders: Contender[] = [
    { name: 'plain C loop', command: [whole, batch, String(ROUNDS)] },
    { name: 'plain C loop, sampled', command: [loop, batch, String(ROUNDS)] },
    { name: 'allocheck', command: [process.execPath, main, 'hunt', seed, sizes, String(TRACES)] },
  ];
  if (has('clang')) contenders.push(...libFuzzers(folder, batch, traces));
  else say('libFuzzer is SKIPPED: clang is missing (apt-get install clang libclang-rt-14-dev)');
  return contenders;
}

/** With checks of the heap and all bytes; and as light as can be. */
function libFuzzers(folder: string, batch: string, traces: readonly Trace[]): Contender[] {
  const seeds = join(folder, 'seeds');
  mkdirSync(seeds);
  const sizes = sizeNumbers(traces);
  for (const [i, trace] of traces.slice(0, SEEDS).entries()) {
    writeFileSync(join(seeds, String(i)), inputOf(trace, sizes));
  }
  const limits = [`-runs=${TRACES * ROUNDS}`, `-max_len=${LONGEST_INPUT}`, '-len_control=0'];
  const quiet = [
    '-seed=1',
    '-detect_leaks=0',
    '-rss_limit_mb=0',
    '-verbosity=0',
    '-print_final_stats=0',
  ];
  return LIBFUZZERS.map(({ name, flags, sampling }) => {
    const program = compileLoop(folder, name.replace(/\W/g, '-'), 'clang', flags, sampling);
    return { name, command: [program, ...limits, ...quiet, seeds], env: { BENCH_TRACES: batch } };
  });
}

const LIBFUZZER = ['-fsanitize=fuzzer', '-DLIBFUZZER'];
const LIBFUZZERS = [
  { name: 'libFuzzer, heap checked', flags: [...LIBFUZZER, '-DCHECK_HEAP'], sampling: WHOLLY },
  {
    name: 'libFuzzer, heap checked, sampled',
    flags: [...LIBFUZZER, '-DCHECK_HEAP'],
    sampling: HUNTING,
  },
  { name: 'libFuzzer, sampled', flags: LIBFUZZER, sampling: HUNTING },
];

/** Sizes by their first place among those of all ops, which is what the harness knows them by. */
function sizeNumbers(traces: readonly Trace[]): Map<number, number> {
  const numbers = new Map<number, number>();
  let number = 0;
  for (const trace of traces) {
    for (const op of trace) {
      if (op.kind === 'free' || number === 65536) continue;
      const size = Number(requested(op));
      if (!numbers.has(size)) numbers.set(size, number);
      number += 1;
    }
  }
  return numbers;
}

function inputOf(trace: Trace, sizes: ReadonlyMap<number, number>): Uint8Array {
  const bytes = trace.flatMap((op) => {
    const number = op.kind === 'free' ? 0 : (sizes.get(Number(requested(op))) ?? 0);
    return [OP_KINDS.indexOf(op.kind) | ((op.slot & 63) << 2), number & 255, number >> 8];
  });
  return Uint8Array.from(bytes);
}

function measure({ name, command, env }: Contender, pin: readonly string[]): Measured {
  const [program, ...rest] = [...pin, ...command] as [string, ...string[]];
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(program, rest, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 1 << 28,
  });
  const elapsedMs = performance.now() - started;
  const [, calls, nanoseconds, all] = /(\d+) (\d+) (\d+)\s*$/.exec(stdout) ?? [];
  if (status !== 0 || nanoseconds === undefined) throw new Error(`${name}: ${stderr.slice(-2000)}`);
  const steady = (Number(calls) / Number(nanoseconds)) * 1e9;
  return { steady, whole: (Number(all) / elapsedMs) * 1000 };
}

function has(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}
