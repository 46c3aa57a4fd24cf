// What is handed in: each directory, C file or archive of a folder is one submission. Names are strangers'
// text. Nothing is left out silently: what cannot be a submission is listed, with the reason.

import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { OperatingError } from '../contract/operating-error.ts';

export type SubmissionKind = 'folder' | 'file' | 'zip' | 'tar' | 'none';

export interface Submission {
  /** Unique in the class: the name in the folder. */
  readonly id: string;
  /** Without the ending. */
  readonly name: string;
  readonly path: string;
  readonly kind: SubmissionKind;
  /** Why it cannot be graded, where its kind is 'none'. */
  readonly refused: string;
}

/** More than any class has: a wrong folder was named. */
const MOST_SUBMISSIONS = 20_000;

/**
 * Everything in `folder` by name, save hidden files and `aside` (the rubric, the output). Throws an
 * OperatingError if it cannot be read or has nothing in it.
 */
export function findSubmissions(folder: string, aside: readonly string[]): Submission[] {
  const skipped = new Set(aside.map(real));
  const found = namesIn(folder)
    .filter((name) => !name.toString('latin1').startsWith('.'))
    .map((name) => submissionOf(folder, name))
    .filter(({ path }) => !skipped.has(real(path)));
  if (found.length === 0) throw new OperatingError(`${folder} has no submissions in it`);
  if (found.length > MOST_SUBMISSIONS)
    throw new OperatingError(`${folder} has more than ${MOST_SUBMISSIONS} entries`);
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The kind of archive or file that a name promises; 'none' for what is no submission. */
export function kindOf(name: string): SubmissionKind {
  if (/\.zip$/i.test(name)) return 'zip';
  if (/\.(tar|tgz|tar\.gz)$/i.test(name)) return 'tar';
  return /\.(c|cc|cpp|cxx)$/.test(name) ? 'file' : 'none';
}

function namesIn(folder: string): Buffer[] {
  try {
    return readdirSync(folder, { encoding: 'buffer' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such folder' : (code ?? String(error));
    throw new OperatingError(
      `cannot read ${folder}: ${code === 'ENOTDIR' ? 'it is no folder' : why}`,
    );
  }
}

function submissionOf(folder: string, bytes: Buffer): Submission {
  const id = bytes.toString('utf8');
  const path = join(folder, id);
  const none = (refused: string): Submission => ({ id, name: id, path, kind: 'none', refused });
  if (!Buffer.from(id).equals(bytes)) {
    return { ...none('its name is not UTF-8'), id: `${id} (${bytes.toString('hex')})` };
  }
  const state = lstatSync(path, { throwIfNoEntry: false });
  if (state === undefined) return none('it is gone');
  if (state.isDirectory()) return { id, name: id, path, kind: 'folder', refused: '' };
  if (state.isSymbolicLink()) return none('it is a symbolic link');
  const kind = state.isFile() ? kindOf(id) : 'none';
  if (kind === 'none') return none('it is no folder, C file, .zip, .tar or .tar.gz');
  const ending = /\.tar\.gz$/i.exec(id)?.[0] ?? extname(id);
  return { id, name: id.slice(0, -ending.length) || id, path, kind, refused: '' };
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
