// The traces that every check runs before anything new: those that come with the package (seeds by hand,
// regressions), then those of the user's own corpus. Recorded programs are too long for that.

import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Run } from '../check/hunt.ts';
import { OperatingError } from '../contract/operating-error.ts';
import { makeFolder } from '../corpus/make-folder.ts';
import { listTraceFiles, readText } from '../corpus/store.ts';
import { readTraceFile } from '../trace/trace-file.ts';

/** Ops; longer traces wait until they are asked for. */
const LONGEST = 5000;
const OWN_FOLDERS: readonly string[] = ['traces', 'seeds', 'regressions'];

/** Throws an OperatingError where a trace of the user's corpus cannot be read. */
export function knownTraces(corpus: string | undefined): Run[] {
  const own = join(packageFolder(), 'corpus');
  const folders = OWN_FOLDERS.map((name) => join(own, name));
  const runs: Run[] = [];
  for (const folder of corpus === undefined ? folders : [...folders, corpus]) {
    if (!existsSync(folder)) continue;
    for (const file of listTraceFiles(folder)) {
      const { trace } = readTraceFile(readText(file), file);
      if (trace.length <= LONGEST) runs.push({ seed: relative(folder, file), trace });
    }
  }
  return runs;
}

/** The folder of the user's corpus, made if it is not there. Throws an OperatingError if nothing could be
 * kept in it: that is found out before the hunt, not after it. */
export function corpusFolder(name: string, cwd: string): string {
  const folder = resolve(cwd, name);
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' || code === 'ENOTDIR' ? 'it is no folder' : code;
    throw new OperatingError(`cannot write ${name}: ${why}`);
  }
  return folder;
}

/** Where the package lies: the sources and the build are at different depths below it. Throws an
 * OperatingError if this file was copied out of its package. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    if (folder === dirname(folder))
      throw new OperatingError('allocheck is not in its package: no package.json above it');
    folder = dirname(folder);
  }
  return folder;
}
