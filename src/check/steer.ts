// Steering: what a known defect ended, is run on without the op that it ended at. Damage ends a trace, so an
// allocator that crashes in every other run would never show what comes after; and where a call hangs, each
// run would cost a time-out. Steered runs are at most half of all, for a defect is known by its symptom
// alone: another one may hide behind the same.
//
// Deterministic: what is steered, and how, follows from the runs before.

import { osmem } from '../contract/osmem.ts';
import { MEMORY_LIMIT } from '../memory/address.ts';
import { formatTrace } from '../trace/notation.ts';
import type { Op, OpKind } from '../trace/op.ts';
import { requested, type Trace } from '../trace/trace.ts';
import type { Run, Suspect } from './hunt.ts';
import { aroundPattern, type Pattern, patternOf } from './pattern.ts';

/** Runs that wait for their turn; more would be old news when it comes. */
const MOST_WAITING = 256;
/** How often one trace is mended. */
const MOST_MENDED = 32;
/** After so many ops of a kind in a row, those like it are left out at once; after so many, all of its kind. */
const FEW = 8;
const MANY = 12;
/** One run in so many may run into a hang that is known: another one may be behind it. */
const EXPOSED = 16;
/** A rest shorter than this is not worth a run. */
const SHORTEST_REST = 2;

export class Steering {
  #waiting: Steered[] = [];
  /** Seeds of runs under way that were steered, and how often. */
  #mended = new Map<string, Steered>();

  /** What makes a call hang, as far as is known. */
  readonly #hangs = new Map<string, Pattern>();
  #runs = 0;

  /** From now on most runs leave out what completes the pattern of this trace, which makes a call hang. */
  avoid(hanging: Trace): void {
    this.#hangs.set(formatTrace(hanging), patternOf(hanging));
  }

  /** New runs as they are to be made: where a hang is known they lead around it, all but one in EXPOSED if
   * there is still time for that. */
  around(runs: readonly Run[], isTime: boolean): Run[] {
    return runs.map((run) => {
      this.#runs += 1;
      if (this.#hangs.size === 0 || (isTime && this.#runs % EXPOSED === 0)) return run;
      let { trace } = run;
      for (const pattern of this.#hangs.values()) trace = aroundPattern(trace, pattern);
      return trace.length === run.trace.length ? run : { seed: `${run.seed}-around`, trace };
    });
  }

  /** The next steered runs, at most so many. */
  take(most: number): Run[] {
    const taken = this.#waiting.splice(0, most);
    this.#mended = new Map(taken.map((run) => [run.seed, run]));
    return taken;
  }

  /** The run of a suspect ended in a defect that is known: it will go on without the op that it ended at. */
  learn({ seed, trace, endedAt = -1 }: Suspect): void {
    if (endedAt < 0 || endedAt + SHORTEST_REST >= trace.length) return;
    const before = this.#mended.get(seed);
    const times = before?.times ?? 0;
    if (times >= MOST_MENDED || this.#waiting.length >= MOST_WAITING) return;
    const { kind } = trace[endedAt] as Op;
    const again = before?.kind === kind ? before.again + 1 : 0;
    const mended = without(trace, endedAt, again);
    if (mended.length <= endedAt) return;
    this.#waiting.unshift({
      seed: `${seed}-${endedAt}`,
      trace: mended,
      times: times + 1,
      kind,
      again,
    });
  }
}

interface Steered extends Run {
  /** How many times it was mended. */
  readonly times: number;
  /** The kind of op left out last, and for how many times in a row that kind before. */
  readonly kind: OpKind;
  readonly again: number;
}

/** Without the op; if its kind has damaged the trace before, without those like it that follow; and at last
 * without all of its kind that follow. */
function without(trace: Trace, at: number, again: number): Trace {
  const damaging = trace[at] as Op;
  if (again < FEW) return trace.toSpliced(at, 1);
  const isLike = again < MANY ? sizeClassOf(damaging) : undefined;
  return trace.filter((op, index) => {
    if (index < at || op.kind !== damaging.kind) return true;
    return isLike !== undefined && sizeClassOf(op) !== isLike && index !== at;
  });
}

const { mmapThreshold = 131_072, pageSize = 4096, headers = [] } = osmem.placement ?? {};
const HEADER = Math.max(...headers, 0);
/** Where an allocator may begin to do otherwise. */
const CLASSES = [pageSize - HEADER, mmapThreshold - HEADER, MEMORY_LIMIT];

function sizeClassOf(op: Op): number {
  const bytes = requested(op);
  if (bytes === undefined) return -1;
  return CLASSES.filter((least) => bytes > least).length;
}
