// One given trace, judged: what `replay` and `shrink` start from. Unlike a hunt it looks at everything
// even where nothing seemed wrong, as long as the trace is short enough for that.

import type { Finding } from './finding.ts';
import type { Hunter, Run } from './hunt.ts';

/** Ops. Looking at everything reads every live byte after each of them. */
const SHORT_TRACE = 500;

/** The violations that stand, one a cause, in the order in which they were seen. Nothing is shrunk. */
export async function examine(hunter: Hunter, run: Run): Promise<Finding[]> {
  const [suspect] = await hunter.hunt([run]);
  if (suspect === undefined && run.trace.length > SHORT_TRACE) return [];
  const confirmed = await hunter.confirm(suspect ?? { ...run, violations: [] });
  return confirmed.map(({ violation, before, after }) => ({
    violation,
    trace: run.trace,
    originalOps: run.trace.length,
    tries: 0,
    seed: run.seed,
    before,
    after,
  }));
}
