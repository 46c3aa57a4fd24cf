// Where in the source a finding's call crashed: its trace is run once more, and the target asked for the line. Only a
// crash has one. What was written wrongly, and stayed unseen until later, was written elsewhere: for all
// that does not crash, nobody knows a line.

import type { Finding } from '../check/finding.ts';
import type { SourceLine, Target } from '../target/target.ts';

/** By finding, the lines from the one that crashed to whoever called it; none for what did not crash (again).
 * Rejects as `Target.execute` does. */
export async function crashLines(
  target: Target,
  findings: readonly Finding[],
): Promise<Map<Finding, readonly SourceLine[]>> {
  const lines = new Map<Finding, readonly SourceLine[]>();
  for (const finding of findings) {
    if (finding.violation.invariant !== 'termination') continue;
    const frames = await framesOf(target, finding);
    lines.set(finding, (await target.locate?.(frames)) ?? []);
  }
  return lines;
}

async function framesOf(target: Target, finding: Finding): Promise<readonly number[]> {
  const { trace, violation } = finding;
  let frames: readonly number[] = [];
  await target.execute([trace], 'everything', {
    begin: () => {},
    step: (step) => {
      if (step.index === violation.step && step.outcome === 'crashed') frames = step.frames ?? [];
      return true;
    },
    end: () => {},
  });
  return frames;
}
