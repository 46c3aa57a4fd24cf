// The folder in which entries are kept. Files are written whole or not at all (to a temporary file, then
// renamed), and listed in one order on every machine.

import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { OperatingError } from '../contract/operating-error.ts';
import type { TraceEntry } from '../trace/notation.ts';
import { entryName, entryText } from './entry.ts';

/** What is a trace in a folder; a file that is named outright may be called anything. */
export const TRACE_EXTENSIONS: readonly string[] = ['.trace', '.rep', '.ref', '.script'];

/** Writes the entry into `folder` (made if need be) and returns its path; one that is there is kept. */
export function saveEntry(folder: string, entry: TraceEntry): string {
  const path = join(folder, entryName(entry.trace));
  try {
    mkdirSync(folder, { recursive: true });
    if (statSync(path, { throwIfNoEntry: false }) === undefined) {
      writeFileAtomic.sync(path, entryText(entry));
    }
  } catch (error) {
    throw operating(`cannot write ${path}`, error);
  }
  return path;
}

/** Writes what belongs to an entry beside it. Throws an OperatingError. */
export function saveText(path: string, text: string): void {
  try {
    writeFileAtomic.sync(path, text);
  } catch (error) {
    throw operating(`cannot write ${path}`, error);
  }
}

/**
 * `path` itself, or every trace file below it, by code unit of its path. Throws an OperatingError, in
 * which the path is `shown` as the user gave it.
 */
export function listTraceFiles(path: string, shown = path): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const files = readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && TRACE_EXTENSIONS.includes(extname(entry.name)))
      .map((entry) => join(entry.parentPath, entry.name));
    return files.sort((a, b) => (a < b ? -1 : 1));
  } catch (error) {
    throw operating(`cannot read ${shown}`, error);
  }
}

/** The text of a trace file. Throws an OperatingError. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw operating(`cannot read ${path}`, error);
  }
}

const REASONS: Readonly<{ [code: string]: string }> = {
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  ENOTDIR: 'a part of the path is no folder',
};

function operating(what: string, error: unknown): OperatingError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return new OperatingError(`${what}: ${REASONS[code] ?? code}`);
}
