// What a sandboxed compiler may see of a submission: copies of its own files, to be shown where they were.
// Links, devices and pipes are left out, so nothing in a folder leads out of it; and whoever owns the
// files, the compiler can read the copies.

import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { OperatingError } from '../contract/operating-error.ts';

export interface Stage {
  /** Directories as the compiler is to see them, and where the copies are. */
  readonly folders: readonly (readonly [seen: string, real: string])[];
  remove(): void;
}

const DEPTH = 8;
const MOST_FILES = 5000;
const MOST_BYTES = 64 << 20;
const HEADER = /\.(h|hh|hpp|hxx|inc|def)$/;

/**
 * Of a directory: all of it. Of a file: itself, and the headers in the folders that it may include from; its
 * neighbours may be other people's. `shown`: what else appears to the compiler, perhaps in one of these folders. Throws an OperatingError where that is too much.
 */
export function stageSources(
  named: readonly string[],
  includes: readonly string[],
  under: string,
  shown: readonly string[],
): Stage {
  const root = mkdtempSync(join(under, 'stage-'));
  const room = { files: MOST_FILES, bytes: MOST_BYTES };
  const folders = new Map<string, string>();
  const place = (seen: string): string => {
    const real = folders.get(seen) ?? join(root, String(folders.size));
    folders.set(seen, real);
    mkdirSync(real, { recursive: true });
    return real;
  };
  const remove = (): void => rmSync(root, { recursive: true, force: true });
  try {
    for (const path of named.map((each) => resolve(each))) {
      const state = stateOf(path);
      if (state?.isDirectory()) copyFolder(path, place(path), DEPTH, room);
      else if (state !== undefined) copyFile(path, place(dirname(path)), state, room);
    }
    for (const folder of includes) {
      const whole = named.some((path) => `${folder}/`.startsWith(`${resolve(path)}/`));
      if (!whole && headersIn(folder).length > 0) copyHeaders(folder, place(folder), room);
    }
  } catch (error) {
    remove();
    throw error;
  }
  // A folder is shown before those that lie in it.
  const sorted = [...folders].sort(([a], [b]) => (a < b ? -1 : 1));
  makeMountPoints(sorted, shown);
  return { folders: sorted, remove };
}

interface Room {
  files: number;
  bytes: number;
}

function copyFolder(from: string, to: string, depth: number, room: Room): void {
  if (depth === 0) return;
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    const path = join(from, name);
    const state = stateOf(path);
    if (state?.isDirectory()) copyFolder(path, join(to, name), depth - 1, room);
    else if (state !== undefined) copyFile(path, to, state, room);
  }
}

function copyHeaders(from: string, to: string, room: Room): void {
  for (const name of headersIn(from)) {
    const state = stateOf(join(from, name));
    if (state !== undefined) copyFile(join(from, name), to, state, room);
  }
}

function copyFile(path: string, folder: string, state: Stats, room: Room): void {
  if (!state.isFile()) return;
  room.files -= 1;
  room.bytes -= state.size;
  if (room.files < 0 || room.bytes < 0) {
    throw new OperatingError(
      `${basename(dirname(path))}: more than ${MOST_FILES} files or ${MOST_BYTES >> 20} MiB`,
    );
  }
  copyFileSync(path, join(folder, basename(path)));
}

/** A copy is read-only where it is shown, so the place of whatever else is shown in it must be there before. */
function makeMountPoints(
  folders: readonly (readonly [seen: string, real: string])[],
  shown: readonly string[],
): void {
  for (const path of [...folders.map(([seen]) => seen), ...shown]) {
    for (const [outer, real] of folders) {
      if (!path.startsWith(`${outer}/`)) continue;
      const place = join(real, path.slice(outer.length + 1));
      mkdirSync(dirname(place), { recursive: true });
      if (stateOf(path)?.isFile()) writeFileSync(place, '', { flag: 'a' });
      else mkdirSync(place, { recursive: true });
    }
  }
}

function headersIn(folder: string): string[] {
  return namesIn(folder).filter((name) => HEADER.test(name));
}

function stateOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
