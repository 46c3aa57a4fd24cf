// One step, as the invariants see it: the call in its normal form, what it was owed, and the memory
// before and after. Computed once a step, into one reused object.

import type { Contract } from '../contract/contract.ts';
import { addSizes, alignSize, type SizeT } from '../contract/size-t.ts';
import { type Address, HEAP_LIMIT, hex, MAPPING_LIMIT } from '../memory/address.ts';
import type { Syscall } from '../memory/syscall.ts';
import {
  type BrokenByte,
  emptyWalk,
  type Fault,
  type HeapWalk,
  type Outcome,
  type Step,
} from '../target/execution.ts';
import type { Op, Slot } from '../trace/op.ts';
import { requested } from '../trace/trace.ts';
import type { Model } from './model.ts';
import type { Ruling } from './ruling.ts';

/**
 * What a call amounts to. realloc(NULL, n) allocates, realloc(p, 0) releases; 'nothing' must have no
 * effect at all: free(NULL), a stale realloc or free, and any request of zero bytes.
 */
export type Call = 'allocate' | 'resize' | 'release' | 'nothing';

const NO_OP: Op = { kind: 'free-null', slot: -1, count: 1, size: 0 };

export class Situation {
  readonly contract: Contract;
  readonly model: Model;

  index = 0;
  op: Op = NO_OP;
  call: Call = 'nothing';
  outcome: Outcome = 'returned';
  returned = false;
  detail = '';
  fault: Fault | undefined;
  result: Address = 0;
  /** Bytes asked for; undefined where count * size does not fit size_t. */
  request: SizeT | undefined = 0;
  /** The request, aligning it or adding the header does not fit size_t. */
  wraps = false;
  /** More than any process could get: NULL is never wrong. */
  hopeless = false;
  /** The request in bytes, where it is one that can be met; else 0. */
  bytes = 0;
  /** The request rounded up to 8, and with the header: 0 where it cannot be met. */
  need = 0;
  block = 0;
  /** Bytes of a header: as revealed, else the contract's first. */
  header = 0;

  /** The call gave out memory: a pointer, for a request that can be met. */
  gaveMemory = false;
  /** The result is a heap payload other than the one that the slot had. */
  newHeapPayload = false;
  /** The old payload is live after the step, where it was. */
  oldKept = false;

  /** What the op's slot held before, or 0. */
  oldAddress: Address = 0;
  oldSize = 0;
  oldInHeap = false;
  /** Length of the mapping that the old payload lay in, 0 if none; and its start. */
  oldMappingLength = 0;
  oldMapping: Address = 0;

  /** Some sbrk, brk or mmap of this op failed. */
  failed = false;
  /** The first call that failed, and how far the break would have moved in all with it. */
  attempt: Syscall | undefined;
  attemptedGrowth = 0;
  /** How far the break moved in all. */
  growth = 0;
  lowered = false;
  remapped = false;
  mapped: Syscall | undefined;
  mapCount = 0;
  unmapped: Syscall | undefined;
  unmapCount = 0;
  /** A munmap came before the memory that replaces it. */
  unmappedEarly = false;

  /** The heap before and after, `taken` only where the rules may rely on it. */
  before: HeapWalk = emptyWalk(0);
  after: HeapWalk = emptyWalk(0);
  /** Both walks are at hand (an empty heap counts as walked). */
  walked = false;
  broken: readonly BrokenByte[] = [];
  /** Filled by ruling.ts when first asked for. */
  ruling: Ruling | undefined;

  constructor(contract: Contract, model: Model) {
    this.contract = contract;
    this.model = model;
  }

  /** Takes in the op and what the model knew before it; the model has not seen the step yet. */
  enter(step: Step): void {
    const { contract } = this;
    const { op } = step;
    this.index = step.index;
    this.op = op;
    this.outcome = step.outcome;
    this.returned = step.outcome === 'returned';
    this.detail = step.detail;
    this.fault = step.fault;
    this.result = step.result;
    this.broken = step.broken;
    this.ruling = undefined;
    this.gaveMemory = false;
    this.newHeapPayload = false;
    this.oldKept = false;
    this.takeOld(op.slot, op.kind === 'free' || op.kind === 'realloc');
    this.request = requested(op);
    const zero = this.request === 0;
    if (op.kind === 'realloc' && this.oldAddress !== 0) this.call = zero ? 'release' : 'resize';
    else if (op.kind === 'free') this.call = 'release';
    else if (op.kind === 'malloc' || op.kind === 'calloc' || op.kind === 'realloc') {
      this.call = zero && contract.zeroSize === 'null' ? 'nothing' : 'allocate';
    } else this.call = 'nothing';
    this.takeSyscalls(step.syscalls);
  }

