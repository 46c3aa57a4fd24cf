// A file that a command writes at its end. One that cannot be written is found out before the work, not
// after it.

import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { resolve } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { OperatingError } from '../contract/operating-error.ts';

/** The function that writes it, whole. Both throw an OperatingError if it cannot be written. */
export function openFile(name: string, cwd: string): (text: string) => void {
  const path = resolve(cwd, name);
  tryToOpen(path, name);
  return (text) => {
    try {
      writeWhole(path, text);
    } catch (error) {
      throw unwritable(name, error);
    }
  };
}

/** A file that others write to as well: what is there stays. */
export interface Log {
  /** Bytes that are there already. */
  readonly size: number;
  append(text: string): void;
}

/** As `openFile`. */
export function openLog(name: string, cwd: string): Log {
  const path = resolve(cwd, name);
  tryToOpen(path, name);
  return {
    size: statSync(path, { throwIfNoEntry: false })?.size ?? 0,
    append(text) {
      try {
        appendFileSync(path, text);
      } catch (error) {
        throw unwritable(name, error);
      }
    },
  };
}

function tryToOpen(path: string, shown: string): void {
  const isNew = !existsSync(path);
  try {
    closeSync(openSync(path, 'a'));
  } catch (error) {
    throw unwritable(shown, error);
  }
  if (isNew) unlinkSync(path);
}

/** Devices and pipes cannot be replaced by a renamed file. */
function writeWhole(path: string, text: string): void {
  if (existsSync(path) && !statSync(path).isFile()) writeFileSync(path, text);
  else writeFileAtomic.sync(path, text);
}

function unwritable(shown: string, error: unknown): OperatingError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return new OperatingError(`cannot write ${shown}: ${code}`);
}
