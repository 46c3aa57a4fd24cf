// Why a block was put at the wrong place: because a run of free blocks that was owed was not merged, or for a
// reason of its own (first fit instead of best fit). The oracle judges by runs and does not say which; the
// heap after the call does. Without the difference one hides the other: they would be the same cause.

import { alignSize } from '../contract/size-t.ts';
import type { Violation } from '../oracle/violation.ts';
import type { HeapWalk, Step } from '../target/execution.ts';
import { requested } from '../trace/trace.ts';

export const UNMERGED = 'unmerged';

/** The wrong places that an unmerged run can bring about. */
const WRONG_PLACES = new Set(['not-best-fit', 'grew-though-fit', 'not-at-the-end']);
const FREE = 0;

/** The violation, its cause `unmerged` where the run that it speaks of still lies there in pieces. */
export function refined(violation: Violation, step: Step, before: HeapWalk): Violation {
  if (violation.invariant !== 'placement' || !WRONG_PLACES.has(violation.cause)) return violation;
  const bytes = requested(step.op);
  const need = bytes === undefined ? undefined : alignSize(bytes, 8);
  if (typeof need !== 'number' || !before.taken) return violation;
  const run = owed(before, need);
  return run !== undefined && inPieces(step.heap, run)
    ? { ...violation, cause: UNMERGED }
    : violation;
}

interface Run {
  readonly start: number;
  /** Of the block that merging would make of it. */
  readonly size: number;
  readonly blocks: number;
}

/** The smallest run that fits; if none does, the one that ends the heap. */
function owed(heap: HeapWalk, need: number): Run | undefined {
  const runs = runsOf(heap);
  let best: Run | undefined;
  for (const run of runs) if (run.size >= need && (best?.size ?? Infinity) > run.size) best = run;
  const last = runs.at(-1);
  const ends = last !== undefined && last.start + heap.header + last.size === heap.end;
  return best ?? (ends ? last : undefined);
}

function runsOf({ count, address, payloadSize, status, header }: HeapWalk): Run[] {
  const runs: Run[] = [];
  for (let at = 0; at < count; at++) {
    if (status[at] !== FREE) continue;
    const first = at;
    let size = payloadSize[at] as number;
    for (; at + 1 < count && status[at + 1] === FREE; at++) {
      size += header + (payloadSize[at + 1] as number);
    }
    runs.push({ start: address[first] as number, size, blocks: at - first + 1 });
  }
  return runs;
}

/** After the call, the run's first block is as free and as short as before. */
function inPieces(after: HeapWalk, { start, size, blocks }: Run): boolean {
  if (blocks < 2 || !after.taken) return false;
  for (let at = 0; at < after.count; at++) {
    if (after.address[at] !== start) continue;
    return after.status[at] === FREE && (after.payloadSize[at] as number) < size;
  }
  return false;
}
