// The four tables of a frame (page-data.ts), and what one step changes in them. The heap's blocks come from
// the walk; payloads, mappings and the break from the oracle's model, which goes on from what was observed.

import type { Contract } from '../contract/contract.ts';
import { Model } from '../oracle/model.ts';
import type { HeapWalk, Step } from '../target/execution.ts';
import type { Slot } from '../trace/op.ts';
import { requested } from '../trace/trace.ts';
import { BREAK, FLAW, GONE, TABLE } from './page/tables.js';

export class FrameTables {
  /** As it stands after the steps so far. */
  readonly model: Model;
  readonly #blocks = new Blocks();
  /** By start: the length. */
  #mappings = new Map<number, number>();
  #break = 0;
  #flaw = '';
  #changes: number[] = [];

  constructor(contract: Contract) {
    this.model = new Model(contract);
  }

  begin(heapStart: number): void {
    this.model.begin(heapStart);
  }

  /** Takes a step, and returns its changes. */
  advance(step: Step): readonly number[] {
    this.#changes = [];
    for (const call of step.syscalls) this.model.observe(call);
    if (step.syscalls.length > 0) this.#changeMappings();
    if (step.outcome === 'returned') this.#changePayload(step);
    if (step.heap.taken) this.#blocks.advance(step.heap, this.#changes);
    this.#changeBounds(step.heap);
    return this.#changes;
  }

  #changePayload({ op, result }: Step): void {
    const { model } = this;
    const { kind, slot } = op;
    if (kind === 'free' || (kind === 'realloc' && op.size === 0 && model.isLive(slot))) {
      if (model.isLive(slot)) this.#changes.push(TABLE.payloads + GONE, slot);
      model.clear(slot);
    } else if (result !== 0 && (kind === 'malloc' || kind === 'calloc' || kind === 'realloc')) {
      this.#place(slot, result, Number(requested(op) ?? 0));
    }
  }

  #place(slot: Slot, address: number, size: number): void {
    const { model } = this;
    if (model.address[slot] === address && model.size[slot] === size) return;
    model.place(slot, address, size);
    this.#changes.push(TABLE.payloads, slot, address - model.heapStart, size);
  }

  #changeMappings(): void {
    const { heapStart } = this.model;
    const now = new Map(this.model.mappings.map(({ start, length }) => [start, length]));
    for (const start of this.#mappings.keys()) {
      if (!now.has(start)) this.#changes.push(TABLE.mappings + GONE, start - heapStart);
    }
    for (const [start, length] of now) {
      if (this.#mappings.get(start) === length) continue;
      this.#changes.push(TABLE.mappings, start - heapStart, length, 0);
    }
    this.#mappings = now;
  }

  #changeBounds(heap: HeapWalk): void {
    const { heapStart, heapEnd } = this.model;
    if (heapEnd !== this.#break) {
      this.#break = heapEnd;
      this.#changes.push(TABLE.bounds, BREAK, heapEnd - heapStart, 0);
    }
    const flaw = heap.taken && heap.flaw !== '' ? `${heap.flawAt} ${heap.flawSize}` : '';
    if (flaw === this.#flaw) return;
    this.#flaw = flaw;
    if (flaw === '') this.#changes.push(TABLE.bounds + GONE, FLAW);
    else this.#changes.push(TABLE.bounds, FLAW, heap.flawAt - heapStart, heap.flawSize);
  }
}

/** The blocks of the walk before: own copies, for a walk is overwritten. */
class Blocks {
  #address = new Float64Array(64);
  #size = new Float64Array(64);
  #status = new Float64Array(64);
  #count = 0;

  /** Adds to `changes` what is different in this walk. Nearly all of two walks is the same: B compares. */
  advance(walk: HeapWalk, changes: number[]): void {
    const first = this.#sameFromStart(walk);
    const same = this.#sameFromEnd(walk, first);
    const oldEnd = this.#count - same;
    const newEnd = walk.count - same;
    this.#compare(walk, first, oldEnd, newEnd, changes);
    if (first < newEnd || first < oldEnd) this.#keep(walk, first, oldEnd, newEnd);
  }

  #isSame(walk: HeapWalk, old: number, now: number): boolean {
    return (
      this.#address[old] === walk.address[now] &&
      this.#size[old] === walk.payloadSize[now] &&
      this.#status[old] === walk.status[now]
    );
  }

  #sameFromStart(walk: HeapWalk): number {
    const most = Math.min(this.#count, walk.count);
    let same = 0;
    while (same < most && this.#isSame(walk, same, same)) same += 1;
    return same;
  }

  #sameFromEnd(walk: HeapWalk, first: number): number {
    const most = Math.min(this.#count, walk.count) - first;
    let same = 0;
    while (same < most && this.#isSame(walk, this.#count - 1 - same, walk.count - 1 - same)) {
      same += 1;
    }
    return same;
  }

  /** Both are sorted by address: a merge. */
  #compare(walk: HeapWalk, first: number, oldEnd: number, newEnd: number, changes: number[]): void {
    const { start } = walk;
    let old = first;
    let now = first;
    while (old < oldEnd || now < newEnd) {
      const was = old < oldEnd ? (this.#address[old] as number) : Number.POSITIVE_INFINITY;
      const is = now < newEnd ? (walk.address[now] as number) : Number.POSITIVE_INFINITY;
      if (was < is) changes.push(TABLE.blocks + GONE, was - start);
      else if (was > is || !this.#isSame(walk, old, now)) {
        changes.push(
          TABLE.blocks,
          is - start,
          walk.payloadSize[now] as number,
          walk.status[now] as number,
        );
      }
      if (was <= is) old += 1;
      if (is <= was) now += 1;
    }
  }

  #keep(walk: HeapWalk, first: number, oldEnd: number, newEnd: number): void {
    if (walk.count > this.#address.length) this.#grow(2 * walk.count);
    for (const [mine, theirs] of [
      [this.#address, walk.address],
      [this.#size, walk.payloadSize],
      [this.#status, walk.status],
    ] as const) {
      if (oldEnd !== newEnd) mine.copyWithin(newEnd, oldEnd, this.#count);
      for (let at = first; at < newEnd; at++) mine[at] = theirs[at] as number;
    }
    this.#count = walk.count;
  }

  #grow(capacity: number): void {
    const grown = (from: Float64Array): Float64Array<ArrayBuffer> => {
      const to = new Float64Array(capacity);
      to.set(from);
      return to;
    };
    this.#address = grown(this.#address);
    this.#size = grown(this.#size);
    this.#status = grown(this.#status);
  }
}
