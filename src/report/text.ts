// The report for people: verdict first, then each finding with all that is needed to believe and repeat
// it. Plain text, so that it reads the same in a terminal, a log and a mail.

import type { CampaignReport } from '../check/campaign.ts';
import type { Census } from '../check/census.ts';
import type { Finding } from '../check/finding.ts';
import type { Contract } from '../contract/contract.ts';
import type { Difference } from '../oracle/record.ts';
import { formatTrace } from '../trace/notation.ts';
import type { Trace } from '../trace/trace.ts';
import { aligned, blockLines } from './blocks.ts';
import { coverageLines } from './coverage-text.ts';
import { whyLines } from './explain.ts';
import { literalTrace, replayCommand } from './replay-command.ts';
import { callsOf, counted, duration, grouped, wrapped } from './sentence.ts';

/** Ops of a trace that are printed; the rest is in the replay command, the JSON, or the corpus. */
const MOST_OPS = 60;
const MOST_DIFFERENCES = 5;
/** Where nothing establishes that they are one. */
const BEGIN =
  'Begin with 1, the worst: one defect is often seen in several ways. Mend it, and check again.';

export interface ReportContext {
  readonly contract: Contract;
  /** The arguments that choose this target again: `--target osmem.c --cflags …`. */
  readonly targetArguments: readonly string[];
}

/** The line that comes before everything else, and before the hunt. */
export function seedLine(seed: string): string {
  return `seed ${seed}\n`;
}

/** The whole report of one campaign, ending in a newline. */
export function reportText(report: CampaignReport, context: ReportContext): string {
  const lines = [verdictLine(report), ...figureLines(report)];
  if (report.findings.length > 1) lines.push('', BEGIN);
  for (const [at, finding] of report.findings.entries()) {
    lines.push('', ...findingLines(finding, at + 1, context));
  }
  for (const [at, finding] of report.flaky.entries()) {
    lines.push('', ...findingLines(finding, report.findings.length + at + 1, context));
  }
  if (report.census !== undefined) lines.push('', ...censusLines(report, report.census));
  return `${lines.join('\n')}\n`;
}

/** `osmem.c: FAILED, 3 findings`: all that `--quiet` leaves. */
export function verdictLine(report: CampaignReport): string {
  const found = report.findings.length;
  switch (report.verdict) {
    case 'passed':
      return `${report.target}: PASSED, no violation of ${report.contract}`;
    case 'failed':
      return `${report.target}: FAILED, ${counted(found, 'finding')} against ${report.contract}`;
    case 'unknown':
      return `${report.target}: UNKNOWN, ${doubtOf(report)}`;
  }
}

function doubtOf({ flaky }: CampaignReport): string {
  if (flaky.length === 0) return 'cut short with nothing found';
  if (flaky.every(({ repeats }) => repeats?.of === 0)) {
    return `${counted(flaky.length, 'suspicion')}: seen, and no time was left to see it again`;
  }
  return `${counted(flaky.length, 'flaky finding')}: seen, but not each time it was run again`;
}

/** One finding, numbered, without a final newline. */
export function findingLines(finding: Finding, number: number, context: ReportContext): string[] {
  const { violation, trace } = finding;
  const lines = [
    `${number}. ${violation.tier}: ${violation.invariant}`,
    `   ${violation.says}`,
    `   The contract: ${violation.clause}.`,
    ...whyLines(finding).map((line) => `   ${line}`),
    ...alsoLines(finding).map((line) => `   ${line}`),
    `   Seen at op ${violation.step + 1}; ${shrinkText(finding)}.`,
    ...repeatLines(finding),
    '',
    ...traceLines(trace, violation.step, context.contract).map((line) => `   ${line}`),
  ];
  const blocks = blockLines(finding.before, finding.after);
  if (blocks.length > 0) lines.push('', ...blocks.map((line) => `   ${line}`));
  lines.push('', '   Replay:', `     ${replayCommand(finding, context.targetArguments)}`);
  return lines;
}

/** What the same defect breaks beside; by a trace of its own, unless it is the one that is told. */
function alsoLines({ also = [], trace }: Finding): string[] {
  const own = literalTrace(trace);
  return also.flatMap(({ invariant, says, trace: other }) => {
    const shown = other === undefined ? own : literalTrace(other);
    const isShort = other !== undefined && other.length <= MOST_OPS && shown !== own;
    return [`Also ${invariant}: ${says}`, ...(isShort ? [`  by '${shown}'`] : [])];
  });
}

