// A suspicious trace is run again before anything is reported. The run that looks at everything counts;
// what only the hunting run shows (a check that comes later there, a target that behaves otherwise when it
// is watched) is kept too, but only if it repeats.

import type { Judge } from '../oracle/judge.ts';
import type { Density, Target } from '../target/target.ts';
import type { Trace } from '../trace/trace.ts';
import { causeOf } from './finding.ts';
import { look, type Sighting } from './watch.ts';

/** Reading every live byte after every op is quadratic: longer traces are confirmed as they were hunted. */
export const LONG_TRACE = 5000;

export interface Confirmed extends Sighting {
  /** The density at which it was seen, and at which it must be shrunk. */
  readonly density: Density;
}

/**
 * The violations of `trace` that stand, one a cause. `suspected` are the causes (`causeOf`) that the
 * hunting run showed. Rejects as `Target.execute` does.
 */
export async function confirm(
  target: Target,
  judge: Judge,
  trace: Trace,
  suspected: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<Confirmed[]> {
  const whole = trace.length <= LONG_TRACE;
  const full = whole ? await look(target, judge, trace, 'everything', signal) : undefined;
  const confirmed = (full?.sightings ?? []).map((sighting) => at(sighting, 'everything'));
  const shown = new Set(confirmed.map((sighting) => causeOf(sighting.violation)));
  const missing = [...suspected].filter((cause) => !shown.has(cause));
  if (missing.length === 0 || full?.damaged) return confirmed;
  const again = await look(target, judge, trace, 'hunting', signal);
  for (const sighting of again.sightings) {
    if (missing.includes(causeOf(sighting.violation))) confirmed.push(at(sighting, 'hunting'));
  }
  return confirmed;
}

function at(sighting: Sighting, density: Density): Confirmed {
  return { ...sighting, density };
}
