// Our allocator on the simulated operating system, as a target. What it does with a trace is the law in
// target.ts; what the allocator does, a fault or an endless loop included, is an observation. An
// assertion that fails is ours, and is thrown.

import { type Allocator, createAllocator } from '../allocator/allocator.ts';
import { type AllocatorParts, soundParts } from '../allocator/parts.ts';
import { type AllocatorRules, osmemRules } from '../allocator/rules.ts';
import type { Contract } from '../contract/contract.ts';
import { osmemOurs } from '../contract/osmem.ts';
import { type Address, HEAP_START, NULL } from '../memory/address.ts';
import { SimulatedOs } from '../memory/simulated-os.ts';
import type { Op } from '../trace/op.ts';
import type { Trace } from '../trace/trace.ts';
import { type Beginning, emptyWalk, type HeapWalk, type Step } from './execution.ts';
import { PayloadKeeper } from './payload-keeper.ts';
import { invoke, observe } from './simulated-call.ts';
import { Slots } from './slots.ts';
import { emptyStatistics, type RunStatistics } from './statistics.ts';
import type { Density, Target, Visitor, Watched } from './target.ts';
import { inferHeader, skipWalk, walkHeap } from './walk.ts';

export interface SimulatedOptions {
  /** 'builtin' if absent. */
  readonly name?: string;
  /** For mutants: what to build the allocator from. */
  readonly parts?: AllocatorParts;
  /** osmemOurs if absent. The allocator goes by its numbers. */
  readonly contract?: Contract;
  /** Turns the allocator's dynamic threshold on, and the contract's with it; `cap` in bytes. */
  readonly dynamicThreshold?: { readonly cap: number };
  /** Bytes; see SimulatedOs. */
  readonly memoryLimit?: number;
  /** Memory accesses that one call may make, besides FUEL_PER_BLOCK for each block of the heap. */
  readonly fuel?: number;
  /** Cuts a long trace short. */
  readonly signal?: AbortSignal;
}

/** Ops between two pauses of a long trace. */
const BREATH = 256;

/** Enough for a realloc to copy half of the memory limit; an endless loop is over in a millisecond. */
const FUEL = 200_000;
const FUEL_PER_BLOCK = 100;

export function createSimulatedTarget(options: SimulatedOptions = {}): SimulatedTarget {
  return new SimulatedTarget(options);
}

export class SimulatedTarget implements Target {
  readonly name: string;
  readonly contract: Contract;
  /** Of the last trace run; overwritten by the next. */
  readonly statistics: RunStatistics = emptyStatistics();

  private readonly signal: AbortSignal | undefined;
  private readonly parts: AllocatorParts;
  private readonly rules: AllocatorRules;
  private readonly fuel: number;
  private readonly os: SimulatedOs;
  private readonly slots = new Slots();
  private readonly keeper: PayloadKeeper;
  private allocator: Allocator;
  private header = 0;
  private spareWalk: HeapWalk = emptyWalk(HEAP_START);
  /** Of the last op; overwritten by the next. */
  readonly step: Step & { heap: HeapWalk };

  constructor(options: SimulatedOptions = {}) {
    this.name = options.name ?? 'builtin';
    this.contract = contractOf(options);
    this.signal = options.signal;
    this.parts = options.parts ?? soundParts;
    this.rules = rulesOf(this.contract);
    this.fuel = options.fuel ?? FUEL;
    const { memoryLimit } = options;
    this.os = new SimulatedOs(memoryLimit === undefined ? {} : { memoryLimit });
    this.allocator = this.newProcess();
    this.step = {
      index: 0,
      op: { kind: 'free-null', slot: -1, count: 1, size: 0 },
      outcome: 'skipped',
      result: NULL,
      given: NULL,
      errno: 0,
      syscalls: this.os.syscalls,
      heap: emptyWalk(HEAP_START),
      broken: [],
      detail: '',
      fault: undefined,
    };
    this.keeper = new PayloadKeeper(this.os, this.slots, this.contract, this.step.broken);
  }

  async execute(
    traces: readonly Trace[],
    density: Density,
    visitor: Visitor,
    _watched?: Watched,
    signal?: AbortSignal,
  ): Promise<void> {
    for (const trace of traces) {
      if (signal?.aborted) return;
      if (trace.length <= BREATH) this.run(trace, density, visitor);
      else await this.runLong(trace, density, visitor);
    }
  }

  async close(): Promise<void> {}

  /** Runs one trace, here and now. */
  run(trace: Trace, density: Density, visitor: Visitor): void {
    visitor.begin(trace, this.begin(density));
    this.endRun(trace, visitor, this.runOps(trace, visitor, 0, trace.length));
  }

  /** The same with pauses: a program's trace takes seconds, in which signals must get through. */
  private async runLong(trace: Trace, density: Density, visitor: Visitor): Promise<void> {
    visitor.begin(trace, this.begin(density));
    let goesOn = true;
    for (let at = 0; goesOn && at < trace.length; at += BREATH) {
      goesOn = this.runOps(trace, visitor, at, Math.min(at + BREATH, trace.length));
      await new Promise((resolve) => setImmediate(resolve));
      if (this.signal?.aborted) goesOn = false;
    }
    this.endRun(trace, visitor, goesOn);
  }

