// Where the verdict goes.

import { jsonText, type VerdictJson } from '../report/json.ts';
import type { Io } from './io.ts';
import type { Settings } from './options.ts';
import { openFile } from './output-file.ts';

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
  const write = openFile(json, io.cwd);
  return { say: io.stdout, finish: (verdicts) => write(jsonText(verdicts)) };
}
