// What a student reads: the marks line by line, then each finding with all that is needed to repeat it.

import type { CampaignReport } from '../check/campaign.ts';
import type { Contract } from '../contract/contract.ts';
import { visible } from '../report/plain.ts';
import { findingLines } from '../report/text.ts';
import type { GradedSubmission, GradedTest } from './graded.ts';
import type { Intake } from './intake.ts';

export interface Seen {
  readonly report: CampaignReport;
  readonly contract: Contract;
  /** The arguments that choose this submission in another command. */
  readonly again: readonly string[];
  readonly intake: Intake;
}

/** Ends in a newline. `seen` is absent where nothing was run. */
export function studentText(graded: GradedSubmission, seen?: Seen): string {
  const lines = [marksLine(graded)];
  if (graded.reason !== null) {
    lines.push('', ...graded.reason.split('\n').map((line) => `  ${visible(line)}`));
  }
  if (graded.tests.length > 0) lines.push('', ...graded.tests.map(testLine));
  if (seen !== undefined) lines.push('', ...findingTexts(seen));
  const { contract, seed, budget, isolation } = graded;
  lines.push('', `contract ${contract}, seed ${seed}, budget ${budget}, isolation ${isolation}`);
  return `${lines.join('\n')}\n`;
}

/** `ana: 88 of 100`. */
export function marksLine({ name, state, marks, maximum }: GradedSubmission): string {
  const shown = visible(name);
  switch (state) {
    case 'graded':
      return `${shown}: ${marks} of ${maximum}`;
    case 'does-not-build':
      return `${shown}: ${marks} of ${maximum}, it does not build`;
    case 'undecided':
      return `${shown}: undecided, no marks yet`;
    case 'refused':
      return `${shown}: not graded`;
  }
}

/** `- 0/12  termination  Every call returns…  (finding 1)`. */
function testLine(test: GradedTest): string {
  const sign = test.marks === test.maximum ? '+' : '-';
  const share = `${test.marks}/${test.maximum}`.padStart(7);
  return `${sign} ${share}  ${test.invariant.padEnd(14)}  ${test.statement}${whyLost(test)}`;
}

function whyLost({ marks, maximum, losses }: GradedTest): string {
  if (marks === maximum) return '';
  const lost = losses.filter(({ points }) => points > 0).map(({ finding }) => finding + 1);
  if (lost.length === 0) return ' (never came to be judged)';
  return ` (finding ${lost.join(', ')})`;
}

function findingTexts({ report, contract, again, intake }: Seen): string[] {
  const context = { contract, targetArguments: again };
  const left = intake.leftOut.map((name) => `left out, as it is no plain file: ${name}`);
  if (report.findings.length === 0) return [...left, `No violation of ${contract.name} was seen.`];
  const texts = report.findings.flatMap((finding, at) => [
    ...findingLines(finding, at + 1, context).map(visible),
    '',
  ]);
  return [...left, ...texts.slice(0, -1)];
}
