// The heap of a running trace, block by block, in place: as it was before the step in hand, and what that
// step changes. A judge that can do with the change need not look at blocks that stayed as they were;
// whoever wants the whole heap, before or after, has it written out as a walk.

import type { Address } from '../memory/address.ts';
import type { HeapWalk } from './execution.ts';

/** What a walk has besides its blocks. */
export interface HeapFrame {
  taken: boolean;
  /** Bytes of a header. */
  header: number;
  /** The break. */
  end: Address;
  flaw: HeapWalk['flaw'];
  flawAt: Address;
  flawSize: number;
}

/** Blocks in columns, the first `count` of which hold. */
export class BlockColumns {
  count = 0;
  /** Of the headers, in bytes from heap start. */
  offset = new Int32Array(64);
  payloadSize = new Int32Array(64);
  status = new Int32Array(64);
  /** The two words at offsets 16 and 24; empty where links are not asked for. */
  word16 = new Float64Array(0);
  word24 = new Float64Array(0);

  /** Makes room for `count` blocks, and sets no count. */
  reserve(count: number, links: boolean): void {
    if (count > this.offset.length) {
      const length = Math.max(count, 2 * this.offset.length);
      this.offset = longer(this.offset, length);
      this.payloadSize = longer(this.payloadSize, length);
      this.status = longer(this.status, length);
    }
    if (!links || this.word16.length >= this.offset.length) return;
    this.word16 = longer(this.word16, this.offset.length);
    this.word24 = longer(this.word24, this.offset.length);
  }

  /** Blocks [from, to) of `source` become those from `at` on; which may be the same columns. By hand: a
   * handful of blocks is moved faster than a call into the engine takes. */
  copy(source: BlockColumns, from: number, to: number, at: number, links: boolean): void {
    const { offset, payloadSize, status } = this;
    const { offset: offsets, payloadSize: sizes, status: statuses } = source;
    const step = at <= from ? 1 : -1;
    const first = step === 1 ? from : to - 1;
    const by = at - from;
    for (let i = first, left = to - from; left > 0; left--, i += step) {
      offset[i + by] = offsets[i]!;
      payloadSize[i + by] = sizes[i]!;
      status[i + by] = statuses[i]!;
    }
    if (!links || from >= to) return;
    this.word16.set(source.word16.subarray(from, to), at);
    this.word24.set(source.word24.subarray(from, to), at);
  }
}

export class HeapBlocks {
  readonly heapStart: Address;
  readonly links: boolean;
  /** As the heap was before the step. */
  readonly blocks = new BlockColumns();
  frame: HeapFrame = emptyFrame();

  /** Whether the step changed anything. If so, of the blocks before it the first `same` stay, the next
   * `removed` become those of `added`, and the rest stay, at their places. */
  changed = false;
  same = 0;
  removed = 0;
  readonly added = new BlockColumns();
  frameAfter: HeapFrame = emptyFrame();

  constructor(heapStart: Address, links: boolean) {
    this.heapStart = heapStart;
    this.links = links;
    this.reset();
  }

  /** A heap that nobody has used yet. */
  reset(): void {
    this.blocks.count = 0;
    this.changed = false;
    this.frame.taken = false;
    this.frame.header = 0;
    this.frame.end = this.heapStart;
    this.frame.flaw = '';
  }

  /** The frame of the heap after the step. */
  get after(): HeapFrame {
    return this.changed ? this.frameAfter : this.frame;
  }

  /** The step is over: what it changed is how things are. */
  settle(): void {
    if (!this.changed) return;
    this.changed = false;
    const { blocks, added, same, removed, links } = this;
    const shift = added.count - removed;
    blocks.reserve(blocks.count + shift, links);
    if (shift !== 0) blocks.copy(blocks, same + removed, blocks.count, same + added.count, links);
    blocks.copy(added, 0, added.count, same, links);
    blocks.count += shift;
    const { frame } = this;
    this.frame = this.frameAfter;
    this.frameAfter = frame;
  }

  writeBefore(walk: HeapWalk): void {
    this.writeFrame(walk, this.frame);
    this.writeBlocks(walk, this.blocks, 0, this.blocks.count);
  }

  writeAfter(walk: HeapWalk): void {
    if (!this.changed) {
      this.writeBefore(walk);
      return;
    }
    const { blocks, added, same, removed } = this;
    this.writeFrame(walk, this.frameAfter);
    this.writeBlocks(walk, blocks, 0, same);
    this.writeBlocks(walk, added, 0, added.count);
    this.writeBlocks(walk, blocks, same + removed, blocks.count);
  }

  private writeFrame(walk: HeapWalk, frame: HeapFrame): void {
    walk.taken = frame.taken;
    walk.header = frame.header;
    walk.start = this.heapStart;
    walk.end = frame.end;
    walk.flaw = frame.flaw;
    walk.flawAt = frame.flaw === '' ? 0 : frame.flawAt;
    walk.flawSize = frame.flaw === '' ? 0 : frame.flawSize;
    walk.count = 0;
  }

  private writeBlocks(walk: HeapWalk, source: BlockColumns, from: number, to: number): void {
    const { offset, payloadSize, status, word16, word24 } = source;
    for (let i = from; i < to; i++) {
      const place = walk.count++;
      walk.address[place] = this.heapStart + offset[i]!;
      walk.payloadSize[place] = payloadSize[i]!;
      walk.status[place] = status[i]!;
      if (!this.links) continue;
      walk.word16[place] = word16[i]!;
      walk.word24[place] = word24[i]!;
    }
  }
}

function emptyFrame(): HeapFrame {
  return { taken: false, header: 0, end: 0, flaw: '', flawAt: 0, flawSize: 0 };
}

function longer<T extends Int32Array | Float64Array>(column: T, length: number): T {
  const Column = column.constructor as new (length: number) => T;
  const copy = new Column(length);
  copy.set(column);
  return copy;
}
