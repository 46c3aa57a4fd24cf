// A class: every submission graded in a child process, as many at a time as there are cores; what is done
// already is taken from the output folder.

import pLimit from 'p-limit';
import { openSandbox } from '../target/sandbox.ts';
import { blankOf } from './blank.ts';
import { type ChildEnd, runChild } from './child.ts';
import { keyOf } from './fingerprint.ts';
import type { GradeOutcome, GradeSettings } from './grade-one.ts';
import type { GradedSubmission } from './graded.ts';
import type { Kept, Store } from './store.ts';
import { studentText } from './student-text.ts';
import type { Submission } from './submission.ts';
import { removeFolder, WorkFolder } from './work-folder.ts';

export interface ClassOptions {
  readonly submissions: readonly Submission[];
  readonly settings: GradeSettings;
  readonly store: Store;
  /** What marks depend on besides the submission: plain data. */
  readonly terms: unknown;
  readonly script: string;
  readonly jobs: number;
  readonly limitMs: number;
  readonly memoryMiB: number;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: ClassProgress) => void) | undefined;
}

export interface ClassProgress {
  readonly done: number;
  readonly of: number;
  /** Names of those under way. */
  readonly running: readonly string[];
}

export interface ClassResult {
  /** In the order of the submissions; those that the signal left ungraded are undecided. */
  readonly results: readonly Kept[];
  /** How many were taken from an earlier run. */
  readonly reused: number;
  /** How many the signal left. */
  readonly left: number;
}

/** Rejects with an OperatingError where the outcome cannot be kept. */
export async function gradeClass(options: ClassOptions): Promise<ClassResult> {
  const { submissions, jobs, signal, onProgress } = options;
  const work = new WorkFolder();
  const limit = pLimit(jobs);
  const running = new Set<string>();
  let done = 0;
  let reused = 0;
  let left = 0;
  const tell = (): void =>
    onProgress?.({ done, of: submissions.length, running: [...running].sort() });
  const one = async (submission: Submission): Promise<Kept> => {
    const key = keyOf(submission, options.terms);
    const known = options.store.find(submission.id, key);
    if (known !== undefined) reused += 1;
    if (signal.aborted && known === undefined) {
      left += 1;
      return ungraded(submission, options);
    }
    running.add(submission.name);
    tell();
    const kept = known ?? (await gradeNow(submission, key, options, work));
    running.delete(submission.name);
    if (kept === undefined) left += 1;
    else done += 1;
    tell();
    return kept ?? ungraded(submission, options);
  };
  try {
    const results = await Promise.all(submissions.map((each) => limit(() => one(each))));
    return { results, reused, left };
  } finally {
    work.remove();
  }
}

/** Undefined where the signal ended it. What is undecided is told, and graded again by the next run. */
async function gradeNow(
  submission: Submission,
  key: string,
  options: ClassOptions,
  work: WorkFolder,
): Promise<Kept | undefined> {
  const { settings, script, limitMs, memoryMiB, signal, store } = options;
  const folder = work.next();
  try {
    const temporary = `${folder}/tmp`;
    const limits = { script, limitMs, memoryMiB, temporary, cache: work.cache, signal };
    const end = await runChild({ submission, settings, folder }, limits);
    if (end.kind === 'stopped') return undefined;
    const outcome =
      end.kind === 'done' ? end.outcome : brokenOff(submission, settings, end, limitMs);
    store.keep(outcome.graded.state === 'undecided' ? '' : key, outcome);
    return outcome;
  } finally {
    removeFolder(folder);
  }
}

function ungraded(submission: Submission, { settings, store }: ClassOptions): Kept {
  store.forget(submission.id);
  return undecided(submission, settings, 'not graded yet: the run was stopped');
}

/** It may have been run by then, behind the walls that it was to be run behind. */
function brokenOff(
  submission: Submission,
  settings: GradeSettings,
  end: Exclude<ChildEnd, { kind: 'done' | 'stopped' }>,
  limitMs: number,
): GradeOutcome {
  const why = end.kind === 'lost' ? end.why : overdueText(limitMs);
  return undecided(submission, settings, why, openSandbox(settings.sandbox).level);
}

function overdueText(limitMs: number): string {
  return `it was stopped at the limit of ${Math.round(limitMs / 100) / 10} s`;
}

/** What nobody can mark by now. */
function undecided(
  submission: Submission,
  settings: GradeSettings,
  reason: string,
  isolation = 'none',
): GradeOutcome {
  const blank = blankOf(submission, settings);
  const graded: GradedSubmission = { ...blank, state: 'undecided', reason, isolation };
  return { graded, hash: '', text: studentText(graded), html: null, programs: [] };
}
