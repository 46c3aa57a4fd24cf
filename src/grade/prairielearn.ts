// `/grade/results/results.json` of an external grader of PrairieLearn, as its documentation has it:
// https://prairielearn.readthedocs.io/en/latest/externalGrading/#grading-results. What cannot be marked is
// `gradable: false`, which costs the student no attempt.

import type { GradedSubmission, GradedTest } from './graded.ts';
import { block, line, rounded, termsOf, testText, verdictOf } from './telling.ts';

interface PrairieLearnResults {
  readonly gradable: boolean;
  /** 0 .. 1; absent where it is not gradable. */
  readonly score?: number;
  readonly format_errors?: readonly string[];
  readonly message: string;
  readonly output: string;
  readonly tests: readonly PrairieLearnTest[];
}

interface PrairieLearnTest {
  readonly name: string;
  readonly description: string;
  readonly points: number;
  readonly max_points: number;
  readonly message: string;
  readonly output: string;
}

/** With a final newline. The whole stays below the 1 MB that PrairieLearn takes: what cannot is left out. */
export function prairieLearnJson(submission: GradedSubmission): string {
  const { state, marks, maximum, reason, tests } = submission;
  const gradable = state === 'graded' && marks !== null;
  const results: PrairieLearnResults = {
    gradable,
    ...(gradable ? { score: fraction(marks, maximum) } : {}),
    ...(gradable ? {} : { format_errors: [block(reason ?? verdictOf(submission))] }),
    message: verdictOf(submission),
    output: termsOf(submission),
    tests: tests.map((test) => testOf(test, submission)),
  };
  const text = textOf(results);
  return Buffer.byteLength(text) <= MOST_BYTES ? text : textOf(withoutOutput(results));
}

const MOST_BYTES = 1_000_000;

function fraction(marks: number, maximum: number): number {
  return maximum > 0 ? Math.min(1, Math.max(0, marks / maximum)) : 1;
}

function testOf(test: GradedTest, submission: GradedSubmission): PrairieLearnTest {
  const { losses } = test;
  return {
    name: `${test.tier}: ${test.invariant}`,
    description: line(test.statement),
    points: rounded(test.marks),
    max_points: rounded(test.maximum),
    message: losses.length === 0 ? '' : line(losses.map((loss) => loss.explanation).join(' ')),
    output: testText(test, submission),
  };
}

function withoutOutput(results: PrairieLearnResults): PrairieLearnResults {
  return { ...results, tests: results.tests.map((test) => ({ ...test, output: '' })) };
}

function textOf(results: PrairieLearnResults): string {
  return `${JSON.stringify(results, null, 2)}\n`;
}
