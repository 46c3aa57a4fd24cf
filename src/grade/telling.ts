// What the formats of the gradebook say alike of a graded submission: numbers as marks are written, texts that
// strangers wrote made harmless to look at, and one line that says what became of it.

import { bounded, oneLine, visible } from '../report/plain.ts';
import type { GradedState, GradedSubmission, GradedTest } from './graded.ts';

/** Characters of a compiler's complaint, or of an explanation. */
const MOST_TEXT = 20_000;
const MOST_LINE = 500;

const STATES: Readonly<Record<GradedState, string>> = {
  graded: 'graded',
  'does-not-build': 'does not build',
  undecided: 'undecided: cut short, to be graded again',
  refused: 'refused: not run',
};

/** Quarters and thirds of points, without the noise of floating-point sums. */
export function rounded(marks: number): number {
  return Math.round(marks * 1000) / 1000;
}

export function line(text: string): string {
  return bounded(oneLine(text), MOST_LINE);
}

export function block(text: string): string {
  return bounded(visible(text), MOST_TEXT);
}

/** `graded: 82.5 of 100`, `does not build: 0 of 100`, `undecided: cut short, to be graded again`. */
export function verdictOf({ state, marks, maximum }: GradedSubmission): string {
  if (marks === null) return STATES[state];
  return `${STATES[state]}: ${rounded(marks)} of ${rounded(maximum)}`;
}

/** What was judged, so that marks can be had again: the same for all of a class, save the isolation. */
export function termsOf(submission: GradedSubmission): string {
  const { contract, seed, budget, isolation } = submission;
  return line(`contract ${contract}, seed ${seed}, budget ${budget}, isolation ${isolation}`);
}

function withoutLoss({ marks, maximum }: GradedTest): string {
  return marks < maximum
    ? 'It never came to be judged, so nothing was shown of it.'
    : 'Nothing was found against it.';
}

/** What must hold, what was lost and why; with the trace of each finding, to be run again. */
export function testText(test: GradedTest, { findings }: GradedSubmission): string {
  const lines = [test.statement];
  if (test.losses.length === 0) lines.push(withoutLoss(test));
  for (const { points, explanation, finding, cause } of test.losses) {
    const trace = findings[finding]?.trace.trim();
    lines.push('', `-${rounded(points)} (${cause}): ${explanation}`);
    if (trace !== undefined) lines.push('Trace:', ...trace.split('\n').map((op) => `  ${op}`));
  }
  return block(lines.join('\n'));
}