  /** Sizes depend on the header, which the step itself may have revealed. */
  measure(header: number): void {
    this.header = header;
    const { request } = this;
    const need = request === undefined ? undefined : alignSize(request, 8);
    const block = need === undefined ? undefined : addSizes(need, header);
    this.wraps = block === undefined;
    this.hopeless = request === undefined || request > MAPPING_LIMIT;
    const real = !this.wraps && !this.hopeless;
    this.bytes = real ? (request as number) : 0;
    this.need = real ? (need as number) : 0;
    this.block = real ? (block as number) : 0;
    this.takeResult(real);
  }

  /** The program ended itself in the op whose syscall failed, as DIE does: the contract lets it. */
  get endedByFailure(): boolean {
    const ended = this.outcome === 'exited' || this.detail.startsWith('SIGABRT');
    return this.failed && ended && this.outcome !== 'returned';
  }

  get liveInHeapAfter(): number {
    const { model } = this;
    const left = this.oldInHeap && !this.oldKept ? 1 : 0;
    const came = this.newHeapPayload ? 1 : 0;
    return model.liveInHeap - left + came;
  }

  get liveMappedAfter(): number {
    const { model } = this;
    const left = this.oldAddress !== 0 && !this.oldInHeap && !this.oldKept ? 1 : 0;
    const elsewhere = this.gaveMemory && this.result !== this.oldAddress;
    const came = elsewhere && !model.inHeap(this.result) ? 1 : 0;
    return model.live.length - model.liveInHeap - left + came;
  }

  /** A heap payload was given out, and still nobody can tell how long a header is. */
  get headless(): boolean {
    return this.gaveMemory && !this.after.taken && this.model.inHeap(this.result);
  }

  /** An address as people read it: `heap+0x50`, also beyond the break, `mapping 2+0x20`, or plain. */
  at(address: Address): string {
    const { model } = this;
    if (address === 0) return 'NULL';
    const room = model.heapEnd > model.heapStart ? HEAP_LIMIT : 0;
    if (address >= model.heapStart && address <= model.heapStart + room) {
      return `heap+${hex(address - model.heapStart)}`;
    }
    const mapping = model.mappingOf(address);
    if (mapping !== undefined)
      return `mapping ${hex(mapping.start)}+${hex(address - mapping.start)}`;
    return hex(address);
  }

  /** A payload as people read it: `[heap+0x50, heap+0x68)`. */
  range(address: Address, size: number): string {
    return `[${this.at(address)}, ${this.at(address + size)})`;
  }

  /** `real`: the request is one that can be met. Asked for by most invariants, so worked out once. */
  private takeResult(real: boolean): void {
    const { call, result } = this;
    const moved = result !== this.oldAddress;
    const asked = call === 'allocate' || call === 'resize';
    this.gaveMemory = this.returned && result !== 0 && real && asked;
    this.newHeapPayload = this.gaveMemory && moved && this.model.inHeap(result);
    this.oldKept = call === 'resize' && (result === 0 || !moved);
  }

  private takeOld(slot: Slot, used: boolean): void {
    const { model } = this;
    this.oldAddress = used && slot >= 0 ? (model.address[slot] ?? 0) : 0;
    this.oldSize = this.oldAddress === 0 ? 0 : (model.size[slot] as number);
    this.oldInHeap = this.oldAddress !== 0 && model.inHeap(this.oldAddress);
    this.oldMappingLength = 0;
    this.oldMapping = 0;
    if (this.oldAddress === 0 || this.oldInHeap) return;
    const mapping = model.mappingOf(this.oldAddress);
    if (mapping === undefined) return;
    this.oldMapping = mapping.start;
    this.oldMappingLength = mapping.length;
  }

  private takeSyscalls(syscalls: readonly Syscall[]): void {
    this.failed = false;
    this.attempt = undefined;
    this.lowered = false;
    this.remapped = false;
    this.unmappedEarly = false;
    this.growth = 0;
    this.mapCount = 0;
    this.unmapCount = 0;
    this.mapped = undefined;
    this.unmapped = undefined;
    for (let i = 0; i < syscalls.length; i++) this.takeSyscall(syscalls[i] as Syscall);
  }

  private takeSyscall(syscall: Syscall): void {
    const { name } = syscall;
    if (name === 'mremap') this.remapped = true;
    else if (name === 'munmap') {
      this.unmapCount++;
      this.unmapped = syscall;
    } else if (syscall.error !== 0) this.takeFailure(syscall);
    else if (name === 'mmap') {
      this.mapCount++;
      this.mapped = syscall;
      if (this.unmapCount > 0) this.unmappedEarly = true;
    } else {
      this.growth += syscall.moved;
      if (syscall.moved < 0) this.lowered = true;
      if (syscall.moved > 0 && this.unmapCount > 0) this.unmappedEarly = true;
    }
  }

  private takeFailure(syscall: Syscall): void {
    this.failed = true;
    if (this.attempt !== undefined) return;
    this.attempt = syscall;
    this.attemptedGrowth = this.growth + syscall.moved;
  }
}
