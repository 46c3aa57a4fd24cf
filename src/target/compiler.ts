// Running the compiler, within walls where the code is a stranger's: what it reads, how long it takes and how much it
// writes are bounded then.

import { execFile } from 'node:child_process';
import { OperatingError } from '../contract/operating-error.ts';
import type { Sandbox, Visible } from './sandbox.ts';

export interface Compilation {
  readonly arguments: readonly string[];
  readonly signal: AbortSignal | undefined;
  /** Absent for our own code. */
  readonly walls?: Walls | undefined;
}

export interface Walls {
  readonly sandbox: Sandbox;
  readonly visible: Visible;
  /** Wall clock. */
  readonly limitMs: number;
}

export interface CompilerResult {
  readonly ok: boolean;
  readonly output: string;
}

const COMPILER = 'gcc';
const OUTPUT_LIMIT = 1 << 20;

/** Rejects with an OperatingError: no compiler, interrupted, out of time. */
export function runCompiler(compilation: Compilation): Promise<CompilerResult> {
  const { signal, walls } = compilation;
  const launch = walls?.sandbox.compiler(COMPILER, compilation.arguments, walls.visible);
  const command = launch?.command ?? COMPILER;
  const limits = walls === undefined ? {} : { timeout: walls.limitMs };
  const options = {
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: OUTPUT_LIMIT,
    killSignal: 'SIGKILL' as const,
    ...limits,
    ...(signal === undefined ? {} : { signal }),
  };
  return new Promise((resolve, reject) => {
    const words = [...(launch?.arguments ?? compilation.arguments)];
    execFile(command, words, options, (error, stdout, stderr) => {
      if (error === null) resolve({ ok: true, output: `${stdout}${stderr}` });
      else if (error.code === 'ENOENT') {
        reject(new OperatingError(`${command} not found: install ${command}`));
      } else if (error.name === 'AbortError') reject(new OperatingError('interrupted'));
      else if (error.killed && walls !== undefined && typeof error.code !== 'string') {
        reject(new OperatingError(`the compiler took more than ${walls.limitMs / 1000} s`));
      } else resolve({ ok: false, output: stderr });
    });
  });
}
