// The ordinary step, judged in one go. Nearly every step of nearly every allocator is one of five: a fit on
// the heap (malloc, or calloc), a free there, a realloc that stays and one that moves, with no syscalls and
// nothing broken. Here such a step is recognized by the very rules of the invariants, at a small part
// of their cost. Whatever is not plainly lawful is not judged here but left to them: they alone
// find violations, and say what is wrong.
//
// That this never lets pass what an invariant objects to is a property of its own, held to over all
// allocators that are known to be broken.

import { alignmentOf, type Contract } from '../contract/contract.ts';
import { MEMORY_LIMIT } from '../memory/address.ts';
import type { HeapWalk, Step } from '../target/execution.ts';
import type { Op } from '../trace/op.ts';
import type { Model } from './model.ts';
import { ALLOC, blockAt, FREE, runSizeFrom } from './runs.ts';
import { Tally } from './tally.ts';
import type { InvariantName } from './violation.ts';

/** Which invariants have judged a step of each kind: all that apply to it. */
const ALWAYS: readonly InvariantName[] = ['termination', 'result', 'contents'];
const GIVEN: readonly InvariantName[] = [...ALWAYS, 'alignment', 'disjointness'];
const IN_HEAP: readonly InvariantName[] = ['block-list', 'status', 'syscalls'];

const WAYS = ['malloc', 'calloc', 'free', 'stay', 'move'] as const;
type Way = (typeof WAYS)[number];

export class Routine {
  private readonly contract: Contract;
  private readonly model: Model;
  private readonly tally = new Tally();
  /** Of every payload; 0 where it depends on the request. */
  private readonly alignment: number;
  private readonly counts = { malloc: 0, calloc: 0, free: 0, stay: 0, move: 0 };

  constructor(contract: Contract, model: Model) {
    this.contract = contract;
    this.model = model;
    const [first, second] = contract.alignment;
    this.alignment = second === undefined && first?.from === 0 ? first.multiple : 0;
  }

  /** A step was judged elsewhere, or a trace begins: what is known of the heap no longer holds. */
  forget(): void {
    this.tally.forget();
  }

  /** Adds to `judged` what was judged here. */
  addTo(judged: Map<InvariantName, number>): void {
    for (const way of WAYS) {
      for (const name of this.judgedBy(way)) {
        judged.set(name, (judged.get(name) ?? 0) + this.counts[way]);
      }
    }
  }

  /** Whether the step is ordinary and lawful; then the model has followed it. `before` is the heap before
   * it, walked and tiling. */
  passes(step: Step, before: HeapWalk): boolean {
    if (step.outcome !== 'returned' || step.broken.length > 0 || step.syscalls.length > 0) {
      return false;
    }
    const { model } = this;
    const { op } = step;
    const { kind, slot } = op;
    if (model.mappings.length > model.live.length - model.liveInHeap) return false;
    if (kind === 'free') return this.isRelease(step, before);
    const bytes = bytesOf(op);
    if (bytes <= 0 || !this.isGiven(step, bytes)) return false;
    if (kind !== 'realloc') return this.isAllocation(step, before, bytes, kind === 'calloc');
    const old = model.address[slot] ?? 0;
    if (old === 0) return this.isAllocation(step, before, bytes, false);
    return old === step.result
      ? this.isStay(step, before, bytes)
      : this.isMove(step, before, bytes, old);
  }

  /** alignment, containment, disjointness. */
  private isGiven({ op, result }: Step, bytes: number): boolean {
    const { model, contract, alignment } = this;
    const multiple = alignment > 0 ? alignment : alignmentOf(contract, bytes);
    if (result < model.heapStart || result === 0 || result % multiple !== 0) return false;
    return result + bytes <= model.heapEnd && model.overlapping(result, bytes, op.slot) < 0;
  }

  private isAllocation(step: Step, before: HeapWalk, bytes: number, zeroed: boolean): boolean {
    const { heap, result, op } = step;
    if (!this.staysOnHeap(bytes, heap.header, zeroed)) return false;
    if (!isBestFit(before, result - heap.header, alignUp(bytes))) return false;
    if (!this.isHeld(heap, result, bytes)) return false;
    const { tally, model } = this;
    if (!tally.follow(before, heap) || tally.adjacent > 0) return false;
    if (tally.allocated !== model.liveInHeap + 1) return false;
    this.counts[zeroed ? 'calloc' : 'malloc']++;
    model.place(op.slot, result, bytes);
    return true;
  }

  private isRelease({ op, heap, result }: Step, before: HeapWalk): boolean {
    const { tally, model } = this;
    const old = model.address[op.slot] ?? 0;
    if (result !== 0 || old < model.heapStart || old >= model.heapEnd || old === 0) return false;
    if (!isFree(heap, old) || !tally.follow(before, heap)) return false;
    if (tally.allocated !== model.liveInHeap - 1) return false;
    this.counts.free++;
    model.clear(op.slot);
    return true;
  }

