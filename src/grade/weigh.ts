// From what was found to marks. A defect costs points once, on the line of the rule that it breaks: what the
// ledger has put together as one defect is one finding already, and findings of one rule and cause in several
// kinds of call are one defect here.

import type { Finding } from '../check/finding.ts';
import { TIERS } from '../contract/contract.ts';
import type { InvariantName } from '../oracle/violation.ts';
import type { GradedLoss, GradedTest, GradedTier } from './graded.ts';
import { type Rubric, type RubricLine, rounded } from './rubric.ts';

export interface Weighed {
  readonly marks: number;
  readonly tiers: readonly GradedTier[];
  readonly tests: readonly GradedTest[];
}

/** `judged`: how often each rule was really judged. */
export function weigh(
  rubric: Rubric,
  findings: readonly Finding[],
  judged: ReadonlyMap<InvariantName, number>,
): Weighed {
  const worksAtAll = (judged.get('alignment') ?? 0) > 0;
  const tests = rubric.lines.map((line) => {
    const losses = lossesOf(line, findings);
    const times = worksAtAll ? (judged.get(line.invariant) ?? 0) : 0;
    const isShown = times > 0 || (worksAtAll && rubric.unjudged === 'earned');
    return testOf(line, losses, isShown);
  });
  return { marks: sum(tests), tiers: tiersOf(tests), tests };
}

/** Marks by tier: those tiers that the rubric has. */
function tiersOf(tests: readonly GradedTest[]): GradedTier[] {
  return TIERS.flatMap((tier) => {
    const own = tests.filter((test) => test.tier === tier);
    if (own.length === 0) return [];
    const maximum = rounded(own.reduce((all, test) => all + test.maximum, 0));
    return [{ tier, marks: sum(own), maximum }];
  });
}

function lossesOf({ invariant, points, each }: RubricLine, findings: readonly Finding[]) {
  const losses: GradedLoss[] = [];
  const charged = new Set<string>();
  let left = points;
  for (const [finding, { violation }] of findings.entries()) {
    if (violation.invariant !== invariant) continue;
    const lost = charged.has(violation.cause) ? 0 : Math.min(each, left);
    charged.add(violation.cause);
    left = rounded(left - lost);
    const explanation = `${sentence(violation.says)} The contract: ${violation.clause}.`;
    losses.push({ finding, cause: violation.cause, points: lost, explanation });
  }
  return losses;
}

/** A line that nothing was seen of is not lost by a defect: it has no losses, and no marks. */
function testOf(line: RubricLine, losses: readonly GradedLoss[], isShown: boolean): GradedTest {
  const { invariant, tier, statement, points } = line;
  const lost = losses.reduce((all, loss) => all + loss.points, 0);
  const marks = isShown ? rounded(points - lost) : 0;
  return { invariant, tier, statement, marks, maximum: points, losses };
}

function sum(parts: readonly { readonly marks: number }[]): number {
  return rounded(parts.reduce((all, { marks }) => all + marks, 0));
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
