// What our allocator did over a whole campaign, in figures: the table at the end of a check of the
// built-in. The target counts one trace at a time and forgets it at the next; this adds them up.

import type { RunStatistics } from '../target/statistics.ts';

export class Census {
  splits = 0;
  merges = 0;
  /** Reallocations that copied. */
  moves = 0;
  syscalls = 0;
  /** Bytes from heap start to the break, at the largest heap of any trace. */
  peakHeap = 0;
  /** The most requested bytes live on the heap at one time of that trace. */
  peakLive = 0;

  add(statistics: RunStatistics): void {
    this.splits += statistics.splits;
    this.merges += statistics.merges;
    this.moves += statistics.moves;
    this.syscalls += statistics.syscalls;
    if (statistics.peakHeapBytes < this.peakHeap) return;
    this.peakHeap = statistics.peakHeapBytes;
    this.peakLive = statistics.peakLiveHeapBytes;
  }
}
