// What a target saw while it executed a trace: observations, never judgements.
//
// Steps are streamed. A step, its syscalls and its heap walk belong to the target and are overwritten by
// the next step; whoever wants to keep one copies it. That keeps a campaign free of garbage. One promise
// more, where a step does not tell the walk before itself: the heap walk of a step that made a call is another object than that of the step before, so a
// judge may hold on to the walk before while it looks at the walk after. A step without a call (skipped),
// or that did not return, shows the walk of the step before.

import type { Address } from '../memory/address.ts';
import type { Syscall } from '../memory/syscall.ts';
import type { Op, Slot } from '../trace/op.ts';
import type { HeapBlocks } from './heap-blocks.ts';

/**
 * How an op ended. All but 'returned' and 'skipped' end the trace.
 *   returned  the call came back
 *   skipped   the slot was in the wrong state (or it is an `x` op, which makes no call)
 *   crashed   a signal, or in the simulator a fault: see `detail` and `fault`
 *   hung      the op's own time (native) or memory-access budget (simulated) was spent
 *   exited    the process ended itself: exit, _exit, abort is 'crashed'
 *   cut-off   the report broke off: the process is gone without a word
 */
export type Outcome = 'returned' | 'skipped' | 'crashed' | 'hung' | 'exited' | 'cut-off';

export interface Fault {
  readonly address: Address;
  readonly access: 'read' | 'write' | 'unknown';
}

/** The first byte of a payload, or between the break and the end of its page, that is not what it must be. */
export interface BrokenByte {
  /** -1 where it is no payload's. */
  readonly slot: Slot;
  /** Bytes from the start of the payload; from heap start where it is no payload's. */
  readonly offset: number;
  readonly expected: number;
  /** -1 where the byte is not even mapped any more. */
  readonly actual: number;
  /** 'contents': of a live payload that the op had no business with (checked before the op's own
   * effects). 'prefix': realloc did not keep it. 'zeroing': calloc left it. 'past-break': of no payload;
   * it was written past the break, where the page that holds the break lets it pass. */
  readonly check: 'contents' | 'prefix' | 'zeroing' | 'past-break';
}

/**
 * The heap as its headers tell it: header + payload, from heap start to the break. Parallel arrays, of
 * which the first `count` entries hold; block i has its header at `address[i]`.
 */
export interface HeapWalk {
  /** False where no walk was taken: the contract has none, or the header is not known yet. */
  taken: boolean;
  /** Bytes of a header, 0 while unknown. */
  header: number;
  start: Address;
  /** The break. */
  end: Address;
  count: number;
  readonly address: number[];
  /** Bytes, rounded up to 8. */
  readonly payloadSize: number[];
  /** As stored: 0 FREE, 1 ALLOC, 2 MAPPED, anything else is an error of the target. */
  readonly status: number[];
  /** The two words at offsets 16 and 24 (24-byte headers: only the first), if links are asked for; else
   * there are none. */
  readonly word16: number[];
  readonly word24: number[];
  /** Why the walk stopped before the break: '' if it did not. The blocks before the flaw are listed. */
  flaw: '' | 'overrun' | 'too-small' | 'unreadable' | 'too-many';
  /** The header at which it stopped, and the size stored there. */
  flawAt: Address;
  flawSize: number;
}

export interface Step {
  /** The op's place in the trace, from 0. */
  index: number;
  op: Op;
  outcome: Outcome;
  /** What the call returned; 0 is NULL, and for free. */
  result: Address;
  /** The pointer that the call was given (realloc, free, stale); 0 otherwise. */
  given: Address;
  errno: number;
  /** Made during the op, in order, failed ones and queries included. */
  readonly syscalls: Syscall[];
  /** After the op. */
  readonly heap: HeapWalk;
  /** Before the op; absent where it is the heap of the step before that made a call. */
  readonly before?: HeapWalk | undefined;
  /** The same two, block by block, where the target knows what the op changed. */
  readonly blocks?: HeapBlocks | undefined;
  /** Payloads found changed: at this density, those that were looked at. */
  readonly broken: BrokenByte[];
  /** crashed: `SIGSEGV`… exited: `exit status 3`, hung: the budget; with what the target said. */
  detail: string;
  fault: Fault | undefined;
  /** Addresses in the target's program, the innermost first: where it crashed, and from where it came to be there;
   * or, of a word that was to be watched, where the op wrote it last. Absent where nobody knows. */
  frames?: readonly number[] | undefined;
  /** The word that was to be watched, after the call; absent where none was. */
  word?: bigint | undefined;
}

/** Said once, before the first step of a trace. */
export interface Beginning {
  readonly heapStart: Address;
}

export function emptyWalk(start: Address): HeapWalk {
  return {
    taken: false,
    header: 0,
    start,
    end: start,
    count: 0,
    address: [],
    payloadSize: [],
    status: [],
    word16: [],
    word24: [],
    flaw: '',
    flawAt: 0,
    flawSize: 0,
  };
}

/** A copy that the next step does not overwrite. */
export function keepWalk(walk: HeapWalk): HeapWalk {
  return {
    ...walk,
    address: walk.address.slice(0, walk.count),
    payloadSize: walk.payloadSize.slice(0, walk.count),
    status: walk.status.slice(0, walk.count),
    word16: walk.word16.slice(0, walk.count),
    word24: walk.word24.slice(0, walk.count),
  };
}

export function keepStep(step: Step): Step {
  const { index, op, outcome, result, given, errno, detail, fault, frames, word } = step;
  return {
    index,
    op,
    outcome,
    result,
    given,
    errno,
    syscalls: [...step.syscalls],
    broken: [...step.broken],
    heap: keepWalk(step.heap),
    detail,
    fault,
    ...(frames === undefined ? {} : { frames }),
    ...(word === undefined ? {} : { word }),
  };
}
