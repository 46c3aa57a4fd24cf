// The real outside: the process's streams, and its signals. The first Ctrl-C asks for a clean end; the
// second kills, as if nobody had listened.

import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EXIT, type Io } from './io.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

type ProcessEvent = (typeof SIGNALS)[number] | 'uncaughtExceptionMonitor' | 'exit';

/** As much of `process` as is used. */
export interface ProcessLike {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & {
    readonly isTTY?: boolean;
    readonly columns?: number;
  };
  cwd(): string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  exitCode?: number | string | null | undefined;
  once(event: ProcessEvent, listener: () => void): unknown;
}

export function processIo(outside: ProcessLike = process): Io {
  return {
    stdout: (text) => write(outside, 'stdout', text),
    stderr: (text) => write(outside, 'stderr', text),
    cwd: outside.cwd(),
    signal: stopSignal(outside),
    // One of no width (`script` in a job, a serial line) shows nobody a line that moves, and ora, which counts
    // how many lines its text takes there, would clear them without end.
    terminal: outside.stderr.isTTY === true && outside.stderr.columns !== 0,
    env: outside.env ?? {},
  };
}

/**
 * A fault of ours (an assertion that fails) is caught by nobody and shown with its stack. It is no verdict,
 * so it must not end with the code that says `violations found`, which is Node's own for a crash.
 */
export function tellFaultsApart(outside: ProcessLike = process): void {
  outside.once('uncaughtExceptionMonitor', () => {
    outside.once('exit', () => {
      outside.exitCode = EXIT.undecided;
    });
  });
}

/** Whether the module at `url` is the script that node was started with (npm starts it by a link). */
export function isStarted(url: string): boolean {
  const script = process.argv[1];
  return script !== undefined && realpathSync(script) === fileURLToPath(url);
}

function stopSignal(outside: ProcessLike): AbortSignal {
  const controller = new AbortController();
  for (const name of SIGNALS) outside.once(name, () => controller.abort());
  return controller.signal;
}

/** A reader that went away (`| head`) is no error of ours; a disk that is full is an operating error. */
function write(outside: ProcessLike, name: 'stdout' | 'stderr', text: string): void {
  const stream = outside[name];
  if (stream.listenerCount('error') === 0) {
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'EPIPE') return;
      if (name === 'stdout') outside.stderr.write(`allocheck: cannot write stdout: ${code}\n`);
      outside.once('exit', () => {
        outside.exitCode = EXIT.error;
      });
    });
  }
  stream.write(text);
}
