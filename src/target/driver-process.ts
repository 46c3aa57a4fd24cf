// The driver's process: starting it, writing batches to it, reading its records, and ending it. It runs
// in a session of its own, so that a target that signals its process group does not reach us, and it is
// killed by the kernel when we go.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { OperatingError } from '../contract/operating-error.ts';
import { type DriverConfig, encodeConfig } from './driver-batch.ts';
import { RECORD, RecordStream, type Words } from './driver-report.ts';
import { closeProgram, type Launch, type Sandbox } from './sandbox.ts';

export interface DriverEvents {
  /** Returns false when nothing further is wanted. */
  record(words: Words, at: number, kind: number): boolean;
  /** The driver is gone, talks nonsense, or says nothing at all: `how` says it in words. */
  gone(how: string, wasSilent: boolean): void;
}

const SAID_LIMIT = 2000;
/** Until a driver that was told to end is made to. */
const GRACE_MS = 200;
/** The driver's own exit statuses: base.h. */
const EXPLAINED = new Map([[251, 'it cannot reserve its memory']]);

export class DriverProcess {
  /** Whether each trace gets a fork; the driver finds out where it must. */
  forksEach = false;
  private readonly child: ChildProcess;
  private readonly stream = new RecordStream();
  private events: DriverEvents | undefined;
  private onHello: (() => void) | undefined;
  private said = '';
  /** Whether this keeps our own process from ending. */
  private held = true;
  private over = false;
  /** Runs while somebody waits for records. */
  private silence: NodeJS.Timeout | undefined;
  private readonly silenceLimitMs: number;

  private constructor(launch: Launch, silenceLimitMs: number) {
    this.silenceLimitMs = silenceLimitMs;
    const { programFd, user } = launch;
    const stdio = ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', programFd ?? 'ignore'] as const;
    const options = { stdio: [...stdio], detached: true, env: envOf(launch), cwd: '/', ...user };
    this.child = spawn(launch.command, [...launch.arguments], options);
    closeProgram(launch);
    this.child.on('error', (error) => this.end(error.message));
    this.child.on('close', (code, signal) => this.end(describeExit(code, signal)));
    this.input.on('error', () => {});
    this.output.on('error', () => {});
    this.output.on('data', (chunk: Buffer) => this.take(chunk));
    for (const stream of [this.child.stdout as Socket, this.child.stderr as Socket]) {
      stream.on('data', (chunk: Buffer) => this.hear(chunk));
      stream.unref();
    }
  }

  /** Resolves when the driver has said hello; rejects with an OperatingError. */
  static async start(
    name: string,
    program: string,
    config: DriverConfig,
    sandbox: Sandbox,
  ): Promise<DriverProcess> {
    const driver = new DriverProcess(sandbox.program(program), config.silenceLimitMs);
    driver.write(encodeConfig(config));
    const failure = await driver.waitForHello(config.startLimitMs);
    if (failure === undefined) return driver;
    driver.kill();
    const said = driver.said.trim();
    throw new OperatingError(
      `${name} does not start: ${failure}${said === '' ? '' : `: ${JSON.stringify(said)}`}`,
    );
  }

  /** Whose records and end these are from now on. Undefined: nobody's, and the process may idle. */
  attach(events: DriverEvents | undefined): void {
    this.events = events;
    if (events === undefined) this.listen(false);
    const held = events !== undefined;
    if (held === this.held || this.over) return;
    this.held = held;
    // A socket that is closed already would wait for a connection to be referenced on.
    for (const part of [this.child, this.input, this.output] as (ChildProcess | Socket)[]) {
      if (held) part.ref();
      else part.unref();
    }
  }

  write(bytes: Uint8Array): void {
    if (this.over) return;
    this.input.write(bytes);
    this.listen(true);
  }

  /** Of what we have started; undefined if it could not be. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  get isOver(): boolean {
    return this.over;
  }

  /** Kills the driver; its runner goes with it. Resolves when it is gone. */
  async close(): Promise<void> {
    this.events = undefined;
    if (this.over) return;
    const gone = new Promise<void>((resolve) => this.child.once('close', () => resolve()));
    this.child.ref();
    this.kill();
    await gone;
  }

  /** Told to end, it first kills what its runner has forked; a target may keep it from hearing that. */
  private kill(): void {
    const force = setTimeout(() => this.child.kill('SIGKILL'), GRACE_MS);
    this.child.once('close', () => clearTimeout(force));
    this.child.kill('SIGTERM');
    for (const stream of this.child.stdio) stream?.destroy();
  }

  private get input(): Socket {
    return this.child.stdio[3] as Socket;
  }

  private get output(): Socket {
    return this.child.stdio[4] as Socket;
  }

  /** Undefined when it came; otherwise what came instead. */
  private waitForHello(limitMs: number): Promise<string | undefined> {
    return new Promise((resolve) => {
      const settle = (failure: string | undefined): void => {
        clearTimeout(limit);
        resolve(failure);
      };
      const slow = `nothing heard in ${limitMs / 1000} s`;
      const limit = setTimeout(settle, limitMs, slow);
      this.onHello = () => settle(undefined);
      this.attach({ record: () => true, gone: settle });
    });
  }

  /** A driver that its target has stopped, or taken over, may never say a word again. */
  private listen(on: boolean): void {
    if (!on) {
      clearTimeout(this.silence);
      this.silence = undefined;
    } else if (this.silence !== undefined) this.silence.refresh();
    else {
      this.silence = setTimeout(() => {
        this.kill();
        this.end(`nothing was heard of it for ${this.silenceLimitMs / 1000} s`, true);
      }, this.silenceLimitMs);
    }
  }

  private take(chunk: Buffer): void {
    this.silence?.refresh();
    try {
      this.stream.push(chunk, (words, at, kind) => {
        if (kind === RECORD.hello || kind === RECORD.notice) {
          this.forksEach = words.ints[at * 2 + 1] === 1;
          this.onHello?.();
          return true;
        }
        return this.events?.record(words, at, kind) ?? false;
      });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.kill();
      this.end(error.message);
    }
  }

  private hear(chunk: Buffer): void {
    if (this.said.length < SAID_LIMIT) this.said += chunk.toString('latin1', 0, SAID_LIMIT);
  }

  private end(how: string, wasSilent = false): void {
    if (this.over) return;
    this.over = true;
    this.listen(false);
    this.events?.gone(how, wasSilent);
  }
}

/** What is ours finds its command; a target that is started as it is has no environment. */
function envOf({ command }: Launch): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return command.startsWith('/') || PATH === undefined ? {} : { PATH };
}

function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `killed by ${signal}`;
  return EXPLAINED.get(code ?? 0) ?? `it ended with exit status ${code}`;
}
