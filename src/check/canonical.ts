// The state of a target, as far as its contract lets one see it, written so that equal states are equal texts: the
// heap block by block with what is owed of each, the mappings in the order of their making, which failures are armed,
// and how many mappings and failed syscalls there have been (what allocators most often remember besides). Slots have no names in it, and payloads no bytes (those are owed as they were).
//
// What is not in it: the target's own variables, and the links in its headers. Where one of them decides, two histories
// with one text may have different futures; whoever cannot have that tells states apart by their history.

import type { Contract } from '../contract/contract.ts';
import { afterOp, armed, type Standing } from '../generate/enumerate.ts';
import { type Address, pageCeil } from '../memory/address.ts';
import { Model } from '../oracle/model.ts';
import type { Beginning, HeapWalk, Step } from '../target/execution.ts';
import { requested } from '../trace/trace.ts';

/** Follows one trace after the other. */
export class StateReader {
  standing: Standing = 0;
  readonly #model: Model;
  readonly #isWalked: boolean;
  #mapped = 0;
  #failed = 0;

  constructor(contract: Contract) {
    this.#model = new Model(contract);
    this.#isWalked = contract.placement !== undefined;
  }

  begin({ heapStart }: Beginning): void {
    this.#model.begin(heapStart);
    this.standing = 0;
    this.#mapped = 0;
    this.#failed = 0;
  }

  step(step: Step): void {
    const { op, outcome } = step;
    for (const call of step.syscalls) {
      this.#model.observe(call);
      if (call.error !== 0) this.#failed += 1;
      if (call.name === 'mmap') {
        this.#mapped += 1;
        this.standing = armed(this.standing, 'fail-mmap', false);
      } else if (call.moved > 0) this.standing = armed(this.standing, 'fail-sbrk', false);
    }
    if (op.kind === 'fail-sbrk' || op.kind === 'fail-mmap') {
      this.standing = armed(this.standing, op.kind, true);
    }
    if (outcome === 'returned') this.#follow(step);
  }

  /** The state after that step; undefined where it cannot be seen. */
  text({ heap }: Step): string | undefined {
    const seen = heap.taken || heap.end === heap.start;
    if (!this.#isWalked || !seen || heap.flaw !== '') return undefined;
    const blocks = this.#blocks(heap);
    const mappings = this.#mappings();
    // A payload that is nowhere to be seen: not even the header's size is known.
    if (blocks.owners + mappings.owners !== this.#model.live.length) return undefined;
    const past = `${this.#mapped},${this.#failed}`;
    return `${blocks.text}|${mappings.text}|${past}|${this.standing >> 28}`;
  }

  #follow({ op, result }: Step): void {
    const { slot } = op;
    if (op.kind === 'free' || (op.kind === 'realloc' && op.size === 0)) this.#release(slot);
    else if (result !== 0 && op.kind !== 'stale-realloc') {
      this.#model.place(slot, result, Number(requested(op) ?? 0));
      this.standing = afterOp(this.standing, slot, true);
    }
  }

  #release(slot: number): void {
    this.#model.clear(slot);
    this.standing = afterOp(this.standing, slot, false);
  }

  #blocks(heap: HeapWalk): Seen {
    let text = heap.taken ? heap.header.toString(36) : '';
    let owners = 0;
    for (let i = 0; i < heap.count; i++) {
      const slot = this.#model.slotAt((heap.address[i] as Address) + heap.header);
      text += `,${(heap.payloadSize[i] as number).toString(36)}${STATUS[heap.status[i] as number] ?? '?'}`;
      if (slot < 0) continue;
      owners += 1;
      text += (this.#model.size[slot] as number).toString(36);
    }
    return { text, owners };
  }

  #mappings(): Seen {
    const { mappings, live, address, size } = this.#model;
    let text = '';
    let owners = 0;
    for (const { start, length } of mappings) {
      text += `,${length.toString(36)}`;
      const end = start + pageCeil(length);
      for (const slot of live) {
        const payload = address[slot] as Address;
        if (payload < start || payload >= end) continue;
        owners += 1;
        text += `+${(payload - start).toString(36)}:${(size[slot] as number).toString(36)}`;
      }
    }
    return { text, owners };
  }
}

interface Seen {
  readonly text: string;
  /** Live payloads that lie there. */
  readonly owners: number;
}

/** FREE, ALLOC, MAPPED: no digits, so that sizes end there. */
const STATUS: readonly string[] = ['-', '=', '~'];
