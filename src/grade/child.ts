// One submission in a process of its own, so that nothing that it does, and no fault of ours, reaches another.
// The process has a group of its own, and the limits are kept from here.

import { type ChildProcess, fork } from 'node:child_process';
import type { GradeJob, GradeOutcome } from './grade-one.ts';

export interface ChildOptions {
  /** The script that answers a GradeJob with a GradeOutcome. */
  readonly script: string;
  /** Milliseconds of real time, for all of it. */
  readonly limitMs: number;
  /** MiB of the process's own heap. */
  readonly memoryMiB: number;
  /** For temporary files and for what is compiled: removed by whoever gave them. */
  readonly temporary: string;
  readonly cache: string;
  /** Ends it: the promise resolves to 'stopped'. */
  readonly signal: AbortSignal;
}

/** What became of it: `overdue` and `lost` say why in a few words. */
export type ChildEnd =
  | { readonly kind: 'done'; readonly outcome: GradeOutcome }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'overdue' }
  | { readonly kind: 'lost'; readonly why: string };

/** A child that was asked to end has so long to do it. */
const GRACE_MS = 8000;
/** Bytes of its complaints that are kept. */
const MOST_COMPLAINT = 4096;

export function runChild(job: GradeJob, options: ChildOptions): Promise<ChildEnd> {
  return new Promise((resolve) => {
    const { signal, limitMs } = options;
    if (signal.aborted) return resolve({ kind: 'stopped' });
    const child = start(options);
    let outcome: GradeOutcome | undefined;
    let early: ChildEnd | undefined;
    let complaint = '';
    const end = (why: ChildEnd): void => {
      early ??= why;
      signalGroup(child, 'SIGTERM');
      late = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
    };
    let late: NodeJS.Timeout | undefined;
    const overdue = setTimeout(() => end({ kind: 'overdue' }), limitMs);
    const stop = (): void => end({ kind: 'stopped' });
    signal.addEventListener('abort', stop, { once: true });
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = `${complaint}${chunk.toString('utf8')}`.slice(-MOST_COMPLAINT);
    });
    child.on('message', (message) => {
      outcome = message as GradeOutcome;
    });
    child.on('error', (error) => {
      complaint ||= error.message;
    });
    child.on('close', (code, killed) => {
      clearTimeout(overdue);
      clearTimeout(late);
      signal.removeEventListener('abort', stop);
      signalGroup(child, 'SIGKILL');
      if (early !== undefined) return resolve(early);
      if (outcome !== undefined) return resolve({ kind: 'done', outcome });
      resolve({ kind: 'lost', why: whyLost(code, killed, complaint) });
    });
    child.send(job, () => {});
  });
}

function start({ script, memoryMiB, temporary, cache }: ChildOptions): ChildProcess {
  return fork(script, [], {
    detached: true,
    execArgv: [`--max-old-space-size=${memoryMiB}`],
    env: { ...process.env, TMPDIR: temporary, XDG_CACHE_HOME: cache },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

/** It and whatever it started that is still of its group. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left.
  }
}

function whyLost(code: number | null, signal: NodeJS.Signals | null, complaint: string): string {
  const how = signal === null ? `with code ${code}` : `by ${signal}`;
  const lines = complaint.split('\n').filter((line) => /Error|error|heap|memory/.test(line));
  const says = lines[0] === undefined ? '' : `: ${lines[0].trim().slice(0, 300)}`;
  return `the process that graded it was ended ${how}${says}`;
}
