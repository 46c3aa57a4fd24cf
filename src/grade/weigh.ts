// From what was found to marks. A defect costs points once, on the line of the rule that it breaks first, and the
// findings come worst first. Findings are one defect where the ledger has put them together, where a check has
// established the same cause for them, and where they are of one rule and kind in several kinds of call.

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
  const payers = payersOf(rubric, findings);
  const tests = rubric.lines.map((line) => {
    const losses = lossesOf(line, findings, payers);
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

/** What one defect is known by. */
function defectOf({ cause, violation }: Finding): string {
  return cause?.name ?? `${violation.invariant}/${violation.cause}`;
}

/** The finding that pays for each defect: the first of it that is worth something. */
function payersOf({ lines }: Rubric, findings: readonly Finding[]): Map<string, Finding> {
  const payers = new Map<string, Finding>();
  for (const finding of findings) {
    const defect = defectOf(finding);
    const isWorth = lines.some(({ invariant }) => invariant === finding.violation.invariant);
    if (isWorth && !payers.has(defect)) payers.set(defect, finding);
  }
  return payers;
}

/** Those of a defect that has been paid for on another line are no loss here. */
function lossesOf(
  { invariant, points, each }: RubricLine,
  findings: readonly Finding[],
  payers: ReadonlyMap<string, Finding>,
): GradedLoss[] {
  const losses: GradedLoss[] = [];
  let left = points;
  for (const [index, finding] of findings.entries()) {
    const payer = payers.get(defectOf(finding));
    const { violation, cause } = finding;
    if (violation.invariant !== invariant || payer?.violation.invariant !== invariant) continue;
    const lost = payer === finding ? Math.min(each, left) : 0;
    left = rounded(left - lost);
    const why = cause === undefined ? '' : ` The cause: ${sentence(cause.says)}`;
    const explanation = `${sentence(violation.says)}${why} The contract: ${violation.clause}.`;
    losses.push({
      finding: index,
      cause: cause?.name ?? violation.cause,
      points: lost,
      explanation,
    });
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
