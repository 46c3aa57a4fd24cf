// A C allocator as a target: compiled with the driver, run in a child process. What the allocator does
// there, a crash or an endless loop included, is an observation; only what keeps it from being started
// is an error.

import { basename } from 'node:path';
import type { Contract, Symbols } from '../contract/contract.ts';
import { OperatingError } from '../contract/operating-error.ts';
import type { Trace } from '../trace/trace.ts';
import type { DriverConfig, Isolation } from './driver-batch.ts';
import { buildTarget } from './driver-build.ts';
import { DriverProcess } from './driver-process.ts';
import { DriverRun } from './driver-run.ts';
import { heapStartOf, withSegment } from './native-heap.ts';
import { findSources } from './native-sources.ts';
import { openSandbox, type Sandbox, type SandboxLevel, type SandboxWish } from './sandbox.ts';
import { commonFolder, sourceLines } from './source-lines.ts';
import type { Density, SourceLine, Target, Visitor, Watched } from './target.ts';
import { type Seen, WitnessRun } from './witness-run.ts';

export interface NativeOptions {
  /** C or C++ files, one directory, or one shared library (a path, or `libc`). */
  readonly files: readonly string[];
  readonly contract: Contract;
  /** As the user calls it; the files' names if absent. */
  readonly name?: string;
  /** For the compiler, after its standard flags. */
  readonly cflags?: readonly string[];
  /** Bytes of a block's header; inferred from the first heap payload if absent. */
  readonly header?: number;
  /** C names of the functions under test, where they are not the contract's. */
  readonly symbols?: Partial<Symbols>;
  /** CPU time of one op, in milliseconds, after which it is 'hung'. 1000 if absent. */
  readonly cpuLimitMs?: number;
  /** Time for its constructors, in milliseconds. 10,000 if absent. */
  readonly startLimitMs?: number;
  /** For the driver to say something, in milliseconds, after which it is taken for lost. Ample if absent. */
  readonly silenceLimitMs?: number;
  readonly isolation?: Isolation;
  /** Whether C and C++ are compiled so that visitors can be told which code a trace ran. */
  readonly coverage?: boolean;
  /** Whether it is compiled and run within walls. 'none' if absent. */
  readonly sandbox?: SandboxWish;
  /** For the compiler, in a sandbox. 60,000 if absent. */
  readonly compileLimitMs?: number;
  /** Ends compiling and executing; an execution that is under way resolves early. */
  readonly signal?: AbortSignal;
}

const CPU_LIMIT_MS = 1000;
const START_LIMIT_MS = 10_000;
const COMPILE_LIMIT_MS = 60_000;
/** An op that sleeps has this many times the CPU limit, but no more milliseconds than these. */
const WALL_FACTOR = 10;
const MOST_WALL_MS = 5000;
/** So many ops may sleep almost to their limit before the driver is taken for lost. */
const SILENT_OPS = 20;
const SILENT_LEAST_MS = 10_000;

/**
 * Compiles the files and starts them. Throws an OperatingError: missing file, no C files, no compiler, C
 * that does not compile, functions missing, a program that does not start, a sandbox that is required and missing.
 */
export async function createNativeTarget(options: NativeOptions): Promise<NativeTarget> {
  const { signal, cflags = [], coverage = false } = options;
  const sandbox = openSandbox(options.sandbox ?? 'none');
  const name = options.name ?? options.files.map((file) => basename(file)).join(' ');
  const symbols = { ...options.contract.symbols, ...options.symbols };
  const sources = findSources(options.files);
  const contract = withSegment({ ...options.contract, symbols }, sources);
  const named = options.files;
  const limitMs = options.compileLimitMs ?? COMPILE_LIMIT_MS;
  const request = { name, named, sources, contract, cflags, signal, sandbox, limitMs, coverage };
  const program = await buildTarget(request);
  const config = configOf({ ...options, contract }, sources.library !== undefined);
  const folder = commonFolder(sources.files);
  const target = new NativeTarget(name, contract, program, config, {
    signal,
    folder,
    sandbox,
    coverage,
  });
  await target.start();
  return target;
}

interface Surroundings {
  readonly signal: AbortSignal | undefined;
  /** Of the target's files. */
  readonly folder: string;
  readonly sandbox: Sandbox;
  readonly coverage: boolean;
}

