// The ordinary step, judged in one go. Nearly every step of nearly every allocator is one of these: a fit on
// the heap (malloc, or calloc), a free there, a realloc that stays, one that moves, and NULL for no bytes;
// with no syscalls and nothing broken. Here such a step is recognized by the very rules of the invariants, at a small part
// of their cost. Whatever is not plainly lawful is not judged here but left to them: they alone
// find violations, and say what is wrong.
//
// That this never lets pass what an invariant objects to is a property of its own, held to over all
// allocators that are known to be broken.

import { alignmentOf, type Contract } from '../contract/contract.ts';
import { MEMORY_LIMIT } from '../memory/address.ts';
import type { Step } from '../target/execution.ts';
import type { BlockColumns, HeapBlocks } from '../target/heap-blocks.ts';
import type { Op } from '../trace/op.ts';
import { BlockChange } from './change.ts';
import type { Model } from './model.ts';
import { ALLOC, FREE } from './runs.ts';
import type { InvariantName } from './violation.ts';

/** Which invariants have judged a step of each kind: all that apply to it. */
const ALWAYS: readonly InvariantName[] = ['termination', 'result', 'contents'];
const GIVEN: readonly InvariantName[] = [...ALWAYS, 'alignment', 'disjointness'];
const IN_HEAP: readonly InvariantName[] = ['block-list', 'status', 'syscalls'];

const WAYS = ['malloc', 'calloc', 'free', 'stay', 'move', 'nothing'] as const;
type Way = (typeof WAYS)[number];

export class Routine {
  private readonly contract: Contract;
  private readonly model: Model;
  private readonly change = new BlockChange();
  /** Of every payload; 0 where it depends on the request. */
  private readonly alignment: number;
  private readonly smallestPayload: number;
  private readonly pageSize: number;
  /** The change of the step in hand, which turned out not to be ordinary, was taken in already. */
  private followed = false;
  private readonly counts = { malloc: 0, calloc: 0, free: 0, stay: 0, move: 0, nothing: 0 };

  constructor(contract: Contract, model: Model) {
    this.contract = contract;
    this.model = model;
    const [first, second] = contract.alignment;
    this.alignment = second === undefined && first?.from === 0 ? first.multiple : 0;
    this.smallestPayload = contract.placement?.smallestPayload ?? 0;
    this.pageSize = contract.placement?.pageSize ?? 0;
  }

  begin(): void {
    this.change.begin();
  }

  /** Goes along with a step that was judged elsewhere: it took back the heap payload at `taken`, and gave
   * out the one at `given`; 0 where it did not. */
  follow({ blocks }: Step, taken: number, given: number): void {
    const { followed } = this;
    this.followed = false;
    if (followed || blocks === undefined || !blocks.after.taken) return;
    const { header } = blocks.after;
    this.change.follow(blocks, offsetOf(blocks, taken, header), offsetOf(blocks, given, header));
  }

  /** Adds to `judged` what was judged here. */
  addTo(judged: Map<InvariantName, number>): void {
    for (const way of WAYS) {
      for (const name of this.judgedBy(way)) {
        judged.set(name, (judged.get(name) ?? 0) + this.counts[way]);
      }
    }
  }

  /** Whether the step is ordinary and lawful; then the model has followed it. The heap is that of the
   * step, walked and tiling before it and after. */
  passes(step: Step, heap: HeapBlocks): boolean {
    const passes = this.isOrdinary(step, heap);
    if (passes) this.followed = false;
    return passes;
  }

