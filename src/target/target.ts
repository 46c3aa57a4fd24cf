// What can be driven: an allocator, and the way to run traces on it. Targets act and record; they never
// judge. The interpretation of a trace (which ops are skipped, what is filled and re-read) is the same
// for all of them and is written down here.
//
// Executing a trace:
//   - A fresh process for each trace: empty heap, no mappings, no armed failures, nothing live.
//   - malloc/calloc on a live slot, free/stale ops on a slot in the wrong state, `x` ops: 'skipped'.
//     realloc on an empty slot is realloc(NULL, size). A slot is live from the call that returned
//     non-NULL for it until free, or realloc(p, 0), returned. A NULL from realloc(p, n>0) leaves it live.
//   - stale-realloc and stale-free run only if the last call made (skipped ops are no calls) freed this
//     slot's heap block (free, or realloc to 0), the walk still has a FREE block exactly there, and the
//     contract defines the op; stale-realloc also needs size >= 1. They never make the slot live.
//   - A non-NULL result for a request that does not fit size_t, or of more than `IMPOSSIBLE` bytes, ends
//     the trace after that step: nobody knows what was given out, so nothing later is evidence. The same
//     holds for a result that is misaligned for the contract or not wholly in mapped memory (from the
//     interposed syscalls), which is neither filled nor read: the step tells, and the trace ends.
//   - A new payload is filled with its pattern (payload.ts); calloc's is first checked for zeros: every
//     byte up to a page, the sample ranges beyond it while hunting. realloc: the old sample ranges, as far as
//     they are kept, are checked ('prefix'), then those of the new size are filled. The tag stays
//     that of the slot's birth.
//   - density 'hunting': a payload is checked when it is freed or reallocated (before the call), and at
//     the end of a trace that was not cut short; large ones only at their edges and a stride. If the
//     end check finds something, it is one more step: index = trace.length, op = the last op of the
//     trace, outcome 'skipped', and the broken bytes.
//   - density 'everything': every byte of every live payload, after every op.
//   - density 'forgiving': as 'hunting', but what is read past the end of a mapping is there, all zero. Linux
//     puts one mapping beside the other, and so has the course's checker it; it
//     shows the growth of the C library's own heap, too, as a syscall at the end of the step.
//   - Skipped, too: what the contract leaves undefined (a function that it does not have, free(NULL), sizes
//     `unasked`, realloc(p, 0) unless it is free(p)). Without the robustness tier, `x` ops arm nothing.
//   - A target with an init function is called by it before the first op. Its syscalls, if it made any, are
//     a step of their own: index -1, outcome 'skipped'.
//   - The heap is walked after every call that returned, once the break has moved, if the contract has
//     placement rules.

import type { Contract } from '../contract/contract.ts';
import type { Address } from '../memory/address.ts';
import type { Trace } from '../trace/trace.ts';
import type { Beginning, Step } from './execution.ts';

export type Density = 'hunting' | 'everything' | 'forgiving';

/** No request above this many bytes can be met: more than any x86-64 process can map. */
export const IMPOSSIBLE = 2 ** 46;

export interface Visitor {
  begin(trace: Trace, beginning: Beginning): void;
  /** Returns false to end this trace here. */
  step(step: Step): boolean;
  /** After the last step of a trace that came to its end, where the target's code is instrumented: which edges it took.
   * Of the first `count` words from `from` on, each is an edge, and above its 16 bits how often it was taken. */
  edges?(words: Int32Array, from: number, count: number): void;
  /** A trace that was ended here went on in its process, and a call of it hung there: nothing is known by it, but it
   * took its time. Before `end`. */
  wasted?(): void;
  /** After the last step. */
  end(): void;
}

/** A word of which the step of this op is to say where it was written last. Costs microseconds an instruction. */
export interface Watched {
  readonly op: number;
  readonly address: Address;
}

export interface SourceLine {
  /** As seen from the folder of the target's files. */
  readonly file: string;
  readonly line: number;
  readonly function: string;
}

export interface Target {
  readonly name: string;
  readonly contract: Contract;
  /** How a native target's memory is made new for each trace, as far as is known by now. */
  readonly isolation?: 'fork' | 'snapshot' | 'shared';
  /** Runs the traces one after the other; resolves when all are done. Rejects with an OperatingError
   * (no compiler, cannot start) only: whatever the allocator does is an observation. Once `signal` is
   * aborted it resolves soon, the trace under way ended where it is and the rest not begun. */
  execute(
    traces: readonly Trace[],
    density: Density,
    visitor: Visitor,
    watched?: Watched,
    signal?: AbortSignal,
  ): Promise<void>;
  /** The source lines of `Step.frames`; where a function was compiled into its caller, one for each. None where
   * nobody can tell. Absent: the target has no frames. */
  locate?(frames: readonly number[]): Promise<readonly SourceLine[]>;
  close(): Promise<void>;
}