  private endRun(trace: Trace, visitor: Visitor, whole: boolean): void {
    if (whole && this.finish(trace)) visitor.step(this.step);
    visitor.end();
    const { splits, merges, moves } = this.allocator.heap.counters;
    Object.assign(this.statistics, { splits, merges, moves });
  }

  /**
   * A fresh process. With `perform` and `finish` this is `run` in pieces, for a driver that has its ops
   * one at a time, as fast-check's commands do.
   */
  begin(density: Density): Beginning {
    this.os.limitFuel(undefined);
    this.os.reset();
    this.allocator = this.newProcess();
    this.slots.clear();
    this.keeper.density = density;
    this.header = 0;
    skipWalk(this.step.heap, HEAP_START, HEAP_START);
    Object.assign(this.statistics, emptyStatistics());
    return { heapStart: HEAP_START };
  }

  private newProcess(): Allocator {
    return createAllocator(this.os, { parts: this.parts, rules: this.rules });
  }

  /** The ops [from, to). False if the trace was cut short. */
  private runOps(trace: Trace, visitor: Visitor, from: number, to: number): boolean {
    for (let index = from; index < to; index++) {
      const goesOn = this.perform(trace[index]!, index);
      if (!visitor.step(this.step) || !goesOn) return false;
    }
    return true;
  }

  /** Makes the step of one op, which `step` then tells; returns whether the trace can go on after it. */
  perform(op: Op, index: number): boolean {
    const { step, slots } = this;
    this.startStep(op, index);
    if (!slots.runs(op, this.contract, step.heap)) {
      this.arm(op);
      return true;
    }
    step.given = slots.given(op);
    this.keeper.checkBefore(op);
    slots.calling();
    this.call(op);
    this.count();
    if (step.outcome !== 'returned') return false;
    this.keeper.checkPastBreak();
    const goesOn = this.keeper.settle(op, index, step.result);
    this.walk();
    this.measurePeak();
    return goesOn;
  }

  private startStep(op: Op, index: number): void {
    const { step } = this;
    step.index = index;
    step.op = op;
    step.outcome = 'skipped';
    step.result = NULL;
    step.given = NULL;
    step.errno = 0;
    step.detail = '';
    step.fault = undefined;
    if (step.broken.length > 0) step.broken.length = 0;
    this.os.forgetSyscalls();
  }

  private arm(op: Op): void {
    if (op.kind === 'fail-sbrk') this.os.failGrowth(Number(op.count));
    else if (op.kind === 'fail-mmap') this.os.failMmap(Number(op.count));
  }

  private call(op: Op): void {
    const { step, os, allocator } = this;
    allocator.errno = 0;
    os.limitFuel(this.fuel + FUEL_PER_BLOCK * step.heap.count);
    try {
      step.result = invoke(allocator, op, step.given);
      step.outcome = 'returned';
    } catch (thrown) {
      observe(step, thrown);
    }
    os.limitFuel(undefined);
    step.errno = allocator.errno;
  }

  /** Into the walk that the step before last had, so that the last one's stays as it was. */
  private walk(): void {
    const walk = this.spareWalk;
    this.spareWalk = this.step.heap;
    this.step.heap = walk;
    const { os, contract } = this;
    const end = os.break;
    if (contract.placement === undefined || end === HEAP_START) {
      skipWalk(walk, HEAP_START, end);
      return;
    }
    const readable = os.stretch(HEAP_START, end - HEAP_START);
    const heap = { ints: os.stretchInts, index: os.stretchIndex >> 2, readable };
    walkHeap(walk, heap, HEAP_START, end, this.headerNow(end), contract.links);
  }

  /** From the first heap payload; until there is one, the contract's first is assumed. */
  private headerNow(end: Address): number {
    if (this.header !== 0) return this.header;
    const { result } = this.step;
    const header = inferHeader(this.contract, HEAP_START, result);
    if (result > HEAP_START && result < end) this.header = header;
    return header;
  }

  /** After the last op of a trace: whether payloads are broken, which is one more step. */
  finish(trace: Trace): boolean {
    const last = trace.at(-1);
    if (last === undefined) return false;
    this.startStep(last, trace.length);
    this.keeper.checkPastBreak(true);
    this.keeper.checkAll();
    return this.step.broken.length > 0;
  }

  private count(): void {
    this.statistics.calls += 1;
    this.statistics.syscalls += this.os.syscalls.length;
  }

  private measurePeak(): void {
    const { statistics, slots } = this;
    const heapBytes = this.os.break - HEAP_START;
    if (heapBytes > statistics.peakHeapBytes) statistics.peakHeapBytes = heapBytes;
    if (slots.liveBytes > statistics.peakLiveBytes) statistics.peakLiveBytes = slots.liveBytes;
    if (slots.liveHeapBytes > statistics.peakLiveHeapBytes) {
      statistics.peakLiveHeapBytes = slots.liveHeapBytes;
    }
  }
}

function contractOf({ contract = osmemOurs, dynamicThreshold }: SimulatedOptions): Contract {
  if (dynamicThreshold === undefined || contract.placement === undefined) return contract;
  return { ...contract, placement: { ...contract.placement, dynamicThreshold } };
}

function rulesOf({ placement }: Contract): AllocatorRules {
  return placement ?? osmemRules;
}