  private isOrdinary(step: Step, heap: HeapBlocks): boolean {
    this.followed = false;
    if (step.outcome !== 'returned' || step.broken.length > 0 || step.syscalls.length > 0) {
      return false;
    }
    const { model } = this;
    const { op } = step;
    const { kind, slot } = op;
    if (!this.change.holds) return false;
    if (model.mappings.length > model.live.length - model.liveInHeap) return false;
    if (kind === 'free') return this.isRelease(step, heap);
    const bytes = bytesOf(op);
    const old = kind === 'realloc' ? (model.address[slot] ?? 0) : 0;
    if (bytes === 0) return old === 0 ? this.isNothing(step, heap) : this.isRelease(step, heap);
    if (bytes < 0 || !this.isGiven(step, bytes)) return false;
    if (old === 0) return this.isAllocation(step, heap, bytes, kind === 'calloc');
    return old === step.result
      ? this.isStay(step, heap, bytes)
      : this.isMove(step, heap, bytes, old);
  }

  /** Aligned, and below the break. That it shares no byte with another follows from where its block is. */
  private isGiven({ result }: Step, bytes: number): boolean {
    const { model, contract, alignment } = this;
    const multiple = alignment > 0 ? alignment : alignmentOf(contract, bytes);
    if (result < model.heapStart || result === 0 || result % multiple !== 0) return false;
    return result + bytes <= model.heapEnd;
  }

  private isAllocation(step: Step, heap: HeapBlocks, bytes: number, zeroed: boolean): boolean {
    const { change, model } = this;
    const { header } = heap.frame;
    const at = step.result - model.heapStart - header;
    if (!this.staysOnHeap(bytes, header, zeroed) || !this.isAdded(heap, at, bytes)) return false;
    if (!isBestFit(heap.blocks, header, at, alignUp(bytes))) return false;
    if (!this.takeIn(heap, -1, at) || change.adjacent > 0) return false;
    this.counts[zeroed ? 'calloc' : 'malloc']++;
    model.place(step.op.slot, step.result, bytes);
    return true;
  }

  /** NULL for a request of no bytes, where that is what is owed. */
  private isNothing({ result }: Step, heap: HeapBlocks): boolean {
    if (result !== 0 || heap.changed || this.contract.zeroSize !== 'null') return false;
    this.counts.nothing++;
    return true;
  }

  private isRelease({ op, result }: Step, heap: HeapBlocks): boolean {
    const { model } = this;
    const old = model.address[op.slot] ?? 0;
    if (result !== 0 || old < model.heapStart || old >= model.heapEnd || old === 0) return false;
    if (!this.takeIn(heap, old - model.heapStart - heap.frame.header, -1)) return false;
    this.counts.free++;
    model.clear(op.slot);
    return true;
  }

  /** realloc in place: the block is enough, or becomes so with the run behind it. */
  private isStay({ op, result }: Step, heap: HeapBlocks, bytes: number): boolean {
    const { model } = this;
    const { blocks, frame } = heap;
    const at = result - model.heapStart - frame.header;
    const index = indexOf(blocks, at);
    if (index < 0) return false;
    const need = alignUp(bytes);
    const own = blocks.payloadSize[index] as number;
    if (need > own && need > reachOf(blocks, index, frame.header)) return false;
    const isChanged = heap.changed && index >= heap.same && index < heap.same + heap.removed;
    const isHeld = isChanged
      ? this.isAdded(heap, at, bytes)
      : this.isRight(own, frame.header, bytes);
    if (!isHeld || !this.takeIn(heap, at, at)) return false;
    this.counts.stay++;
    model.place(op.slot, result, bytes);
    return true;
  }

  /** realloc into a hole, of a block that nothing could make long enough where it was. */
  private isMove(step: Step, heap: HeapBlocks, bytes: number, old: number): boolean {
    const { change, model } = this;
    const { blocks, frame } = heap;
    const { header } = frame;
    const need = alignUp(bytes);
    const from = old - model.heapStart - header;
    const at = step.result - model.heapStart - header;
    const index = old >= model.heapStart && old < model.heapEnd ? indexOf(blocks, from) : -1;
    if (index < 0 || index === blocks.count - 1) return false;
    if (need <= reachOf(blocks, index, header)) return false;
    if (!this.staysOnHeap(bytes, header, false) || !this.isAdded(heap, at, bytes)) return false;
    if (!isBestFit(blocks, header, at, need)) return false;
    if (!this.takeIn(heap, from, at) || change.adjacent > 0) return false;
    this.counts.move++;
    model.place(step.op.slot, step.result, bytes);
    return true;
  }

