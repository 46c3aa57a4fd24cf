// What a run on the simulator cost: numbers for the report of a check, never for judgement.

export interface RunStatistics {
  /** Calls made; skipped ops are none. */
  calls: number;
  syscalls: number;
  /** The break's highest distance from heap start, in bytes. */
  peakHeapBytes: number;
  /** The most requested bytes live on the heap at one time, which is what the heap was for. */
  peakLiveHeapBytes: number;
  /** The same with the mappings. */
  peakLiveBytes: number;
  splits: number;
  merges: number;
  /** Reallocations that copied. */
  moves: number;
}

export function emptyStatistics(): RunStatistics {
  return {
    calls: 0,
    syscalls: 0,
    peakHeapBytes: 0,
    peakLiveHeapBytes: 0,
    peakLiveBytes: 0,
    splits: 0,
    merges: 0,
    moves: 0,
  };
}
