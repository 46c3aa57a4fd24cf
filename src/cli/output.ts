// Where the verdict goes. A file that cannot be written is found out before the hunt, not after it.

import { closeSync, existsSync, openSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { OperatingError } from '../contract/operating-error.ts';
import { jsonText, type VerdictJson } from '../report/json.ts';
import type { Io } from './io.ts';
import type { Settings } from './options.ts';

export interface Output {
  /** For people: stdout, or stderr while stdout carries JSON. */
  readonly say: (text: string) => void;
  /** Writes the JSON, if it was asked for. Throws an OperatingError. */
  finish(verdicts: readonly VerdictJson[]): void;
}

/** Throws an OperatingError if the file that was asked for cannot be written. */
export function openOutput(settings: Settings, io: Io): Output {
  const { json } = settings;
  if (json === undefined) return { say: io.stdout, finish: () => {} };
  if (json === '-') {
    return { say: io.stderr, finish: (verdicts) => io.stdout(jsonText(verdicts)) };
  }
  const path = resolve(io.cwd, json);
  tryToOpen(path, json);
  return {
    say: io.stdout,
    finish: (verdicts) => {
      try {
        writeWhole(path, jsonText(verdicts));
      } catch (error) {
        throw unwritable(json, error);
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
