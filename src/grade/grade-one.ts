// One submission, from what was handed in to its marks: taken in, built, hunted, weighed, written up. It is
// run in a process of its own, and what the submission does, or is, never makes it reject.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Budget } from '../check/budget.ts';
import { type CampaignReport, campaign } from '../check/campaign.ts';
import type { Run } from '../check/hunt.ts';
import type { Contract } from '../contract/contract.ts';
import { OperatingError } from '../contract/operating-error.ts';
import { verdictJson } from '../report/json.ts';
import { Outside } from '../report/reproducer-c-outside.ts';
import { counted } from '../report/sentence.ts';
import { createNativeTarget, type NativeOptions, type NativeTarget } from '../target/native.ts';
import { findSources } from '../target/native-sources.ts';
import { openSandbox, type SandboxWish } from '../target/sandbox.ts';
import { blankOf } from './blank.ts';
import type { GradedState, GradedSubmission } from './graded.ts';
import { type Intake, takeIn } from './intake.ts';
import type { Rubric } from './rubric.ts';
import { studentPage } from './student-page.ts';
import { studentText } from './student-text.ts';
import type { Submission } from './submission.ts';
import { testify } from './testify.ts';
import { weigh } from './weigh.ts';

/** The same for the whole class. */
export interface GradeSettings {
  readonly contract: Contract;
  readonly rubric: Rubric;
  readonly seed: string;
  readonly budget: Budget;
  /** As it was asked for: `2000runs`. */
  readonly budgetText: string;
  /** Traces tried to make that of a finding shorter: marks do not need the shortest. */
  readonly shrinkTries: number;
  readonly cflags: readonly string[];
  readonly header: number | undefined;
  readonly sandbox: SandboxWish;
  /** The options that choose the same target in another command. */
  readonly repeated: readonly string[];
}

export interface GradeJob {
  readonly submission: Submission;
  readonly settings: GradeSettings;
  /** A folder of this submission alone; it is removed by whoever gave it. */
  readonly folder: string;
}

/** What is kept of it. */
export interface GradeOutcome {
  readonly graded: GradedSubmission;
  /** Of all bytes that were handed in, whatever the files are called; empty where nothing could be read. */
  readonly hash: string;
  readonly text: string;
  /** The findings, drawn; null where there is none. */
  readonly html: string | null;
  /** C programs, by number of finding; null where a finding has none. */
  readonly programs: readonly (string | null)[];
}

/** CPU time of one call in milliseconds, while hunting and where a finding is repeated. */
const CALL_LIMIT_MS = 150;
const PATIENT_LIMIT_MS = 2000;

/** How often one symptom is looked into, where several defects may have the same. */
const LOOKS = 12;
/** One run in so many may hang, but always a few: each takes as long as a thousand others. */
const RUNS_PER_HANG = 50;
const LEAST_HANGS = 4;
const MOST_HANGS = 32;
/** A process that is gone costs the start of another within the walls: a quarter of a hang. */
const LOST_PER_HANG = 4;

// What exactly was seen differs from run to run, as the patterns do: a reason has to be the same each time.
const FORGED = 'what it reports of itself is not so, which somebody has to look at';
/** bubblewrap's own complaint: nothing of the submission has been run. */
const WALLS = /^\s*bwrap: /m;
/** … and the compiler's, which may quote anything. */
const COMPILER = / error: /;
const UNSTEADY = 'it goes otherwise when it is watched';

/** gcc's own temporary files and the driver, as the linker names them. */
const OBJECT = /\S*\/(?:cc\w{6}\.(?:ltrans\d*\.)?o|native\/[0-9a-f]+\/driver\.o)\b/g;

/** `known` traces are run before anything new. An aborted signal makes it undecided. */
export async function gradeOne(
  job: GradeJob,
  known: readonly Run[],
  signal: AbortSignal,
): Promise<GradeOutcome> {
  const { submission, settings } = job;
  const started = performance.now();
  const sources = join(job.folder, 'in');
  const blank = blankOf(submission, settings);
  const without = (state: GradedState, reason: string, hash = ''): GradeOutcome => {
    const marks = state === 'does-not-build' ? 0 : null;
    const isolation = hash === '' ? 'none' : openSandbox(settings.sandbox).level;
    const elapsedMs = Math.round(performance.now() - started);
    const graded = { ...blank, state, reason, marks, isolation, elapsedMs };
    return relative({ graded, hash, text: studentText(graded), html: null, programs: [] }, sources);
  };
  if (submission.kind === 'none') return without('refused', submission.refused);
  let intake: Intake;
  try {
    mkdirSync(sources, { recursive: true });
    intake = await takeIn(submission, sources);
    findSources([sources]);
  } catch (error) {
    return without('refused', messageOf(error));
  }
  let target: NativeTarget;
  const open = (cpuLimitMs: number, isolation?: 'fork') =>
    targetOf(job, sources, { cpuLimitMs, signal, ...(isolation ? { isolation } : {}) });
  try {
    target = await open(CALL_LIMIT_MS);
  } catch (error) {
    const reason = messageOf(error);
    if (signal.aborted) return without('undecided', 'stopped while it was built', intake.hash);
    const isOurs = WALLS.test(reason.replace(': "bwrap: ', '\nbwrap: ')) && !COMPILER.test(reason);
    const state = isOurs ? 'undecided' : 'does-not-build';
    return without(state, reason, intake.hash);
  }
  try {
    const report = await hunted(job, target, sources, known, signal, open);
    if (signal.aborted) return without('undecided', cutText(report), intake.hash);
    const { kind } = await testify(target, settings.seed, () => open(CALL_LIMIT_MS, 'fork'));
    if (signal.aborted) return without('undecided', cutText(report), intake.hash);
    if (kind === 'forged') return without('refused', FORGED, intake.hash);
    if (kind === 'unlike' && !isDamaged(report)) return without('undecided', UNSTEADY, intake.hash);
    const outcome = await written(job, target, report, intake, blank);
    return relative(outcome, sources);
  } finally {
    await target.close();
  }
}

