// The decisive step of a finding as a diagnosis sees it: the call in its normal form, the heap around it, and
// what came before it in the trace. Made of kept steps by the oracle's own parts, and judging nothing.

import type { Contract } from '../contract/contract.ts';
import type { Address } from '../memory/address.ts';
import { Model } from '../oracle/model.ts';
import { Situation } from '../oracle/situation.ts';
import type { Violation } from '../oracle/violation.ts';
import { emptyWalk, type HeapWalk, type Step } from '../target/execution.ts';
import type { Slot } from '../trace/op.ts';
import type { Trace } from '../trace/trace.ts';

/** Memory that is gone. */
export interface Unmapped {
  readonly start: Address;
  /** As munmap was told. */
  readonly length: number;
  /** The op that unmapped it. */
  readonly op: number;
}

export interface Scene {
  readonly contract: Contract;
  readonly trace: Trace;
  readonly violation: Violation;
  readonly step: Step;
  /** Those before it, in order; some made no call. */
  readonly earlier: readonly Step[];
  /** The decisive call, its syscalls taken in; slots are as they were before it. */
  readonly s: Situation;
  readonly before: HeapWalk;
  readonly after: HeapWalk;
  readonly header: number;
  /** By slot: the op at which what it holds was born. */
  readonly bornAt: ReadonlyMap<Slot, number>;
  readonly unmapped: readonly Unmapped[];
}

/** What an execution left, as far as scenes are made of it. */
export interface Executed {
  readonly heapStart: Address;
  readonly steps: readonly Step[];
}

/** The scene of a violation; undefined where its step was not executed. */
export function sceneOf(
  contract: Contract,
  trace: Trace,
  violation: Violation,
  { heapStart, steps }: Executed,
): Scene | undefined {
  const at = steps.findIndex((each) => each.index === violation.step);
  const step = steps[at];
  if (step === undefined) return undefined;
  const earlier = steps.slice(0, at);
  const header = headerOf(contract, steps.slice(0, at + 1));
  const past = new Past(contract, heapStart, header);
  for (const each of earlier) past.take(each);
  const { s, bornAt, unmapped } = past;
  const before = lastWalk(earlier) ?? emptyWalk(heapStart);
  past.look(step);
  return {
    contract,
    trace,
    violation,
    step,
    earlier,
    s,
    before,
    after: step.heap,
    header,
    bornAt,
    unmapped,
  };
}

class Past {
  readonly bornAt = new Map<Slot, number>();
  readonly unmapped: Unmapped[] = [];
  readonly s: Situation;
  readonly #model: Model;
  readonly #header: number;

  constructor(contract: Contract, heapStart: Address, header: number) {
    this.#model = new Model(contract);
    this.#model.begin(heapStart);
    this.#header = header;
    this.s = new Situation(contract, this.#model);
  }

  look(step: Step): void {
    this.s.enter(step);
    for (const syscall of step.syscalls) {
      if (syscall.name === 'munmap' && syscall.error === 0) {
        const length = Number(syscall.length);
        this.unmapped.push({ start: syscall.address, length, op: step.index });
      }
      this.#model.observe(syscall);
    }
    this.s.measure(this.#header);
  }

  take(step: Step): void {
    this.look(step);
    const { s, bornAt } = this;
    if (step.outcome === 'skipped') return;
    const { slot } = s.op;
    if (s.call === 'release' || (s.call === 'resize' && s.result !== 0 && !s.oldKept)) {
      this.#model.clear(slot);
    }
    if (!s.gaveMemory) return;
    if (s.call === 'allocate') bornAt.set(slot, step.index);
    this.#model.place(slot, s.result, s.bytes);
  }
}

function headerOf(contract: Contract, steps: readonly Step[]): number {
  const known = steps.findLast(({ heap }) => heap.taken && heap.header > 0);
  return known?.heap.header ?? contract.placement?.headers[0] ?? 0;
}

function lastWalk(steps: readonly Step[]): HeapWalk | undefined {
  return steps.findLast(({ outcome }) => outcome === 'returned')?.heap;
}
