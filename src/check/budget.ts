// How long a campaign may go on: so many runs, so many calls, or so much time. Runs and calls make a report
// reproducible to the last figure; time is what people have.

import { OperatingError } from '../contract/operating-error.ts';

export type Budget =
  | { readonly kind: 'runs'; readonly runs: number }
  /** At least so many calls judged. */
  | { readonly kind: 'ops'; readonly ops: number }
  | { readonly kind: 'time'; readonly milliseconds: number };

/** More runs or calls than any machine will make, and more time than anyone will wait: 30 days. */
export const MOST_RUNS = 1e9;
export const MOST_MILLISECONDS = 30 * 24 * 3600 * 1000;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Reads `10s`, `1.5m`, `500ms`, `2h`, `5000runs`, `1000000ops`. Throws an OperatingError on anything else. */
export function parseBudget(text: string): Budget {
  const found = /^(\d{1,15}(?:\.\d{1,3})?)(ms|s|m|h|runs?|ops?)$/.exec(text.trim());
  if (found === null) throw refused(text, 'is not a budget');
  const amount = Number(found[1]);
  const unit = found[2] as string;
  if (amount === 0) throw refused(text, 'is no budget at all');
  const perUnit = UNITS[unit];
  if (perUnit !== undefined) {
    const milliseconds = amount * perUnit;
    if (milliseconds > MOST_MILLISECONDS) throw refused(text, 'is more than 30 days');
    return { kind: 'time', milliseconds };
  }
  if (!Number.isInteger(amount)) throw refused(text, 'is not a whole number');
  if (amount > MOST_RUNS) throw refused(text, `is more than ${MOST_RUNS}`);
  return unit.startsWith('op') ? { kind: 'ops', ops: amount } : { kind: 'runs', runs: amount };
}

function refused(text: string, why: string): OperatingError {
  return new OperatingError(`--budget ${text} ${why} (say 10s, 2m or 5000runs)`);
}
