// The heap as the driver tells it: by what each step changes. Format: heap in driver-report.ts.

import type { Address } from '../memory/address.ts';
import type { HeapWalk } from './execution.ts';
import type { HeapBlocks } from './heap-blocks.ts';

const FLAWS: readonly HeapWalk['flaw'][] = ['', 'overrun', 'too-small', 'unreadable', 'too-many'];
const FRAME_WORDS = 3;
const FLAW_WORDS = 2;

/** What is known of the heap before the target runs. */
export interface HeapLayout {
  readonly heapStart: Address;
  /** Whether the driver sends the links in the headers. */
  readonly links: boolean;
}

/** Reads the change at word `from` as that of the step in hand; returns the word behind it. */
export function readChange(
  heap: HeapBlocks,
  ints: Int32Array,
  doubles: Float64Array,
  from: number,
): number {
  const { frameAfter: frame } = heap;
  const packed = ints[from * 2 + 3]!;
  frame.header = packed & 0xffff;
  frame.taken = ((packed >> 16) & 1) === 1;
  frame.flaw = FLAWS[packed >>> 24]!;
  frame.end = doubles[from + 2]!;
  heap.changed = true;
  heap.same = ints[from * 2]!;
  heap.removed = ints[from * 2 + 1]!;
  const at = from + FRAME_WORDS;
  const added = ints[from * 2 + 2]!;
  if (frame.flaw === '') return readBlocks(heap, added, ints, doubles, at);
  frame.flawAt = doubles[at]!;
  frame.flawSize = doubles[at + 1]!;
  return readBlocks(heap, added, ints, doubles, at + FLAW_WORDS);
}

function readBlocks(
  heap: HeapBlocks,
  count: number,
  ints: Int32Array,
  doubles: Float64Array,
  from: number,
): number {
  const { added, blocks, same, links } = heap;
  const { header } = heap.frameAfter;
  added.reserve(count, links);
  added.count = count;
  const { offset, payloadSize, status, word16, word24 } = added;
  let next = same === 0 ? 0 : blocks.offset[same - 1]! + header + blocks.payloadSize[same - 1]!;
  let at = from;
  for (let i = 0; i < count; i++) {
    offset[i] = next;
    payloadSize[i] = ints[at * 2]!;
    status[i] = ints[at * 2 + 1]!;
    next += header + payloadSize[i]!;
    at += 1;
    if (!links) continue;
    word16[i] = doubles[at]!;
    word24[i] = doubles[at + 1]!;
    at += 2;
  }
  return at;
}
