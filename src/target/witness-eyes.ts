// The parent as keeper of a target's payloads: while the runner is stopped it fills and reads them itself, as the
// driver would, and compares the headers that were reported with those that are there. See witness.ts.

import type { Contract } from '../contract/contract.ts';
import type { Trace } from '../trace/trace.ts';
import type { HeapLayout } from './driver-walk.ts';
import type { BrokenByte, HeapWalk, Step } from './execution.ts';
import { PayloadKeeper } from './payload-keeper.ts';
import { descendant, ProcessMemory } from './process-memory.ts';
import { Slots } from './slots.ts';

/** Bytes of a heap whose headers are compared. */
const SIZE_LIMIT = 4 << 20;
/** Bytes of a header that are compared: the size, and the status. */
const HEADER_BYTES = 12;

/** The parent as keeper of the payloads. */
export class Eyes {
  lie = '';
  damage = '';
  private readonly trace: Trace;
  private readonly salt: number;
  private readonly contract: Contract;
  private readonly slots = new Slots();
  private readonly broken: BrokenByte[] = [];
  /** Of the next op: found before its call. */
  private early: BrokenByte[] = [];
  /** Of all that is live, found behind the last op. */
  private late: BrokenByte[] = [];
  private memory: ProcessMemory | undefined;
  private keeper: PayloadKeeper | undefined;
  private inner = -1;

  constructor(trace: Trace, salt: number, contract: Contract) {
    this.trace = trace;
    this.salt = salt;
    this.contract = contract;
  }

  open(root: number, inner: number): void {
    this.memory?.forget();
    if (this.inner === inner) return;
    this.close();
    const pid = descendant(root, inner);
    if (pid === undefined) {
      this.lie ||= `process ${inner}, which was said to be the target's, is none of those started`;
      return;
    }
    this.inner = inner;
    this.memory = new ProcessMemory(pid);
    this.keeper = new PayloadKeeper(this.memory, this.slots, this.contract, this.broken);
    this.keeper.density = 'hunting';
  }

  close(): void {
    this.memory?.close();
    this.memory = undefined;
    this.keeper = undefined;
    this.inner = -1;
  }

  /** What was found before the call stands first, as the driver has it. */
  before(step: Step): void {
    if (this.damage === '' && step.outcome === 'skipped' && this.mustRun(step)) {
      this.lie ||= `op ${step.index + 1} was said to be skipped, and is to be run`;
    }
    if (step.outcome === 'returned') step.broken.unshift(...this.early);
    this.early = [];
  }

  after(step: Step, layout: HeapLayout): void {
    const { keeper, memory } = this;
    if (keeper === undefined || memory === undefined) return;
    // We have written over a header ourselves then, which no walk need have seen: it would be taken for a lie.
    if (this.damage !== '') return;
    this.broken.length = 0;
    this.lie ||= wrongHeader(step.heap, memory, layout);
    // Where a walk that goes astray ends may depend on the payload that is filled before or after it.
    if (step.heap.flaw !== '') this.damage ||= `the heap does not tile after op ${step.index + 1}`;
    if (step.outcome === 'returned') this.settle(step, keeper, memory, layout);
    const next = this.trace[step.index + 1];
    if (next === undefined) {
      keeper.checkAll();
      this.late = [...this.broken];
    } else {
      keeper.checkBefore(next);
      this.early = [...this.broken];
    }
  }

  /** What is broken at the end is a step more, with what the driver found past the break. */
  end(steps: string[]): void {
    if (this.late.length === 0) return;
    const { length } = this.trace;
    const own = this.late.map(brokenText).join(' ');
    const last = steps.at(-1);
    if (last?.startsWith(`${length} `)) steps[steps.length - 1] = `${last} ${own}`;
    else steps.push(`${length} skipped ${own}`);
  }

  /** Only what every contract defines. */
  private mustRun({ op, index, heap }: Step): boolean {
    if (index < 0 || index >= this.trace.length) return false;
    const { unasked } = this.contract;
    const isPlain = op.kind === 'free' || (op.kind === 'malloc' && op.size > 0);
    const isAsked = unasked === undefined || op.size < unasked.from;
    return isPlain && isAsked && this.slots.runs(op, this.contract, heap);
  }

  private settle(
    step: Step,
    keeper: PayloadKeeper,
    memory: ProcessMemory,
    layout: HeapLayout,
  ): void {
    const { op, index, result } = step;
    const bears = op.kind === 'malloc' || op.kind === 'calloc' || op.kind === 'realloc';
    this.slots.calling();
    if (!keeper.settle(op, index + this.salt, result)) {
      this.lie ||= `the payload of op ${index + 1} was said to be there, and cannot be written`;
    } else if (bears && result !== 0 && this.slots.isLive(op.slot)) {
      // Of a payload of no bytes there is no copy: what is there is of another, and old.
      if (this.slots.size[op.slot]! > 0) memory.flush();
      const hit = wrongHeader(step.heap, memory, layout);
      if (hit !== '') this.damage ||= `the payload of op ${index + 1} lies over a header: ${hit}`;
    }
    step.broken.push(...this.broken);
    this.broken.length = 0;
  }
}

/** What a walk found, the kernel must find there, too: nothing has run since. Empty where it does. */
function wrongHeader(walk: HeapWalk, memory: ProcessMemory, { heapStart }: HeapLayout): string {
  const length = walk.end - heapStart;
  if (!walk.taken || walk.count === 0 || length > SIZE_LIMIT) return '';
  const bytes = new Uint8Array(length);
  if (memory.read(heapStart, bytes, length) < length) return 'the heap is not as large as reported';
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < walk.count; i++) {
    const at = walk.address[i]! - heapStart;
    if (at + HEADER_BYTES > length) return '';
    const size = (view.getUint32(at, true) + 7) & ~7;
    const status = view.getInt32(at + 8, true);
    if (size === walk.payloadSize[i] && status === walk.status[i]) continue;
    return `the header at heap+0x${at.toString(16)} is not as it was reported`;
  }
  return '';
}

/** One broken byte, as part of the line of a step. */
export function brokenText({ slot, offset, expected, actual, check }: BrokenByte): string {
  return `${check}/${slot}+${offset}:${expected}/${actual}`;
}
