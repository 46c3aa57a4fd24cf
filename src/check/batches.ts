// The runs of a campaign by batches: what a target is given at a time.

import type { Run } from './hunt.ts';

const LARGEST_BATCH = 256;
const BATCH_MS = 100;

/** Batches of about BATCH_MS, so that a slow target overruns its time by little. */
export function nextSize(size: number, took: number): number {
  if (took > 2 * BATCH_MS) return Math.max(1, size >> 1);
  return took < BATCH_MS / 2 ? Math.min(LARGEST_BATCH, size * 2) : size;
}

export function take(source: Iterator<Run>, count: number): Run[] {
  const batch: Run[] = [];
  while (batch.length < count) {
    const next = source.next();
    if (next.done) break;
    batch.push(next.value);
  }
  return batch;
}

export function* batchesOf(runs: readonly Run[], size: number): Generator<readonly Run[]> {
  for (let at = 0; at < runs.length; at += size) yield runs.slice(at, at + size);
}
