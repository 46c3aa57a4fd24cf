// A step as the driver told it. Its heap is known block by block; a walk of it is written only for whoever
// asks for one.

import type { Address } from '../memory/address.ts';
import type { Syscall } from '../memory/syscall.ts';
import { NO_SLOT, type Op } from '../trace/op.ts';
import type { HeapLayout } from './driver-walk.ts';
import {
  type BrokenByte,
  emptyWalk,
  type Fault,
  type HeapWalk,
  type Outcome,
  type Step,
} from './execution.ts';
import { HeapBlocks } from './heap-blocks.ts';
import { skipWalk } from './walk.ts';

export class NativeStep implements Step {
  index = -1;
  op: Op = { kind: 'free-null', slot: NO_SLOT, count: 1, size: 0 };
  outcome: Outcome = 'skipped';
  result: Address = 0;
  given: Address = 0;
  errno = 0;
  readonly syscalls: Syscall[] = [];
  readonly broken: BrokenByte[] = [];
  detail = '';
  fault: Fault | undefined = undefined;
  frames: readonly number[] | undefined = undefined;
  word: bigint | undefined = undefined;
  readonly blocks: HeapBlocks;
  /** The process has ended: of its heap nothing is known. */
  isGone = false;
  private readonly walkBefore: HeapWalk;
  private readonly walkAfter: HeapWalk;
  private wroteBefore = false;
  private wroteAfter = false;

  constructor({ heapStart, links }: HeapLayout) {
    this.blocks = new HeapBlocks(heapStart, links);
    this.walkBefore = emptyWalk(heapStart);
    this.walkAfter = emptyWalk(heapStart);
  }

  /** Of a trace: the first step is still to come. */
  begin(): void {
    this.index = -1;
    this.blocks.reset();
    this.wroteBefore = false;
    this.wroteAfter = false;
  }

  /** The step behind this one, of which nothing else is known yet. */
  next(index: number, op: Op, outcome: Outcome): void {
    this.blocks.settle();
    this.index = index;
    this.op = op;
    this.outcome = outcome;
    this.result = 0;
    this.given = 0;
    this.errno = 0;
    this.detail = '';
    this.fault = undefined;
    this.frames = undefined;
    this.word = undefined;
    if (this.syscalls.length > 0) this.syscalls.length = 0;
    if (this.broken.length > 0) this.broken.length = 0;
    this.isGone = false;
    this.wroteBefore = false;
    this.wroteAfter = false;
  }

  get before(): HeapWalk {
    if (!this.wroteBefore) this.blocks.writeBefore(this.walkBefore);
    this.wroteBefore = true;
    return this.walkBefore;
  }

  get heap(): HeapWalk {
    if (!this.wroteAfter) this.writeAfter();
    this.wroteAfter = true;
    return this.walkAfter;
  }

  private writeAfter(): void {
    const { blocks, walkAfter } = this;
    if (this.isGone) skipWalk(walkAfter, blocks.heapStart, blocks.frame.end);
    else blocks.writeAfter(walkAfter);
  }
}
