// `mkdir -p`. Node's own (`recursive: true`) tries for ever where a parent is there and yet nothing can be
// made in it, as in /proc; this one asks once for each folder of the path.

import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes the folder at an absolute path, and its parents. Throws what `mkdir` does; nothing if it is there. */
export function makeFolder(path: string): void {
  if (isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Made by another process in between.
    if (!isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    // Below a file: what mkdir says of that is clearer.
    return false;
  }
}
