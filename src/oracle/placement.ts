// The executable specification of an osmem allocator: plain arrays, no memory. Told a call, and which of
// its syscalls the system refused, it says what the call returns and which syscalls it makes, exactly.
// Ours and the course's records are held to it, address by address; other people's allocators are judged
// step by step against what SPEC.md leaves open (ways.ts), because none follows one prediction for long.

import type { PlacementRules } from '../contract/contract.ts';
import { addSizes, alignSize, type SizeT } from '../contract/size-t.ts';
import type { Op, Slot } from '../trace/op.ts';
import { requested } from '../trace/trace.ts';

/** Where a pointer points, without knowing addresses. Mappings are numbered from 1, as they are made. */
export type Place =
  | { readonly base: 'null' }
  | { readonly base: 'heap'; readonly offset: number }
  | { readonly base: 'mapping'; readonly number: number; readonly offset: number };

export type SpecSyscall =
  /** The break moves to `end` bytes from heap start. */
  | { readonly name: 'brk'; readonly end: number; readonly failed: boolean }
  | {
      readonly name: 'mmap';
      readonly length: SizeT;
      readonly number: number;
      readonly failed: boolean;
    }
  | { readonly name: 'munmap'; readonly number: number; readonly length: number };

export interface Prediction {
  readonly result: Place;
  readonly syscalls: readonly SpecSyscall[];
}

export interface SpecBlock {
  payloadSize: number;
  /** The slot that owns it, or -1: FREE. */
  owner: Slot;
}

interface Owned {
  readonly block?: SpecBlock;
  readonly mapping?: { readonly number: number; readonly length: number };
}

const NOWHERE: Place = { base: 'null' };

export class PlacementSpec {
  /** The heap, tiled from its start. */
  readonly blocks: SpecBlock[] = [];
  private readonly owned = new Map<Slot, Owned>();
  private readonly rules: PlacementRules;
  private readonly header: number;
  private mmapThreshold: number;
  private mappings = 0;
  private syscalls: SpecSyscall[] = [];
  private refuses: () => boolean = () => false;

  constructor(rules: PlacementRules, header = rules.headers[0] as number) {
    this.rules = rules;
    this.header = header;
    this.mmapThreshold = rules.mmapThreshold;
  }

  /** Bytes from heap start to the break. */
  get heapSize(): number {
    return this.blocks.reduce((sum, block) => sum + this.header + block.payloadSize, 0);
  }

  /**
   * The op's result and syscalls. `refuses` is asked once for each growth and mmap, in order, whether
   * the system refuses it. Ops on slots in the wrong state are the caller's to skip.
   */
  predict(op: Op, refuses: () => boolean = () => false): Prediction {
    this.syscalls = [];
    this.refuses = refuses;
    const result = this.call(op);
    return { result, syscalls: this.syscalls };
  }

  private call(op: Op): Place {
    const old = this.owned.get(op.slot);
    const bytes = requested(op);
    if (op.kind === 'free') return this.release(op.slot);
    if (op.kind === 'realloc' && old !== undefined) {
      return bytes === 0 ? this.release(op.slot) : this.resize(op.slot, old, bytes);
    }
    if (op.kind !== 'malloc' && op.kind !== 'calloc' && op.kind !== 'realloc') return NOWHERE;
    if (bytes === 0) return NOWHERE;
    return this.own(
      op.slot,
      this.allocate(bytes, op.kind === 'calloc' ? this.rules.pageSize : this.mmapThreshold),
    );
  }

  /** Gives `slot` what was allocated; what it owned before is the caller's to release. */
  private own(slot: Slot, owned: Owned | undefined): Place {
    if (owned === undefined) return NOWHERE;
    if (owned.block !== undefined) owned.block.owner = slot;
    this.owned.set(slot, owned);
    return this.placeOf(owned);
  }

  private placeOf({ block, mapping }: Owned): Place {
    if (mapping !== undefined)
      return { base: 'mapping', number: mapping.number, offset: this.header };
    let offset = this.header;
    for (const each of this.blocks) {
      if (each === block) break;
      offset += this.header + each.payloadSize;
    }
    return { base: 'heap', offset };
  }

  private release(slot: Slot): Place {
    const old = this.owned.get(slot);
    this.owned.delete(slot);
    if (old?.block !== undefined) old.block.owner = -1;
    if (old?.mapping !== undefined) this.unmap(old.mapping);
    return NOWHERE;
  }

  private unmap(mapping: { number: number; length: number }): void {
    this.syscalls.push({ name: 'munmap', ...mapping });
    const { dynamicThreshold } = this.rules;
    if (dynamicThreshold === undefined) return;
    this.mmapThreshold = Math.max(
      this.mmapThreshold,
      Math.min(mapping.length, dynamicThreshold.cap),
    );
  }

