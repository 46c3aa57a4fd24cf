// The output folder: a result a submission, written last and whole, so that a run which is killed at any
// moment goes on where it was; and beside it what people read.
//
//   results/ID.json   the result and its key            class.json     what the class was graded by
//   students/ID/      report.txt, report.html,          gradebook.csv, index.html
//                     results.json (Gradescope),
//                     prairielearn.json, finding-N.c

import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import writeFileAtomic from 'write-file-atomic';
import { OperatingError } from '../contract/operating-error.ts';
import { makeFolder } from '../corpus/make-folder.ts';
import type { GradeOutcome } from './grade-one.ts';
import type { GradedSubmission } from './graded.ts';
import { gradescopeJson } from './gradescope.ts';
import { prairieLearnJson } from './prairielearn.ts';

export interface Kept {
  readonly graded: GradedSubmission;
  /** Of what was handed in; equal where two handed in the same. */
  readonly hash: string;
}

const SCHEMA = 'allocheck/graded@1';
const ENTRY = v.object({
  schema: v.literal(SCHEMA),
  key: v.string(),
  hash: v.string(),
  graded: v.looseObject({ id: v.string(), state: v.string(), maximum: v.number() }),
});

export class Store {
  readonly folder: string;

  /** Makes the folder. Throws an OperatingError. */
  constructor(folder: string) {
    this.folder = folder;
    for (const name of ['', 'results', 'students']) {
      guarded(join(folder, name), makeFolder);
    }
  }

  /** The result of this key, if it is there and whole. */
  find(id: string, key: string): Kept | undefined {
    const text = this.#read(this.#resultOf(id));
    if (text === undefined) return undefined;
    try {
      const found = v.safeParse(ENTRY, JSON.parse(text));
      if (!found.success || found.output.key !== key || found.output.graded.id !== id)
        return undefined;
      return found.output as unknown as Kept;
    } catch {
      return undefined;
    }
  }

  /** Everything that is told of one submission; its result is what says that it is done. */
  keep(key: string, outcome: GradeOutcome): void {
    const { graded, hash, text, html, programs } = outcome;
    this.forget(graded.id);
    const folder = join(this.folder, 'students', slugOf(graded.id));
    guarded(folder, makeFolder);
    this.#write(join(folder, 'report.txt'), text);
    if (html !== null) this.#write(join(folder, 'report.html'), html);
    this.#write(join(folder, 'results.json'), gradescopeJson(graded));
    this.#write(join(folder, 'prairielearn.json'), prairieLearnJson(graded));
    for (const [at, program] of programs.entries()) {
      if (program !== null) this.#write(join(folder, `finding-${at + 1}.c`), program);
    }
    const entry = { schema: SCHEMA, key, hash, graded };
    this.#write(this.#resultOf(graded.id), `${JSON.stringify(entry, null, 2)}\n`);
  }

  /** What an earlier run told of it would be wrong now. */
  forget(id: string): void {
    rmSync(this.#resultOf(id), { force: true });
    rmSync(join(this.folder, 'students', slugOf(id)), { recursive: true, force: true });
  }

  /** A file of the class, such as `gradebook.csv`. */
  write(name: string, text: string): void {
    this.#write(join(this.folder, name), text);
  }

  read(name: string): string | undefined {
    return this.#read(join(this.folder, name));
  }

  #resultOf(id: string): string {
    return join(this.folder, 'results', `${slugOf(id)}.json`);
  }

  #read(path: string): string | undefined {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  }

  #write(path: string, text: string): void {
    guarded(path, (whole) => writeFileAtomic.sync(whole, text));
  }
}

/** A name for files that is safe everywhere, and another for every other id. */
export function slugOf(id: string): string {
  const safe = id
    .replaceAll(/[^A-Za-z0-9._-]/gu, '_')
    .replace(/^\./, '_')
    .slice(0, 80);
  if (safe === id && safe.length < 80) return safe;
  return `${safe}~${createHash('sha256').update(id).digest('hex').slice(0, 10)}`;
}

function guarded(path: string, act: (path: string) => void): void {
  try {
    act(path);
  } catch (error) {
    throw new OperatingError(`cannot write ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
