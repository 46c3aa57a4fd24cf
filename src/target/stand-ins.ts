// The headers of the course, of CS:APP and of CS107, compatible ones of ours, for a submission that comes
// without them: each steps in only where there is none of its name.

import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Shipped as they are, beside `dist` once that is built. */
const HERE = fileURLToPath(new URL('.', import.meta.url));
export const INCLUDE = existsSync(join(HERE, 'include'))
  ? join(HERE, 'include')
  : fileURLToPath(new URL('../../../src/target/include', import.meta.url));

/** Not a header's folder but the course's: for `#include "../utils/osmem.h"`. */
const COURSE_FOLDER = join(INCLUDE, 'utils');

/** Their folders, one a header: of those that `includes`, directories, have not. */
export function standInsFor(includes: readonly string[]): string[] {
  const present = new Set(includes.flatMap(namesIn));
  return (
    readdirSync(INCLUDE)
      .sort()
      .filter((name) => !present.has(`${name}.h`))
      // Both define the block's header, each its own edition's.
      .filter((name) => name !== 'helpers' || !present.has('block_meta.h'))
      .map((name) => join(INCLUDE, name))
      .filter((path) => path !== COURSE_FOLDER)
  );
}

/**
 * Flags for gcc, behind those for the submission's own headers. The C library has a printf.h, too: only quoted
 * includes may find the stand-in. `../utils/` is looked up last of all, beside any of the folders.
 */
export function standInFlags(standIns: readonly string[]): string[] {
  const flags = standIns.flatMap((directory) => ['-iquote', directory]);
  return [...flags, '-idirafter', join(dirname(COURSE_FOLDER), 'osmem')];
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