function targetOf(
  { submission, settings }: GradeJob,
  sources: string,
  manner: Pick<NativeOptions, 'cpuLimitMs' | 'signal' | 'isolation'>,
): Promise<NativeTarget> {
  const { contract, cflags, header, sandbox } = settings;
  return createNativeTarget({
    files: [sources],
    contract,
    name: submission.id,
    cflags,
    sandbox,
    ...manner,
    ...(header === undefined ? {} : { header }),
  });
}

async function hunted(
  { settings }: GradeJob,
  target: NativeTarget,
  sources: string,
  known: readonly Run[],
  signal: AbortSignal,
  open: (cpuLimitMs: number) => Promise<NativeTarget>,
): Promise<CampaignReport> {
  const { seed, budget, shrinkTries, header, cflags, sandbox } = settings;
  const outside = new Outside({ files: [sources], cflags, sandbox, signal }, target.contract);
  const hangs = hangsFor(budget);
  try {
    return await campaign({
      target,
      seed,
      budget,
      known,
      header,
      signal,
      shrinkTries,
      bounds: { looks: LOOKS, hangs, lost: LOST_PER_HANG * hangs },
      fresh: () => open(PATIENT_LIMIT_MS),
      outside: outside.show,
    });
  } finally {
    outside.close();
  }
}

/** By the budget alone: marks must not depend on time. */
function hangsFor(budget: Budget): number {
  const runs = budget.kind === 'runs' ? budget.runs : Infinity;
  return Math.min(Math.max(LEAST_HANGS, Math.ceil(runs / RUNS_PER_HANG)), MOST_HANGS);
}

async function written(
  { submission, settings }: GradeJob,
  target: NativeTarget,
  report: CampaignReport,
  intake: Intake,
  blank: GradedSubmission,
): Promise<GradeOutcome> {
  const { runs, ops, elapsedMs } = verdictJson(report);
  const isUnsure = report.verdict === 'unknown';
  const { findings } = report;
  const base = { ...blank, isolation: target.sandboxLevel, runs, ops, elapsedMs };
  const graded: GradedSubmission = isUnsure
    ? { ...base, state: 'undecided', reason: unsureText(report) }
    : {
        ...base,
        ...weigh(settings.rubric, findings, report.judged),
        state: 'graded',
        findings: verdictJson(report).findings,
      };
  const again = ['--target', submission.id, ...settings.repeated];
  return {
    graded,
    hash: intake.hash,
    text: studentText(graded, { report, contract: target.contract, again, intake }),
    html: await studentPage(target, report, graded, again, settings.header),
    programs: findings.map(({ reproducer }) => reproducer?.source ?? null),
  };
}

/** Whether it was found to do what may come out otherwise when it is watched. Who admits to a block at the wrong place
 * alone has no such excuse. */
function isDamaged({ findings }: CampaignReport): boolean {
  return findings.some(({ violation: { tier } }) => tier === 'safety' || tier === 'structure');
}

function cutText({ runs, findings }: CampaignReport): string {
  const found = findings.length === 0 ? 'nothing' : counted(findings.length, 'finding');
  return `stopped after ${counted(runs, 'run')}, with ${found} by then`;
}

function unsureText({ flaky }: CampaignReport): string {
  const [first] = flaky;
  return first === undefined
    ? 'cut short with nothing decided'
    : `what was seen did not repeat every time it was run again: ${first.violation.says}`;
}

/** Where the files lay for the time being is nobody's business, and another place each time. */
function relative(outcome: GradeOutcome, folder: string): GradeOutcome {
  const inside = (value: unknown): unknown => {
    if (typeof value === 'string')
      return value
        .replaceAll(`${folder}/`, '')
        .replaceAll(folder, '.')
        .replaceAll(OBJECT, 'object');
    if (Array.isArray(value)) return value.map(inside);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inside(each)]));
  };
  return inside(outcome) as GradeOutcome;
}

function messageOf(error: unknown): string {
  if (error instanceof OperatingError) return error.message;
  throw error;
}
