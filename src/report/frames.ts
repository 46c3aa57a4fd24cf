// Frames: an execution as a page can play it back. The trace is run once more and judged; of each step is
// kept what it changed, so that a trace of fifty thousand ops stays a few megabytes.

import { type JudgeOptions, newJudge } from '../check/hunt.ts';
import type { Contract } from '../contract/contract.ts';
import { formatSyscall } from '../memory/strace.ts';
import type { Judge } from '../oracle/judge.ts';
import type { Violation } from '../oracle/violation.ts';
import type { Beginning, Step } from '../target/execution.ts';
import type { Density, Target, Visitor } from '../target/target.ts';
import { formatOp } from '../trace/notation.ts';
import type { Trace } from '../trace/trace.ts';
import { FrameTables } from './frame-tables.ts';
import { marksInSentence, marksOf } from './marks.ts';
import type { ViewData, ViewViolation } from './page-data.ts';
import { callsOf } from './sentence.ts';

/** Ops. In longer traces large payloads are looked at only where a hunt would look. */
const LOOKED_AT_WHOLE = 500;

export interface FrameRequest extends JudgeOptions {
  readonly name: string;
  readonly trace: Trace;
  /** The violation that the frames are to show; absent: the first that is seen. */
  readonly decisive?: Violation | undefined;
  /** What is known of the decisive one beside, a line each. */
  readonly why?: readonly string[];
  /** The command that runs it again. */
  readonly replay?: string;
}

/** Runs the trace and keeps its frames, up to the end or to damage. Rejects as `Target.execute` does. */
export async function framesOf(target: Target, request: FrameRequest): Promise<ViewData> {
  const density: Density = request.trace.length > LOOKED_AT_WHOLE ? 'hunting' : 'everything';
  const recorder = new FrameRecorder(target.contract, newJudge(target, request));
  await target.execute([request.trace], density, recorder);
  return recorder.view(target.name, request);
}

class FrameRecorder implements Visitor {
  readonly #contract: Contract;
  readonly #judge: Judge;
  readonly #tables: FrameTables;
  readonly #ops: string[] = [];
  readonly #calls: string[] = [];
  readonly #results: (number | null)[] = [];
  readonly #endings: Record<string, string> = {};
  readonly #syscalls: Record<string, readonly string[]> = {};
  readonly #changes: (readonly number[])[] = [];
  readonly #violations: ViewViolation[] = [];
  /** What was said: a state that lasts is one violation, at the op that brought it about. */
  readonly #said = new Set<string>();
  #callTexts: readonly string[] = [];
  #heapStart = 0;
  #header = 0;
  #first = 0;
  #reached = 0;

  constructor(contract: Contract, judge: Judge) {
    this.#contract = contract;
    this.#judge = judge;
    this.#tables = new FrameTables(contract);
  }

  begin(trace: Trace, beginning: Beginning): void {
    this.#heapStart = beginning.heapStart;
    this.#callTexts = callsOf(trace, this.#contract);
    this.#tables.begin(beginning.heapStart);
    this.#judge.begin(beginning);
  }

  step(step: Step): boolean {
    const frame = this.#ops.length;
    if (frame === 0 && step.index < 0) this.#first = step.index;
    this.#reached = Math.max(this.#reached, Math.min(step.index + 1, this.#callTexts.length));
    this.#tell(step, frame);
    // Marks want the payloads as they were before the op, and the judge's word: so both come first.
    const violations = this.#judge.step(step);
    for (const violation of violations) this.#note(violation, step, frame);
    this.#changes.push(this.#tables.advance(step));
    if (step.heap.taken) this.#header = step.heap.header;
    return !this.#judge.over;
  }

  end(): void {}

  view(target: string, { name, trace, decisive, why = [], replay = '' }: FrameRequest): ViewData {
    if (decisive !== undefined) this.#addUnseen(decisive);
    const shown =
      decisive === undefined ? this.#violations[0] : this.#violations.find(isSame(decisive));
    const violations = this.#violations.map((each) =>
      each === shown && why.length > 0 ? { ...each, why } : each,
    );
    return {
      name,
      target,
      contract: this.#contract.name,
      replay,
      heapStart: this.#heapStart,
      header: this.#header,
      decisive: shown?.frame ?? Math.max(0, this.#ops.length - 1),
      first: this.#first,
      rest: trace.length - this.#reached,
      ops: this.#ops,
      calls: this.#calls,
      results: this.#results,
      endings: this.#endings,
      syscalls: this.#syscalls,
      changes: this.#changes,
      violations,
    };
  }

  #tell(step: Step, frame: number): void {
    const { index, outcome, syscalls } = step;
    const isOp = index >= 0 && index < this.#callTexts.length;
    this.#ops.push(isOp ? formatOp(step.op) : '');
    this.#calls.push(this.#callText(index));
    const gives = isOp && outcome === 'returned' && !step.op.kind.endsWith('free');
    this.#results.push(
      gives && step.op.kind !== 'free-null' ? step.result - this.#heapStart : null,
    );
    const ending = endingOf(step, isOp);
    if (ending !== '') this.#endings[frame] = ending;
    if (syscalls.length === 0) return;
    this.#syscalls[frame] = syscalls.map((call) => formatSyscall(call, this.#heapStart));
  }

  #callText(index: number): string {
    const call = this.#callTexts[index];
    if (call !== undefined) return call;
    return index < 0
      ? `${this.#contract.symbols.init ?? 'init'}()`
      : 'all live payloads are read once more';
  }

  /** What does not show each time is told as it was seen. */
  #addUnseen(violation: Violation): void {
    if (this.#violations.some(isSame(violation))) return;
    const frame = Math.min(violation.step - this.#first, this.#ops.length - 1);
    const marks = marksInSentence(violation.says, this.#heapStart);
    this.#violations.push({ ...partsOf(violation), frame, marks });
  }

  #note(violation: Violation, step: Step, frame: number): void {
    const { invariant, says } = violation;
    if (this.#said.has(`${invariant}: ${says}`)) return;
    this.#said.add(`${invariant}: ${says}`);
    const marks = marksOf(violation, step, this.#tables.model);
    this.#violations.push({ ...partsOf(violation), frame, marks });
  }
}

function partsOf({ invariant, tier, clause, says }: Violation) {
  return { invariant, tier, expected: clause, actual: says };
}

function isSame({ invariant, step }: Violation): (seen: ViewViolation) => boolean {
  return (seen) => seen.invariant === invariant && Math.abs(seen.frame - step) <= 1;
}

/** '' where the call returned. What is skipped was never called; an `x` op never is. */
function endingOf({ outcome, detail, op }: Step, isOp: boolean): string {
  if (outcome === 'returned' || !isOp) return '';
  if (outcome === 'skipped') {
    return op.kind === 'fail-sbrk' || op.kind === 'fail-mmap' ? '' : 'skipped';
  }
  return detail === '' ? outcome : `${outcome}: ${detail}`;
}
