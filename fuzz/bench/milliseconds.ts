// How long a bench may take, as its options say it: `10s`, `2m`.

import { parseBudget } from '../../src/check/budget.ts';

/** Throws a TypeError on what is no time, and an OperatingError on what is no budget at all. */
export function millisecondsIn(text: string): number {
  const budget = parseBudget(text);
  if (budget.kind !== 'time') throw new TypeError(`${text} is no time (say 10s)`);
  return budget.milliseconds;
}
