// `results.json` of a Gradescope autograder, as its specification has it:
// https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format. All texts are declared as plain
// text, which Gradescope escapes; nothing is given as HTML or Markdown.

import type { GradedSubmission, GradedTest } from './graded.ts';
import { block, line, rounded, termsOf, testText, verdictOf } from './telling.ts';

interface GradescopeResults {
  /** Of the whole; the tests add up to it, save where a rubric says otherwise. */
  readonly score: number;
  readonly execution_time: number;
  readonly output: string;
  readonly output_format: 'text';
  readonly test_output_format: 'text';
  readonly test_name_format: 'text';
  readonly visibility: 'visible' | 'hidden';
  /** What the autograder printed may hold what a submission printed. */
  readonly stdout_visibility: 'hidden';
  readonly tests: readonly GradescopeTest[];
  readonly extra_data: Readonly<Record<string, string | number>>;
}

interface GradescopeTest {
  readonly name: string;
  readonly number: string;
  readonly score: number;
  readonly max_score: number;
  readonly status: 'passed' | 'failed';
  readonly output: string;
  readonly tags: readonly string[];
}

/**
 * With a final newline. A submission without marks (`undecided`, `refused`) has a score of 0, as the format wants
 * one, and is hidden from the student until somebody has looked.
 */
export function gradescopeJson(submission: GradedSubmission): string {
  const { marks, elapsedMs, isolation, state, tests, seed, budget, contract, runs } = submission;
  const results: GradescopeResults = {
    score: rounded(marks ?? 0),
    execution_time: Math.round(elapsedMs / 1000),
    output: outputOf(submission),
    output_format: 'text',
    test_output_format: 'text',
    test_name_format: 'text',
    visibility: marks === null ? 'hidden' : 'visible',
    stdout_visibility: 'hidden',
    tests: tests.map((test, at) => testOf(test, at + 1, submission)),
    extra_data: {
      state,
      seed: line(seed),
      budget: line(budget),
      contract: line(contract),
      isolation: line(isolation),
      runs,
    },
  };
  return `${JSON.stringify(results, null, 2)}\n`;
}

function outputOf(submission: GradedSubmission): string {
  const { reason } = submission;
  const why = reason === null ? [] : ['', reason];
  return block([verdictOf(submission), termsOf(submission), ...why].join('\n'));
}

function testOf(test: GradedTest, number: number, submission: GradedSubmission): GradescopeTest {
  return {
    name: `${test.tier}: ${test.invariant}`,
    number: String(number),
    score: rounded(test.marks),
    max_score: rounded(test.maximum),
    status: test.losses.length > 0 || test.marks < test.maximum ? 'failed' : 'passed',
    output: testText(test, submission),
    tags: [test.tier],
  };
}
