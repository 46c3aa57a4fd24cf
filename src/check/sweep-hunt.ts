// A sweep on the target of a hunter: judged as all that it hunts. A run that looks wrong is told at once, and goes on
// counting as run.

import type { Hunter, Suspect } from './hunt.ts';
import { type Asked, AskedLog, type SweepRunner } from './sweep.ts';

/** Runs that may hang; each costs its time-out, and what comes after would show nothing else. */
const MOST_HANGS = 16;

/** Runs no more once `tell` says false, the hunter was told to stop, or too much hangs. */
export function sweepRunner(
  hunter: Hunter,
  tell: (suspect: Suspect) => Promise<boolean>,
): SweepRunner {
  const { watch } = hunter;
  const log = new AskedLog(watch);
  let goesOn = true;
  return async (runs) => {
    const told: (readonly Asked[])[] = [];
    while (goesOn && told.length < runs.length) {
      log.forget();
      const suspects = await hunter.hunt(runs.slice(told.length), log);
      const ran = watch.seen.length;
      told.push(...log.all.slice(0, ran));
      goesOn = ran > 0 && watch.hangs < MOST_HANGS;
      for (const suspect of suspects) goesOn = (await tell(suspect)) && goesOn;
    }
    return told;
  };
}
