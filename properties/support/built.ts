// The program as it is shipped, built from the sources as they are now into a folder of its own: for what only
// real processes show, such as being killed.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PACKAGE = join(import.meta.dirname, '../..');

export class Built {
  readonly folder = mkdtempSync(join(tmpdir(), 'allocheck-built-'));
  readonly main = join(this.folder, 'dist/src/cli/main.js');

  constructor() {
    for (const name of ['package.json', 'node_modules', 'src', 'corpus']) {
      symlinkSync(join(PACKAGE, name), join(this.folder, name));
    }
    const compiler = join(PACKAGE, 'node_modules/typescript/bin/tsc');
    const flags = ['-p', 'tsconfig.build.json', '--outDir', join(this.folder, 'dist')];
    const built = spawnSync(process.execPath, [compiler, ...flags, '--rootDir', '.', '--noCheck'], {
      cwd: PACKAGE,
      encoding: 'utf8',
    });
    if (built.status !== 0) throw new Error(`the build failed: ${built.stdout}${built.stderr}`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
