// The command line in process, in a folder of its own: what it printed, and how it ended.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Io } from '../../src/cli/io.ts';
import { main } from '../../src/cli/main.ts';

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), 'allocheck-cli-'));

  /** Writes a file, and returns its name. */
  file(name: string, text: string | Buffer): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return name;
  }

  async run(
    argv: readonly string[],
    signal = new AbortController().signal,
    env: Io['env'] = {},
  ): Promise<Ended> {
    let out = '';
    let err = '';
    const code = await main(argv, {
      stdout: (text) => {
        out += text;
      },
      stderr: (text) => {
        err += text;
      },
      cwd: this.folder,
      signal,
      terminal: false,
      env,
    });
    return { code, out, err };
  }

  clear(): void {
    rmSync(this.folder, { recursive: true });
  }
}