  private takeIn(heap: HeapBlocks, taken: number, given: number): boolean {
    this.followed = true;
    return this.change.follow(heap, taken, given);
  }

  /** Whether the heap is a lawful place for the request, whatever else is. */
  private staysOnHeap(bytes: number, header: number, zeroed: boolean): boolean {
    if (zeroed) return alignUp(bytes) + header <= this.pageSize;
    return bytes < this.model.mmapThreshold;
  }

  /** Whether the step made an ALLOC block there, of a size that is right for the request. */
  private isAdded(heap: HeapBlocks, at: number, bytes: number): boolean {
    if (!heap.changed) return false;
    const { added, frameAfter } = heap;
    let i = 0;
    while (i < added.count && (added.offset[i] as number) < at) i++;
    if (i === added.count || added.offset[i] !== at || added.status[i] !== ALLOC) return false;
    return this.isRight(added.payloadSize[i] as number, frameAfter.header, bytes);
  }

  /** Enough, and not so much that it had to be split. */
  private isRight(payloadSize: number, header: number, bytes: number): boolean {
    const slack = payloadSize - alignUp(bytes);
    return slack >= 0 && slack < header + this.smallestPayload;
  }

  private judgedBy(way: Way): readonly InvariantName[] {
    if (way === 'free' || way === 'nothing') return [...ALWAYS, ...IN_HEAP];
    const given: InvariantName[] = [...GIVEN, ...IN_HEAP, 'placement'];
    if (this.contract.interposed) given.push('containment');
    if (way === 'calloc') given.push('zeroing');
    if (way === 'stay' || way === 'move') given.push('realloc-prefix');
    if (way !== 'stay') given.push('coalescing');
    return given;
  }
}

function offsetOf(heap: HeapBlocks, payload: number, header: number): number {
  return payload === 0 ? -1 : payload - heap.heapStart - header;
}

/** The request, where it is ordinary: no more bytes than a process can have. Else -1. */
function bytesOf({ kind, size, count }: Op): number {
  if (kind !== 'malloc' && kind !== 'realloc' && kind !== 'calloc') return -1;
  if (typeof size !== 'number' || typeof count !== 'number') return -1;
  const bytes = kind === 'calloc' ? size * count : size;
  return bytes <= MEMORY_LIMIT ? bytes : -1;
}

function alignUp(bytes: number): number {
  return (bytes + 7) & ~7;
}

/** The index of the block whose header is at `at`, or -1. Offsets ascend. */
function indexOf({ offset, count }: BlockColumns, at: number): number {
  let low = 0;
  let high = count - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = offset[middle] as number;
    if (found === at) return middle;
    if (found < at) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** What the block can hold with the run behind it. */
function reachOf(
  { count, payloadSize, status }: BlockColumns,
  index: number,
  header: number,
): number {
  let reach = payloadSize[index] as number;
  for (let i = index + 1; i < count && status[i] === FREE; i++) {
    reach += header + (payloadSize[i] as number);
  }
  return reach;
}

/** Whether a run begins at `at` that is enough, and none that is enough is smaller. */
function isBestFit(blocks: BlockColumns, header: number, at: number, need: number): boolean {
  const { count, offset, payloadSize, status } = blocks;
  let best = -1;
  let own = -1;
  for (let i = 0; i < count; i++) {
    if (status[i] !== FREE) continue;
    const start = i;
    let size = payloadSize[i] as number;
    while (i + 1 < count && status[i + 1] === FREE) size += header + (payloadSize[++i] as number);
    if (offset[start] === at) own = size;
    if (size >= need && (best < 0 || size < best)) best = size;
  }
  return own >= 0 && own === best;
}