/** Whether it is seen each time, and without this tool. */
function repeatLines({ repeats, reproducer }: Finding): string[] {
  const lines: string[] = [];
  if (repeats?.of === 0) lines.push('   Not run again in a fresh process: the time was up.');
  if (repeats !== undefined && repeats.seen < repeats.of) {
    const { seen, of } = repeats;
    lines.push(
      `   FLAKY: seen again in ${seen} of ${counted(of, 'run')}, each in a fresh process.`,
    );
  }
  if (reproducer !== undefined && reproducer.reproduced === undefined) {
    const why = reproducer.says;
    lines.push(
      `   Reproduced outside the driver: not tried, ${why} (--corpus DIR keeps the C program).`,
    );
  } else if (reproducer !== undefined) {
    const answer = reproducer.reproduced ? 'yes' : 'no';
    const says = reproducer.says === '' ? 'it ran to its end' : reproducer.says;
    lines.push(
      `   Reproduced outside the driver: ${answer} (by a C program, which --corpus DIR keeps: ${says}).`,
    );
  }
  return lines;
}

/** Where a run parts from the course's record: the first few calls, both sides one below the other. */
export function differenceLines(differences: readonly Difference[]): string[] {
  const lines = differences
    .slice(0, MOST_DIFFERENCES)
    .flatMap(({ line, call, expected, actual }) => [
      `  line ${line}: ${call.trim().replace(/\s{2,}/g, '  ')}`,
      `    expected ${expected}`,
      `    actual   ${actual}`,
    ]);
  const rest = differences.length - MOST_DIFFERENCES;
  return rest > 0 ? [...lines, `  and ${counted(rest, 'more line')}`] : lines;
}

/** `212 -> 5 ops in 640 tries`. */
export function shrinkText({ originalOps, trace, tries }: Finding): string {
  const ops = counted(trace.length, 'op');
  if (tries === 0) return `${ops}, not shrunk`;
  return `${originalOps} -> ${ops} in ${tries === 1 ? '1 try' : `${grouped(tries)} tries`}`;
}

/** One op a line, the C call beside it, the violating one marked. */
export function traceLines(trace: Trace, step: number, contract: Contract): string[] {
  const ops = formatTrace(trace).trimEnd().split('\n');
  const from =
    trace.length > MOST_OPS ? Math.max(0, Math.min(step + 2, trace.length) - MOST_OPS) : 0;
  const rows = callsOf(trace, contract)
    .map((call, at) => [`${at === step ? '>' : ' '} ${ops[at]}`, `# ${call}`])
    .slice(from, from + MOST_OPS);
  const lines = aligned(rows);
  if (from > 0) lines.unshift(`  # ${counted(from, 'op')} before`);
  const rest = trace.length - from - rows.length;
  if (rest > 0) lines.push(`  # ${counted(rest, 'op')} after`);
  return lines;
}

/** How traces were kept from each other, where that is not as usual. */
const ISOLATIONS = {
  snapshot: '',
  fork: 'a process for each trace: no snapshot reaches all that the target keeps',
  shared: 'one process for many traces: what is live at the end of one is freed before the next',
} as const;

function figureLines(report: CampaignReport): string[] {
  const all = report.ops + report.skipped;
  const skipped = all === 0 ? 0 : Math.round((100 * report.skipped) / all);
  const runs = counted(report.runs, 'run');
  const known = report.replayed > 0 ? ` after ${counted(report.replayed, 'known trace')}` : '';
  const calls = counted(report.ops, 'call');
  const lines = [
    `${runs}${known}, ${calls} judged in ${duration(report.elapsedMs)}; ${skipped}% of ops skipped`,
  ];
  const judged = [...report.judged].map(([name, times]) => `${name} ${grouped(times)}`);
  if (judged.length > 0) lines.push(...wrapped(`judged: ${judged.join(', ')}`, 100));
  const isolation = ISOLATIONS[report.isolation ?? 'snapshot'];
  if (report.coverage !== undefined) lines.push(...coverageLines(report.coverage));
  if (isolation !== '') lines.push(isolation);
  if (report.cutShort && report.runs > 0) lines.push('cut short: stopped, or too many calls hung');
  else if (report.cutShort) lines.push('cut short: stopped, or no time for anything new');
  return lines;
}

function censusLines(report: CampaignReport, census: Census): string[] {
  const seconds = report.elapsedMs / 1000;
  const share = census.peakHeap === 0 ? 0 : (100 * census.peakLive) / census.peakHeap;
  return aligned([
    ['ops/s', grouped(seconds > 0 ? report.ops / seconds : 0)],
    ['heap at its peak', `${grouped(census.peakHeap)} bytes`],
    ['live of that', `${grouped(census.peakLive)} bytes (${share.toFixed(0)}%)`],
    ['splits', grouped(census.splits)],
    ['merges', grouped(census.merges)],
    ['moves', grouped(census.moves)],
    ['syscalls', grouped(census.syscalls)],
  ]);
}
