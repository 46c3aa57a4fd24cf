// What a result depends on, as one hash: a submission that is the same, graded by the same, need not be graded
// again. Two runs that differ in anything that may change marks have different keys.

import { createHash, type Hash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Submission } from './submission.ts';

/** Files of a folder that are looked at: with more it is refused, whatever they are. */
const MOST_FILES = 4000;
/** Bytes of a file: with more it is refused. */
const MOST_BYTES = 64 << 20;
const CHUNK = 1 << 20;

/** `terms`: rubric, options, versions; plain data. */
export function keyOf(submission: Submission, terms: unknown): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([submission.id, submission.kind, submission.refused, terms]));
  const left = { files: MOST_FILES };
  add(hash, submission.path, left);
  return hash.digest('hex');
}

/** Names, kinds, and the bytes of files; what cannot be read counts as that. */
function add(hash: Hash, path: string, left: { files: number }): void {
  left.files -= 1;
  if (left.files < 0) return;
  try {
    const state = lstatSync(path);
    hash.update(`${state.mode & 0o170000}:`);
    if (state.isSymbolicLink()) hash.update(readlinkSync(path));
    else if (state.isFile()) addBytes(hash, path);
    else if (state.isDirectory()) {
      const names = readdirSync(path).sort();
      hash.update(JSON.stringify(names));
      for (const name of names) add(hash, join(path, name), left);
    }
  } catch (error) {
    hash.update(`!${(error as NodeJS.ErrnoException).code}`);
  }
}

function addBytes(hash: Hash, path: string): void {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.alloc(CHUNK);
    let bytes = 0;
    for (let got = 1; got > 0 && bytes < MOST_BYTES; bytes += got) {
      got = readSync(file, chunk);
      hash.update(chunk.subarray(0, got));
    }
    hash.update(`#${bytes}`);
  } finally {
    closeSync(file);
  }
}
