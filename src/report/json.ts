// The verdict for machines. Stable and versioned: fields are added, never renamed, and a change of meaning
// is a new schema number.

import type { CampaignReport } from '../check/campaign.ts';
import type { CoverageReport } from '../check/coverage.ts';
import type { Finding, Other, Where } from '../check/finding.ts';
import type { Symbols, Tier } from '../contract/contract.ts';
import type { Difference } from '../oracle/record.ts';
import type { InvariantName, Verdict } from '../oracle/violation.ts';
import { formatTrace } from '../trace/notation.ts';
import { type Explanation, explain } from './explain.ts';

export interface VerdictJson {
  readonly schema: 'allocheck/verdict@1';
  readonly target: string;
  readonly contract: string;
  readonly seed: string;
  readonly verdict: Verdict;
  readonly runs: number;
  /** Calls made and judged. */
  readonly ops: number;
  readonly elapsedMs: number;
  readonly findings: readonly FindingJson[];
  /** What was seen and did not repeat every time: no failure. Absent where all repeats. */
  readonly flaky?: readonly FindingJson[];
  /** Of a replayed record: the calls that went otherwise, in order. Absent where none did: then it passed,
   * whatever the findings say. */
  readonly differences?: readonly Difference[];
  /** What the new runs covered, and the chance (between 0 and 1; null where nothing was run) that one more shows
   * something new. Absent where nothing was generated. */
  readonly coverage?: CoverageReport;
}

export interface AlsoJson {
  readonly invariant: InvariantName;
  readonly tier: Tier;
  readonly says: string;
  /** The shortest that shows it, where it is another. */
  readonly trace?: string;
}

export interface FindingJson {
  readonly invariant: InvariantName;
  readonly tier: Tier;
  readonly says: string;
  /** In the notation, one op a line. */
  readonly trace: string;
  readonly ops: number;
  readonly originalOps: number;
  /** Index of the op, in `trace`, at which it is seen. */
  readonly step: number;
  /** C source that shows the defect without this tool, or null. */
  readonly reproducer: string | null;
  /** Whether that program fails, compiled with the target's files and run without the driver; absent where
   * there is none, and where there was no time to try. */
  readonly reproduced?: boolean;
  /** What else the same defect breaks, each seen by a trace of its own; absent where nothing was seen. */
  readonly also?: readonly AlsoJson[];
  /** The finding in full, for people; absent where the names of the functions were not told. */
  readonly explanation?: Explanation;
  /** Lines of the target's source that did it; absent where they are not known. */
  readonly where?: Where;
  /** In how many of how many fresh processes it was seen again; absent where that makes no difference; of 0:
   * there was no time. */
  readonly repeats?: { readonly seen: number; readonly of: number };
}

/** What replay knows of a trace (corpus/replay.ts, which is a floor below). */
export interface ReplayedTrace {
  readonly name: string;
  readonly target: string;
  readonly contract: string;
  /** Absent: one. */
  readonly runs?: number;
  readonly ops: number;
  readonly elapsedMs: number;
  readonly symbols?: Symbols;
  readonly findings: readonly Finding[];
  /** A record of the course is held to its differences alone. */
  readonly byRecord?: boolean;
  readonly differences: readonly Difference[];
}

export function verdictJson(report: CampaignReport): VerdictJson {
  return {
    schema: 'allocheck/verdict@1',
    target: report.target,
    contract: report.contract,
    seed: report.seed,
    verdict: report.verdict,
    runs: report.runs,
    ops: report.ops,
    elapsedMs: Math.round(report.elapsedMs),
    findings: report.findings.map((each) => findingJson(each, report.symbols)),
    ...(report.flaky.length === 0
      ? {}
      : { flaky: report.flaky.map((each) => findingJson(each, report.symbols)) }),
    ...(report.coverage === undefined ? {} : { coverage: report.coverage }),
  };
}

/**
 * A replayed trace: what was seen of the target; whether that was expected is in the exit code. For a record of
 * the course, the verdict is that of the course's checker: the calls went as recorded, or not.
 */
export function replayJson(replayed: ReplayedTrace): VerdictJson {
  const { findings, differences, byRecord, name } = replayed;
  return {
    schema: 'allocheck/verdict@1',
    target: replayed.target,
    contract: replayed.contract,
    seed: name,
    verdict: differences.length > 0 || (findings.length > 0 && !byRecord) ? 'failed' : 'passed',
    runs: replayed.runs ?? 1,
    ops: replayed.ops,
    elapsedMs: Math.round(replayed.elapsedMs),
    findings: findings.map((each) => findingJson(each, replayed.symbols)),
    ...(differences.length === 0 ? {} : { differences }),
  };
}

/** One verdict is one object, several are an array; with a final newline. */
export function jsonText(verdicts: readonly VerdictJson[]): string {
  return `${JSON.stringify(verdicts.length === 1 ? verdicts[0] : verdicts, null, 2)}\n`;
}

function alsoJson({ invariant, tier, says, trace }: Other): AlsoJson {
  return { invariant, tier, says, ...(trace === undefined ? {} : { trace: formatTrace(trace) }) };
}

export function findingJson(finding: Finding, symbols: Symbols | undefined): FindingJson {
  const { reproducer, repeats, also, where } = finding;
  return {
    invariant: finding.violation.invariant,
    tier: finding.violation.tier,
    says: finding.violation.says,
    trace: formatTrace(finding.trace),
    ops: finding.trace.length,
    originalOps: finding.originalOps,
    step: finding.violation.step,
    reproducer: reproducer?.source ?? null,
    ...(also === undefined ? {} : { also: also.map(alsoJson) }),
    ...(reproducer?.reproduced === undefined ? {} : { reproduced: reproducer.reproduced }),
    ...(symbols === undefined ? {} : { explanation: explain(finding, { symbols }) }),
    ...(where === undefined ? {} : { where }),
    ...(repeats === undefined ? {} : { repeats }),
  };
}
