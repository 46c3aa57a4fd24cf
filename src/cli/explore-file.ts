// The checkpoint of an exploration: a line a part, appended as soon as it is done. A kill in the middle of a line
// loses that line; the next exploration cuts it off and goes on.

import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import * as v from 'valibot';
import type { Journal, Part } from '../check/explore-journal.ts';
import { OperatingError } from '../contract/operating-error.ts';

/** What an exploration must have in common with that of the checkpoint. The depth may differ. */
export interface Subject {
  readonly schema: 'allocheck/exploration@1';
  readonly version: string;
  readonly target: string;
  /** Of what is run: another is made of other sources. */
  readonly program: string;
  readonly contract: string;
  readonly alphabet: readonly string[];
  readonly merged: boolean;
}

export interface JournalFile extends Journal {
  close(): void;
}

const whole = v.pipe(v.number(), v.safeInteger());
const PART = v.object({
  level: whole,
  first: whole,
  inner: v.boolean(),
  runs: whole,
  calls: whole,
  led: v.array(whole),
  texts: v.array(v.string()),
  standing: v.array(whole),
});

/** Throws an OperatingError where the file cannot be used, or is of something else. */
export function openJournal(name: string, cwd: string, subject: Subject): JournalFile {
  const path = resolve(cwd, name);
  try {
    const { parts, end } = readParts(path, name, subject);
    const file = openSync(path, end === 0 ? 'w' : 'r+');
    if (end === 0) writeSync(file, `${JSON.stringify(subject)}\n`);
    else ftruncateSync(file, end);
    closeSync(file);
    const log = openSync(path, 'a');
    return {
      find(level, first, inner) {
        const key = keyOf(level, first, inner);
        const part = parts.get(key);
        parts.delete(key);
        return part;
      },
      add: (part) => writeAll(log, `${JSON.stringify(part)}\n`, name),
      close: () => closeSync(log),
    };
  } catch (error) {
    throw error instanceof OperatingError ? error : unusable(name, error);
  }
}

function readParts(
  path: string,
  name: string,
  subject: Subject,
): { parts: Map<string, Part>; end: number } {
  const parts = new Map<string, Part>();
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  let end = 0;
  for (let from = 0; from < bytes.length; from = end) {
    const newline = bytes.indexOf(10, from);
    const line = newline < 0 ? undefined : parsed(bytes.toString('utf8', from, newline));
    if (from === 0) expectSame(line, subject, name, newline < 0 && looksBegun(bytes, subject));
    else if (v.is(PART, line)) parts.set(keyOf(line.level, line.first, line.inner), line);
    else break;
    if (newline < 0) break;
    end = newline + 1;
  }
  return { parts, end };
}

/** A first line that was cut off by a kill. */
function looksBegun(bytes: Buffer, subject: Subject): boolean {
  return JSON.stringify(subject).startsWith(bytes.toString('utf8'));
}

function expectSame(line: unknown, subject: Subject, name: string, isCutOff: boolean): void {
  if (isCutOff || JSON.stringify(line) === JSON.stringify(subject)) return;
  const isOurs = (line as Partial<Subject> | undefined)?.schema === subject.schema;
  const what = isOurs ? 'is of another exploration' : 'is no checkpoint';
  const differ = isOurs ? differences(line as Subject, subject) : '';
  throw new OperatingError(
    `--checkpoint ${name} ${what}${differ}: name another file, or remove it`,
  );
}

function differences(theirs: Subject, ours: Subject): string {
  const keys = Object.keys(ours) as (keyof Subject)[];
  const other = keys.filter((key) => JSON.stringify(theirs[key]) !== JSON.stringify(ours[key]));
  return ` (other ${other.join(', ')})`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function writeAll(file: number, text: string, name: string): void {
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
  } catch (error) {
    throw unusable(name, error);
  }
}

function keyOf(level: number, first: number, inner: boolean): string {
  return `${level}/${first}/${inner}`;
}

function unusable(name: string, error: unknown): OperatingError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return new OperatingError(`cannot use --checkpoint ${name}: ${code}`);
}
