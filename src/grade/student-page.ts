// The findings of one submission, drawn: each trace as a page of steps.

import type { CampaignReport } from '../check/campaign.ts';
import { whyLines } from '../report/explain.ts';
import { framesOf } from '../report/frames.ts';
import { pageHtml } from '../report/html.ts';
import type { ViewData } from '../report/page-data.ts';
import { replayCommand } from '../report/replay-command.ts';
import type { Target } from '../target/target.ts';
import type { GradedSubmission } from './graded.ts';
import { marksLine } from './student-text.ts';

/** Traces that are drawn: the worst come first. */
const MOST_VIEWS = 20;

/** Runs the traces of the findings once more; null where nothing was found. */
export async function studentPage(
  target: Target,
  report: CampaignReport,
  graded: GradedSubmission,
  again: readonly string[],
  header: number | undefined,
): Promise<string | null> {
  const views: ViewData[] = [];
  for (const finding of report.findings.slice(0, MOST_VIEWS)) {
    const { violation, trace } = finding;
    const name = `${violation.tier}: ${violation.invariant} in ${violation.opKind}`;
    const replay = replayCommand(finding, again);
    const why = whyLines(finding);
    const view = await framesOf(target, { name, trace, decisive: violation, why, replay, header });
    if (view.ops.length > 0) views.push(view);
  }
  if (views.length === 0) return null;
  const verdicts = [{ verdict: report.verdict, text: marksLine(graded) }];
  return pageHtml({ format: 'allocheck/view@1', title: graded.name, verdicts, views });
}