  /** A block below the threshold on the heap, else in a mapping; undefined where it cannot be had. */
  private allocate(bytes: SizeT | undefined, threshold: number): Owned | undefined {
    const need = bytes === undefined ? undefined : alignSize(bytes, 8);
    const length = need === undefined ? undefined : addSizes(need, this.header);
    if (need === undefined || length === undefined) return undefined;
    return length >= threshold ? this.map(length) : this.allocateOnHeap(Number(need));
  }

  private map(length: SizeT): Owned | undefined {
    const failed = this.refuses();
    const number = failed ? 0 : ++this.mappings;
    this.syscalls.push({ name: 'mmap', length, number, failed });
    return failed ? undefined : { mapping: { number, length: Number(length) } };
  }

  private allocateOnHeap(need: number): Owned | undefined {
    if (this.blocks.length === 0) return this.preallocate(need);
    this.coalesce();
    const fit = this.bestFit(need);
    if (fit !== undefined) return this.take(fit, need);
    const last = this.blocks.at(-1) as SpecBlock;
    if (last.owner >= 0) return this.append(need);
    if (!this.grow(need - last.payloadSize)) return undefined;
    last.payloadSize = need;
    return this.take(last, need);
  }

  /** Once in the life of the process; a first block that is larger (dynamic threshold) extends it. */
  private preallocate(need: number): Owned | undefined {
    const { preallocation } = this.rules;
    if (!this.grow(preallocation)) return undefined;
    this.blocks.push({ payloadSize: preallocation - this.header, owner: -1 });
    return this.allocateOnHeap(need);
  }

  private append(need: number): Owned | undefined {
    if (!this.grow(this.header + need)) return undefined;
    const block = { payloadSize: need, owner: -1 };
    this.blocks.push(block);
    return { block };
  }

  private grow(bytes: number): boolean {
    const failed = this.refuses();
    this.syscalls.push({ name: 'brk', end: this.heapSize + bytes, failed });
    return !failed;
  }

  private coalesce(): void {
    for (let i = 0; i < this.blocks.length; i++) {
      while ((this.blocks[i] as SpecBlock).owner < 0 && this.absorbNext(i));
    }
  }

  /** Merges the block behind block `i` into it, if that is FREE. */
  private absorbNext(i: number): boolean {
    const next = this.blocks[i + 1];
    if (next === undefined || next.owner >= 0) return false;
    (this.blocks[i] as SpecBlock).payloadSize += this.header + next.payloadSize;
    this.blocks.splice(i + 1, 1);
    return true;
  }

  private bestFit(need: number): SpecBlock | undefined {
    let best: SpecBlock | undefined;
    for (const block of this.blocks) {
      if (block.owner >= 0 || block.payloadSize < need) continue;
      if (best === undefined || block.payloadSize < best.payloadSize) best = block;
    }
    return best;
  }

  /** Cuts the block to `need` if the rest can hold a block. */
  private take(block: SpecBlock, need: number): Owned {
    const rest = block.payloadSize - need;
    if (rest >= this.header + this.rules.smallestPayload) {
      block.payloadSize = need;
      this.blocks.splice(this.blocks.indexOf(block) + 1, 0, {
        payloadSize: rest - this.header,
        owner: -1,
      });
    }
    return { block };
  }

  private resize(slot: Slot, old: Owned, bytes: SizeT | undefined): Place {
    const need = bytes === undefined ? undefined : alignSize(bytes, 8);
    const length = need === undefined ? undefined : addSizes(need, this.header);
    if (need === undefined || length === undefined) return NOWHERE;
    if (old.mapping !== undefined) {
      return old.mapping.length === length ? this.placeOf(old) : this.move(slot, old, bytes);
    }
    const block = old.block as SpecBlock;
    if (need <= block.payloadSize) return this.placeOf(this.take(block, Number(need)));
    if (length >= this.mmapThreshold) return this.move(slot, old, bytes);
    return this.expand(slot, block, Number(need));
  }

  /** In place: free neighbours one at a time, then the break if the block is last; else it moves. */
  private expand(slot: Slot, block: SpecBlock, need: number): Place {
    const index = this.blocks.indexOf(block);
    const wasLast = index === this.blocks.length - 1;
    while (block.payloadSize < need && this.absorbNext(index));
    if (block.payloadSize >= need) return this.placeOf(this.take(block, need));
    if (index < this.blocks.length - 1) return this.move(slot, { block }, need);
    if (!wasLast) {
      this.coalesce();
      if (this.bestFit(need) !== undefined) return this.move(slot, { block }, need);
    }
    if (!this.grow(need - block.payloadSize)) return NOWHERE;
    block.payloadSize = need;
    return this.placeOf({ block });
  }

  /** The new block first, then the old one is released; a failure leaves it live. */
  private move(slot: Slot, old: Owned, bytes: SizeT | undefined): Place {
    const fresh = this.allocate(bytes, this.mmapThreshold);
    if (fresh === undefined) return NOWHERE;
    if (old.block !== undefined) old.block.owner = -1;
    if (old.mapping !== undefined) this.unmap(old.mapping);
    return this.own(slot, fresh);
  }
}