export class NativeTarget implements Target {
  readonly name: string;
  readonly contract: Contract;
  /** The compiled program's path. */
  readonly program: string;
  private readonly config: DriverConfig;
  private readonly around: Surroundings;
  private driver: DriverProcess | undefined;
  private running: DriverRun | undefined;
  private closed = false;
  /** Executions asked for at the same time run one after the other. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    name: string,
    contract: Contract,
    program: string,
    config: DriverConfig,
    around: Surroundings,
  ) {
    this.name = name;
    this.contract = contract;
    this.program = program;
    this.config = config;
    this.around = around;
  }

  /** How it is kept from the rest of the machine. */
  get sandboxLevel(): SandboxLevel {
    return this.around.sandbox.level;
  }

  /** How the target's memory is made new for each trace, as far as is known by now. 'fork' where the
   * target keeps state that no snapshot reaches. */
  get isolation(): 'fork' | 'snapshot' | 'shared' {
    if (this.config.isolation === 'shared') return 'shared';
    return this.driver?.forksEach === true ? 'fork' : 'snapshot';
  }

  /** Starts the child process, unless it runs already. */
  async start(): Promise<DriverProcess> {
    if (this.closed) throw new OperatingError(`${this.name} is closed`);
    if (this.driver === undefined || this.driver.isOver) {
      const isolation = this.isolation === 'fork' ? 'fork' : this.config.isolation;
      const config = { ...this.config, isolation };
      this.driver = await DriverProcess.start(this.name, this.program, config, this.around.sandbox);
      this.driver.attach(undefined);
    }
    return this.driver;
  }

  execute(
    traces: readonly Trace[],
    density: Density,
    visitor: Visitor,
    watched?: Watched,
    signal?: AbortSignal,
  ): Promise<void> {
    const run = this.last.then(() => this.run(traces, density, visitor, watched, signal));
    this.last = run.catch(() => {});
    return run;
  }

  /** One trace with another pattern in its payloads, which nobody but us knows if it is `witnessed`. */
  observe(trace: Trace, salt: number, witnessed: boolean): Promise<Seen> {
    const seen = this.last.then(async () => {
      const { contract } = this;
      const heap = { heapStart: heapStartOf(contract), links: contract.links };
      const driver = await this.start();
      return new WitnessRun(trace, salt, heap, contract, witnessed).drive(driver);
    });
    this.last = seen.catch(() => {});
    return seen;
  }

  locate(frames: readonly number[]): Promise<readonly SourceLine[]> {
    return sourceLines(this.program, frames, this.around.folder, this.around.sandbox);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.running?.abort();
    await this.driver?.close();
    this.driver = undefined;
  }

  /** A driver that is killed by the target costs the trace it was at, and is started again. */
  private async run(
    traces: readonly Trace[],
    density: Density,
    visitor: Visitor,
    watched: Watched | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const signals = [this.around.signal, signal];
    const isStopped = (): boolean => signals.some((each) => each?.aborted);
    const heap = { heapStart: heapStartOf(this.contract), links: this.contract.links };
    const run = new DriverRun(traces, density, visitor, heap, watched, this.around.coverage);
    this.running = run;
    while (!run.isDone && !isStopped()) {
      const driver = await this.start();
      try {
        await run.drive(driver, signals);
      } finally {
        if (run.isDone) driver.attach(undefined);
        else await driver.close();
      }
    }
  }
}

/** A library's state is in it and in the C library, where no snapshot reaches. One that has the real
 * operating system is no better off with a fork for each trace: it has to bear what came before. */
function isolationOf({ isolation, contract }: NativeOptions, isLibrary: boolean): Isolation {
  if (isolation !== undefined || !isLibrary) return isolation ?? 'auto';
  return contract.interposed ? 'fork' : 'shared';
}

function configOf(options: NativeOptions, isLibrary: boolean): DriverConfig {
  const cpuLimitMs = options.cpuLimitMs ?? CPU_LIMIT_MS;
  const wallLimitMs = Math.min(cpuLimitMs * WALL_FACTOR, MOST_WALL_MS);
  return {
    contract: options.contract,
    header: options.header,
    isolation: isolationOf(options, isLibrary),
    cpuLimitMs,
    wallLimitMs,
    startLimitMs: options.startLimitMs ?? START_LIMIT_MS,
    silenceLimitMs: options.silenceLimitMs ?? SILENT_LEAST_MS + SILENT_OPS * wallLimitMs,
  };
}
