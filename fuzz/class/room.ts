// Where a class is graded: a folder with the class, what comes of it and all temporary files, the command line as it
// is shipped, run there and killed at will; and a look round for what it left.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { packageFolder } from '../../src/cli/known-traces.ts';

export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly output: string;
  readonly elapsedMs: number;
}

/** Of processes whose grader was killed, until they are gone. */
const GONE_MS = 10_000;
const PAUSE_MS = 50;

export class Room {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'allocheck-class-')));
  readonly class = this.made('class');
  private readonly temporary = this.made('tmp');

  /** `allocheck grade`, killed after `killMs` milliseconds if it is not over by then. */
  async grade(argv: readonly string[], killMs?: number): Promise<Ended> {
    const started = performance.now();
    const main = join(packageFolder(), 'dist', 'src', 'cli', 'main.js');
    const child = spawn(process.execPath, [main, 'grade', this.class, ...argv], {
      cwd: this.folder,
      env: {
        ...process.env,
        TMPDIR: this.temporary,
        XDG_CACHE_HOME: join(this.temporary, 'cache'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const killed =
      killMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killMs);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve); // what it started may hold its streams open
    });
    clearTimeout(killed);
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
    return { code, output, elapsedMs: Math.round(performance.now() - started) };
  }

  /** Command lines of processes that were started here and stay. */
  async leftProcesses(): Promise<string[]> {
    const end = performance.now() + GONE_MS;
    let left = this.processes();
    while (left.length > 0 && performance.now() < end) {
      await pause(PAUSE_MS);
      left = this.processes();
    }
    return left;
  }

  /** What lies about besides the class and the marks. */
  leftFiles(): string[] {
    return readdirSync(this.temporary);
  }

  /** Every file below, with its text. */
  filesOf(name: string): Map<string, string> {
    const folder = join(this.folder, name);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    return new Map(files.sort().map((file) => [file.slice(folder.length + 1), read(file)]));
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  private made(name: string): string {
    const folder = join(this.folder, name);
    mkdirSync(folder);
    return folder;
  }

  /** Those that have the folder in their arguments or environment, and all that these have started: what a sandbox
   * runs sees neither, but has its sandbox above it. */
  private processes(): string[] {
    const ids = readdirSync('/proc').filter((id) => /^\d+$/.test(id) && id !== String(process.pid));
    const parents = new Map(ids.map((id) => [id, parentOf(id)]));
    const isHere = (id: string): boolean =>
      ['cmdline', 'environ'].some((name) => read(`/proc/${id}/${name}`).includes(this.folder));
    const here = new Set(ids.filter(isHere));
    for (let before = -1; before < here.size; ) {
      before = here.size;
      for (const id of ids) if (here.has(parents.get(id) ?? '')) here.add(id);
    }
    return [...here].map((id) => `${id} ${shown(read(`/proc/${id}/cmdline`))}`);
  }
}

function parentOf(id: string): string {
  return /^PPid:\s*(\d+)$/m.exec(read(`/proc/${id}/status`))?.[1] ?? '';
}

function shown(words: string): string {
  return words.replaceAll('\0', ' ').slice(0, 100);
}

/** Empty where it cannot be read, or is gone. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
