// What one target (of a check) or one trace (of a replay) came to, as a CI wants to be told it: what failed, in
// a few words and in all of them, and where. JUnit, SARIF and GitHub are functions of this.

import type { CampaignReport } from '../check/campaign.ts';
import type { Finding } from '../check/finding.ts';
import { causeOf } from '../check/finding.ts';
import type { Tier } from '../contract/contract.ts';
import type { Difference } from '../oracle/record.ts';
import type { InvariantName, Verdict } from '../oracle/violation.ts';
import type { SourceLine } from '../target/target.ts';
import type { ReplayedTrace } from './json.ts';
import { quoted, replayCommand } from './replay-command.ts';
import {
  crashedAt,
  definitionOf,
  functionOf,
  type SourcePlace,
  type SourceText,
} from './source-place.ts';
import { differenceLines, findingLines, type ReportContext, verdictLine } from './text.ts';

export interface Outcome {
  /** The target, or the trace: unique where a report has several. */
  readonly name: string;
  readonly target: string;
  readonly contract: string;
  readonly seed: string;
  readonly verdict: Verdict;
  /** The verdict in one line. */
  readonly says: string;
  readonly elapsedMs: number;
  /** How often each invariant was judged; empty for a trace, which is one case. */
  readonly judged: ReadonlyMap<InvariantName, number>;
  readonly failures: readonly Failure[];
  /** What was seen, and did not repeat every time. */
  readonly flaky: readonly Failure[];
}

export interface Failure {
  /** `record`: a record of the course went otherwise. */
  readonly rule: InvariantName | 'record';
  readonly tier: Tier;
  /** Stable from run to run: `disjointness in realloc: overlap`. */
  readonly title: string;
  /** The same for machines: invariant, kind of operation, cause. */
  readonly key: string;
  /** One sentence. */
  readonly says: string;
  /** All of it, line by line. */
  readonly lines: readonly string[];
  readonly replay: string;
  /** The C function that was called; undefined where none was, or many. */
  readonly called: string | undefined;
  /** The line that crashed, or else the definition of `called`; undefined where no C file shows either. */
  readonly place: SourcePlace | undefined;
}

export interface OutcomeContext extends ReportContext {
  /** The C files of the target; none where it is not in C. */
  readonly sources: readonly SourceText[];
  /** What `crashLines` knows of the findings. */
  readonly crashes: ReadonlyMap<Finding, readonly SourceLine[]>;
}

export function checkOutcome(report: CampaignReport, context: OutcomeContext): Outcome {
  const { target, contract, seed, verdict, elapsedMs, judged, findings, flaky } = report;
  return {
    name: target,
    target,
    contract,
    seed,
    verdict,
    says: verdictLine(report),
    elapsedMs,
    judged,
    failures: findings.map((finding, at) => failureOf(finding, at + 1, context)),
    flaky: flaky.map((finding, at) => failureOf(finding, findings.length + at + 1, context)),
  };
}

/** What was recorded as failing and does fail is no failure; what was broken off is not decided. */
export interface HeldTrace extends ReplayedTrace {
  readonly held: boolean;
  readonly cutShort: boolean;
  readonly outcome: string;
}

export function replayOutcome(replayed: HeldTrace, context: OutcomeContext): Outcome {
  const { name, target, contract, held, cutShort, elapsedMs, findings, differences } = replayed;
  const failures: Failure[] = [];
  if (!held && !cutShort) {
    if (differences[0] !== undefined) failures.push(differing(differences[0], replayed, context));
    else failures.push(...findings.map((finding, at) => failureOf(finding, at + 1, context)));
    if (failures.length === 0) failures.push(otherwise(replayed, context));
  }
  return {
    name,
    target,
    contract,
    seed: name,
    verdict: cutShort ? 'unknown' : held ? 'passed' : 'failed',
    says: `${name} on ${target}: ${replayed.outcome}`,
    elapsedMs,
    judged: new Map(),
    failures,
    flaky: [],
  };
}

function failureOf(finding: Finding, number: number, context: OutcomeContext): Failure {
  const { violation, trace } = finding;
  const { invariant, tier, opKind, cause, says, step } = violation;
  const op = trace[step];
  const called = op === undefined ? undefined : functionOf(op, context.contract.symbols);
  const crashed = crashedAt(context.crashes.get(finding) ?? [], context.sources);
  return {
    rule: invariant,
    tier,
    title: `${invariant} in ${opKind}: ${cause}`,
    key: causeOf(violation),
    says,
    lines: findingLines(finding, number, context),
    replay: replayCommand(finding, context.targetArguments),
    called,
    place: crashed ?? (called === undefined ? undefined : definitionOf(called, context.sources)),
  };
}

/** `in os_realloc`, `in os_realloc, which crashed in unlink_block`; nothing where no function was called. */
export function whereabouts({ called, place }: Failure): string {
  if (called === undefined) return '';
  if (place?.crashed !== true) return `in ${called}`;
  const { path, line, name } = place;
  return `in ${called}, crashed at ${path}:${line}${name === called ? '' : ` in ${name}`}`;
}

function differing(
  first: Difference,
  { name, differences }: HeldTrace,
  context: OutcomeContext,
): Failure {
  const { line, expected, actual } = first;
  return {
    ...recordFailure(name, context),
    says: `line ${line} of ${name}: expected ${expected}, but got ${actual}`,
    lines: differenceLines(differences),
  };
}

/** It was recorded as failing, and passed. */
function otherwise({ name, target, outcome }: HeldTrace, context: OutcomeContext): Failure {
  return {
    ...recordFailure(name, context),
    says: `${name} on ${target}: ${outcome}`,
    lines: [`${name} on ${target}: ${outcome}`],
  };
}

function recordFailure(
  name: string,
  { targetArguments }: OutcomeContext,
): Omit<Failure, 'says' | 'lines'> {
  return {
    rule: 'record',
    tier: 'policy',
    title: 'not as recorded',
    key: `record/${name}`,
    replay: ['allocheck', 'replay', ...[...targetArguments, name].map(quoted)].join(' '),
    called: undefined,
    place: undefined,
  };
}
