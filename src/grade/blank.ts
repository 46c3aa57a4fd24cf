// A submission of which nothing is known yet.

import type { GradeSettings } from './grade-one.ts';
import type { GradedSubmission } from './graded.ts';
import type { Submission } from './submission.ts';

export function blankOf({ id, name }: Submission, settings: GradeSettings): GradedSubmission {
  const { rubric, contract, seed, budgetText } = settings;
  return {
    id,
    name,
    state: 'refused',
    reason: null,
    marks: null,
    maximum: rubric.maximum,
    tiers: [],
    tests: [],
    findings: [],
    isolation: 'none',
    contract: contract.name,
    seed,
    budget: budgetText,
    runs: 0,
    ops: 0,
    elapsedMs: 0,
  };
}
