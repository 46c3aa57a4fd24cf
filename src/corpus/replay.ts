// Replay: a trace is run and held to what is recorded of it: the verdict in its header, or, for a record of
// the course's checker, every result and syscall. Where nothing is recorded, no violation may be seen.

import { diagnosed } from '../check/diagnose.ts';
import { examine } from '../check/examine.ts';
import type { Finding } from '../check/finding.ts';
import { Hunter, type JudgeOptions } from '../check/hunt.ts';
import { type Reproducing, withReproducer } from '../check/reproduce.ts';
import type { Symbols } from '../contract/contract.ts';
import { compareWithRecord, type Difference } from '../oracle/record.ts';
import { keepStep, type Step } from '../target/execution.ts';
import type { Target } from '../target/target.ts';
import type { CourseRecord } from '../trace/course-record.ts';
import type { TraceFile } from '../trace/trace-file.ts';
import { recordOf } from './entry.ts';

export interface Replayed {
  readonly name: string;
  readonly target: string;
  readonly contract: string;
  /** Whether it went as recorded. */
  readonly held: boolean;
  /** Whether it was broken off before anything was found: then it did not go as recorded, nor otherwise. */
  readonly cutShort: boolean;
  /** `equal to the record`, `failed as recorded (placement)`, … in a few words. */
  readonly outcome: string;
  /** Absent: one. */
  readonly runs?: number;
  /** Calls made. */
  readonly ops: number;
  /** The names of the functions under test. */
  readonly symbols: Symbols;
  readonly findings: readonly Finding[];
  /** Whether it was held to a record of the course, and to nothing else. */
  readonly byRecord: boolean;
  /** Where the run and the course's record part; empty if there is no record. */
  readonly differences: readonly Difference[];
  readonly elapsedMs: number;
}

export interface ReplayOptions extends JudgeOptions, Pick<Reproducing, 'outside'> {
  /** The signal that stops the target, too. */
  readonly signal?: AbortSignal | undefined;
}

/** Rejects as `Target.execute` does. */
export async function replay(
  target: Target,
  file: TraceFile,
  name: string,
  options: ReplayOptions = {},
): Promise<Replayed> {
  const started = performance.now();
  const hunter = new Hunter(target, options);
  const seen = await examine(hunter, { seed: name, trace: file.trace });
  const findings: Finding[] = [];
  for (const each of seen) {
    const finding = await diagnosed(target, each, options);
    findings.push(await withReproducer(finding, options));
  }
  const differences = file.record ? await differencesFrom(target, file.record) : [];
  const cutShort = options.signal?.aborted === true && findings.length === 0;
  return {
    name,
    target: target.name,
    contract: target.contract.name,
    cutShort,
    ...(cutShort ? CUT_SHORT : outcomeOf(file, target.name, findings, differences)),
    ops: hunter.watch.calls,
    symbols: target.contract.symbols,
    findings,
    // What was not run any more is no difference.
    byRecord: file.record !== undefined,
    differences: cutShort ? [] : differences,
    elapsedMs: performance.now() - started,
  };
}

const CUT_SHORT = { held: false, outcome: 'cut short with nothing found' };

async function differencesFrom(target: Target, record: CourseRecord): Promise<Difference[]> {
  const steps: Step[] = [];
  let heapStart = 0;
  await target.execute([record.trace], 'forgiving', {
    begin: (_trace, beginning) => {
      heapStart = beginning.heapStart;
    },
    step: (step) => steps.push(keepStep(step)) > 0,
    end: () => {},
  });
  return compareWithRecord(record, steps, heapStart);
}

function outcomeOf(
  file: TraceFile,
  target: string,
  findings: readonly Finding[],
  differences: readonly Difference[],
): { held: boolean; outcome: string } {
  if (file.record !== undefined) return againstCourse(findings, differences[0]);
  const record = recordOf(file);
  const applies = record.target === undefined || record.target === target;
  if (applies && record.verdict === 'failed') return againstFailed(record.invariants, findings);
  if (findings.length > 0) return { held: false, outcome: `failed: ${namesOf(findings)}` };
  return { held: true, outcome: 'passed' };
}

/** The verdict of the course's checker, which compares and judges nothing; what we saw stands beside it. */
function againstCourse(
  findings: readonly Finding[],
  first: Difference | undefined,
): { held: boolean; outcome: string } {
  if (first !== undefined) {
    const what = `line ${first.line}: expected ${first.expected}, but got ${first.actual}`;
    return { held: false, outcome: `differs from the record at ${what}` };
  }
  const though = findings.length > 0 ? `, though it violates ${namesOf(findings)}` : '';
  return { held: true, outcome: `equal to the record${though}` };
}

function againstFailed(
  invariants: readonly string[],
  findings: readonly Finding[],
): { held: boolean; outcome: string } {
  const expected = invariants.length > 0 ? ` (${invariants.join(', ')})` : '';
  const seen = findings.map((finding) => finding.violation.invariant);
  const held = invariants.length === 0 ? seen.length > 0 : seen.some((n) => invariants.includes(n));
  if (held) return { held, outcome: `failed as recorded${expected}` };
  const instead = seen.length > 0 ? `failed: ${namesOf(findings)}` : 'passed';
  return { held, outcome: `recorded as failed${expected}, but ${instead}` };
}

function namesOf(findings: readonly Finding[]): string {
  return [...new Set(findings.map((finding) => finding.violation.invariant))].join(', ');
}
