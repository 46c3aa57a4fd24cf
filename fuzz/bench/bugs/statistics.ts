// What is said of two samples of times: the Mann-Whitney U test and the effect size A12 (Vargha and Delaney, 2000).
// Both go by order alone, so that a trial which found nothing may be Infinity: later than all that did.

import { cumulativeStdNormalProbability } from 'simple-statistics';

export interface Comparison {
  /** The chance that one of the first is earlier than one of the second; ties count half. 0.5: no difference. */
  readonly a12: number;
  /** Of the two-sided test, by the normal approximation with ties corrected for; 1 where all are equal. */
  readonly p: number;
}

/** Neither may be empty. */
export function compare(first: readonly number[], second: readonly number[]): Comparison {
  const [n, m] = [first.length, second.length];
  const wins = first.reduce((sum, x) => sum + winsOver(x, second), 0);
  const ties = tieGroups([...first, ...second]).reduce((sum, t) => sum + t ** 3 - t, 0);
  const all = n + m;
  const variance = ((n * m) / 12) * (all + 1 - ties / (all * (all - 1)));
  const away = Math.max(0, Math.abs(wins - (n * m) / 2) - 0.5);
  const p = variance > 0 ? 2 * (1 - cumulativeStdNormalProbability(away / Math.sqrt(variance))) : 1;
  return { a12: wins / (n * m), p: Math.min(1, p) };
}

function winsOver(x: number, others: readonly number[]): number {
  return others.reduce((sum, y) => sum + (x < y ? 1 : x === y ? 0.5 : 0), 0);
}

function tieGroups(values: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()];
}

/** The middle, where some values are Infinity; NaN of nothing. */
export function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half] as number;
  const [low, high] = [sorted[half - 1], sorted[half]];
  if (low === undefined || high === undefined) return Number.NaN;
  return low === high ? low : (low + high) / 2;
}

/** Milliseconds. */
export const BUCKETS = [100, 1000, 10_000, 60_000] as const;

/** How many came within each of the buckets, the earlier ones included. */
export function within(values: readonly number[]): number[] {
  return BUCKETS.map((limit) => values.filter((value) => value <= limit).length);
}