  /** realloc in place: the block is enough, or becomes so with the run behind it. */
  private isStay({ op, heap, result }: Step, before: HeapWalk, bytes: number): boolean {
    const { tally, model } = this;
    const index = blockAt(before, result - heap.header);
    if (index < 0) return false;
    const own = before.payloadSize[index] as number;
    const need = alignUp(bytes);
    if (need > own && need > reachOf(before, index, own)) return false;
    if (!this.isHeld(heap, result, bytes) || !tally.follow(before, heap)) return false;
    if (tally.allocated !== model.liveInHeap) return false;
    this.counts.stay++;
    model.place(op.slot, result, bytes);
    return true;
  }

  /** realloc into a hole, of a block that nothing could make long enough where it was. */
  private isMove(step: Step, before: HeapWalk, bytes: number, old: number): boolean {
    const { heap, result, op } = step;
    const { tally, model } = this;
    const need = alignUp(bytes);
    const index = old >= model.heapStart ? blockAt(before, old - heap.header) : -1;
    if (index < 0 || index === before.count - 1) return false;
    const own = before.payloadSize[index] as number;
    if (need <= own || need <= reachOf(before, index, own)) return false;
    if (!this.staysOnHeap(bytes, heap.header, false)) return false;
    if (!isBestFit(before, result - heap.header, need)) return false;
    if (!this.isHeld(heap, result, bytes) || !isFree(heap, old)) return false;
    if (!tally.follow(before, heap) || tally.adjacent > 0) return false;
    if (tally.allocated !== model.liveInHeap) return false;
    this.counts.move++;
    model.place(op.slot, result, bytes);
    return true;
  }

  /** Whether the heap is a lawful place for the request, whatever else is. */
  private staysOnHeap(bytes: number, header: number, zeroed: boolean): boolean {
    const { placement } = this.contract;
    if (placement === undefined) return false;
    return zeroed
      ? alignUp(bytes) + header <= placement.pageSize
      : bytes < this.model.mmapThreshold;
  }

  /** Its block is ALLOC, long enough, and not so long that it had to be split. */
  private isHeld(heap: HeapWalk, payload: number, bytes: number): boolean {
    const { header } = heap;
    const index = blockAt(heap, payload - header);
    if (index < 0 || heap.status[index] !== ALLOC) return false;
    const slack = (heap.payloadSize[index] as number) - alignUp(bytes);
    return slack >= 0 && slack < header + (this.contract.placement?.smallestPayload ?? 8);
  }

  private judgedBy(way: Way): readonly InvariantName[] {
    if (way === 'free') return [...ALWAYS, ...IN_HEAP];
    const given: InvariantName[] = [...GIVEN, ...IN_HEAP, 'placement'];
    if (this.contract.interposed) given.push('containment');
    if (way === 'calloc') given.push('zeroing');
    if (way === 'stay' || way === 'move') given.push('realloc-prefix');
    if (way !== 'stay') given.push('coalescing');
    return given;
  }
}

/** The request, where it is ordinary: some bytes, as many as a process can have. Else 0. */
function bytesOf({ kind, size, count }: Op): number {
  if (kind !== 'malloc' && kind !== 'realloc' && kind !== 'calloc') return 0;
  if (typeof size !== 'number' || typeof count !== 'number') return 0;
  const bytes = kind === 'calloc' ? size * count : size;
  return bytes <= MEMORY_LIMIT ? bytes : 0;
}

function alignUp(bytes: number): number {
  return (bytes + 7) & ~7;
}

/** What the block can hold with the run behind it. */
function reachOf(heap: HeapWalk, index: number, own: number): number {
  const run = runSizeFrom(heap, index + 1);
  return run === 0 ? own : own + heap.header + run;
}

/** Whether no live block begins there any more. */
function isFree(heap: HeapWalk, payload: number): boolean {
  const index = blockAt(heap, payload - heap.header);
  return index < 0 || heap.status[index] === FREE;
}

/** Whether a run begins at `at` that is enough, and none that is enough is smaller. */
function isBestFit(heap: HeapWalk, at: number, need: number): boolean {
  const { count, header, address, payloadSize, status } = heap;
  let best = -1;
  let own = -1;
  for (let i = 0; i < count; i++) {
    if (status[i] !== FREE) continue;
    const start = i;
    let size = payloadSize[i] as number;
    while (i + 1 < count && status[i + 1] === FREE) size += header + (payloadSize[++i] as number);
    if (address[start] === at) own = size;
    if (size >= need && (best < 0 || size < best)) best = size;
  }
  return own >= 0 && own === best;
}
