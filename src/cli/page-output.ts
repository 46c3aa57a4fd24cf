// `--html FILE`: what a command found, drawn: each finding's trace on the target that failed it.

import { basename } from 'node:path';
import type { Finding } from '../check/finding.ts';
import type { Verdict } from '../oracle/violation.ts';
import { whyLines } from '../report/explain.ts';
import { framesOf } from '../report/frames.ts';
import { pageHtml } from '../report/html.ts';
import type { PageVerdict, ViewData } from '../report/page-data.ts';
import { replayCommand } from '../report/replay-command.ts';
import type { Target } from '../target/target.ts';
import type { Trace } from '../trace/trace.ts';
import type { Io } from './io.ts';
import type { Settings } from './options.ts';
import { openFile } from './output-file.ts';
import type { Choice } from './targets.ts';

/** What was found on one target. */
export interface Drawn {
  readonly target: Target;
  readonly choice: Choice;
  readonly verdict: Verdict;
  /** The verdict in one line. */
  readonly text: string;
  readonly findings: readonly Finding[];
}

export interface PageOutput {
  /** Runs the traces of the findings once more. Rejects as `Target.execute` does. */
  add(drawn: Drawn): Promise<void>;
  /** Writes the page. Throws an OperatingError. */
  finish(title: string): void;
}

/** Does nothing where no page was asked for. Throws an OperatingError if it cannot be written. */
export function openPage({ html, header }: Settings, io: Io): PageOutput {
  if (html === undefined) return { add: async () => {}, finish: () => {} };
  const write = openFile(html, io.cwd);
  const verdicts: PageVerdict[] = [];
  const views: ViewData[] = [];
  return {
    async add(drawn) {
      verdicts.push({ verdict: drawn.verdict, text: drawn.text });
      for (const view of await viewsOf(drawn, header)) {
        if (view.ops.length > 0) views.push(view);
      }
    },
    finish(title) {
      write(pageHtml({ format: 'allocheck/view@1', title, verdicts, views }));
      io.stderr(`wrote ${html}\n`);
    },
  };
}

/** One view a trace: what else it shows is in the same view. */
async function viewsOf(drawn: Drawn, header: number | undefined): Promise<ViewData[]> {
  const { target, choice, findings } = drawn;
  const firsts = new Map<Trace, Finding>();
  for (const finding of findings) {
    if (!firsts.has(finding.trace)) firsts.set(finding.trace, finding);
  }
  const views: ViewData[] = [];
  for (const [trace, finding] of firsts) {
    const { violation } = finding;
    const name = `${violation.tier}: ${violation.invariant} in ${violation.opKind} (${basename(target.name)})`;
    const replay = replayCommand(finding, choice.arguments);
    views.push(
      await framesOf(target, {
        name,
        trace,
        decisive: violation,
        why: whyLines(finding),
        replay,
        header,
      }),
    );
  }
  return views;
}
