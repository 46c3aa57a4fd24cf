// The gradebook of a class as CSV (RFC 4180, UTF-8), for spreadsheets: a row a submission, a column a tier and a
// line of the rubric. A text that a spreadsheet would take for a formula (it starts with = + - or @, also behind a
// semicolon, which half of Europe's spreadsheets take for the separator) is kept a text by an apostrophe; numbers
// are numbers.

import { stringify } from 'csv-stringify/sync';
import type { GradedSubmission } from './graded.ts';
import { line, rounded } from './telling.ts';

type Cell = string | number;

/** With a header line. The submissions have one rubric; those that were not judged leave its cells empty. */
export function gradebookCsv(submissions: readonly GradedSubmission[]): string {
  const judged = submissions.find(({ tests }) => tests.length > 0);
  const tiers = judged?.tiers.map(({ tier }) => tier) ?? [];
  const tests = judged?.tests.map(({ invariant }) => invariant) ?? [];
  const header = [...FIRST, ...tiers.map((tier) => `tier ${tier}`), ...tests, ...LAST];
  const rows = submissions.map((submission) => [
    ...firstOf(submission),
    ...tiers.map((name) => marksOf(submission.tiers.find(({ tier }) => tier === name))),
    ...tests.map((name) => marksOf(submission.tests.find(({ invariant }) => invariant === name))),
    ...lastOf(submission),
  ]);
  return stringify([header, ...rows], { escape_formulas: true, record_delimiter: 'windows' });
}

const FIRST = ['id', 'name', 'state', 'marks', 'maximum', 'findings'];
const LAST = ['reason', 'isolation', 'contract', 'seed', 'budget', 'runs', 'calls', 'seconds'];

function firstOf(submission: GradedSubmission): Cell[] {
  const { id, name, state, marks, maximum, findings } = submission;
  const total = marks === null ? '' : rounded(marks);
  return [text(id), text(name), state, total, rounded(maximum), findings.length];
}

function lastOf(submission: GradedSubmission): Cell[] {
  const { reason, isolation, contract, seed, budget, runs, ops, elapsedMs } = submission;
  const seconds = Math.round(elapsedMs / 100) / 10;
  const texts = [reason ?? '', isolation, contract, seed, budget].map(text);
  return [...texts, runs, ops, seconds];
}

/** csv-stringify sees to the start of a cell. */
function text(from: string): string {
  return line(from).replaceAll(/;(?=\s*[=+@-])/g, ";'");
}

function marksOf(found: { readonly marks: number } | undefined): Cell {
  return found === undefined ? '' : rounded(found.marks);
}
