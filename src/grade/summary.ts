// What `grade` says at its end: how many of each state, the marks in figures, and the commonest causes.

import { mean, median } from 'simple-statistics';
import { visible } from '../report/plain.ts';
import { counted, grouped } from '../report/sentence.ts';
import { causesOf } from './causes.ts';
import type { ClassResult } from './class.ts';
import type { GradedState, GradedSubmission } from './graded.ts';
import { rounded } from './rubric.ts';

const MOST_CAUSES = 5;

/** Some lines, ending in a newline. */
export function summaryText({ results, reused }: ClassResult): string {
  const all = results.map(({ graded }) => graded);
  const lines = [`${counted(all.length, 'submission')}: ${statesText(all)}`];
  const marks = marksOf(all);
  if (marks.length > 0) {
    const [first] = all;
    lines.push(
      `marks out of ${first?.maximum ?? 0}: mean ${rounded(Math.round(mean(marks) * 10) / 10)}, ` +
        `median ${rounded(median(marks))}, from ${Math.min(...marks)} to ${Math.max(...marks)}`,
    );
  }
  if (reused > 0) lines.push(`${grouped(reused)} of them as an earlier run left them`);
  for (const { invariant, cause, ids } of causesOf(all).slice(0, MOST_CAUSES)) {
    lines.push(`  ${String(ids.length).padStart(4)} ${invariant}: ${visible(cause)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** `9 graded, 2 that do not build`. */
export function statesText(all: readonly GradedSubmission[]): string {
  const texts = STATES.flatMap(([state, says]) => {
    const count = all.filter((each) => each.state === state).length;
    return count === 0 ? [] : [`${grouped(count)} ${says}`];
  });
  return texts.join(', ');
}

export function marksOf(all: readonly GradedSubmission[]): number[] {
  return all.flatMap(({ marks }) => (marks === null ? [] : [marks]));
}

const STATES: readonly (readonly [GradedState, string])[] = [
  ['graded', 'graded'],
  ['does-not-build', 'not building'],
  ['undecided', 'undecided'],
  ['refused', 'refused'],
];
