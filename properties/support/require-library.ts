// Tests that need a shared library which not every machine has: they are skipped where it is missing, with
// a notice that names the package.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = ['/usr/lib/x86_64-linux-gnu', '/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib'];

/** The path of the library, or undefined. */
export function requireLibrary(file: string, install: string): string | undefined {
  const found = FOLDERS.map((folder) => join(folder, file)).find((path) => existsSync(path));
  if (found === undefined) {
    process.stderr.write(`skipped: ${file} not found: install ${install} to run these tests\n`);
  }
  return found;
}
