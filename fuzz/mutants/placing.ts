// Bugs in choosing a block and in growing the heap.

import {
  FREE,
  HEADER,
  isFree,
  nextOf,
  payloadSize,
  setPayloadSize,
} from '../../src/allocator/block.ts';
import { findBestFit } from '../../src/allocator/fit.ts';
import { appendBlock, type Heap, moveBreak } from '../../src/allocator/heap.ts';
import { mapBlock } from '../../src/allocator/mapping.ts';
import { soundParts } from '../../src/allocator/parts.ts';
import { type Address, NULL, pageCeil } from '../../src/memory/address.ts';
import { FAILED } from '../../src/memory/memory.ts';
import { type Mutant, mutant } from './mutant.ts';

export const placingMutants: readonly Mutant[] = [
  mutant('first-fit', 'the first block that fits is taken', ['placement'], {
    findBestFit: (heap, need) => search(heap, need, () => false),
  }),
  mutant('worst-fit', 'the comparison is the wrong way round', ['placement'], {
    findBestFit: (heap, need) => search(heap, need, (size, best) => size > best),
  }),
  mutant('last-fit', 'the last block that fits is taken', ['placement'], {
    findBestFit: (heap, need) => search(heap, need, () => true),
  }),
  mutant('no-exact-fit', '> where >= is meant', ['placement'], {
    findBestFit: (heap, need) => findBestFit(heap, need + 1),
  }),
  mutant('splits-late', 'a rest of exactly header + 8 is not split off', ['placement'], {
    isWorthSplitting: (rest) => rest > HEADER + 8,
  }),
  mutant('splits-early', 'a rest of a header alone is split off', ['block-list'], {
    isWorthSplitting: (rest) => rest >= HEADER,
  }),
  mutant('never-splits', 'splitting was left for later', ['placement'], {
    isWorthSplitting: () => false,
  }),
  mutant('preallocates-twice', 'the flag is set at the second use', ['syscalls', 'placement'], {
    preallocate: (heap) => {
      if (heap.preallocated) return true;
      const seasoned = heap.head !== NULL;
      if (appendBlock(heap, heap.rules.preallocation - HEADER) === NULL) return false;
      heap.preallocated = seasoned;
      return true;
    },
  }),
  mutant('mapped-first', 'a mapped block counts as the first use of the heap', ['syscalls'], {
    mapBlock: (heap, block) => {
      heap.preallocated = true;
      return mapBlock(heap, block);
    },
  }),
  mutant('preallocates-more', 'the header comes on top of the 128 KiB', ['syscalls'], {
    preallocate: (heap) => {
      if (heap.preallocated) return true;
      heap.preallocated = appendBlock(heap, heap.rules.preallocation) !== NULL;
      return heap.preallocated;
    },
  }),
  mutant('always-appends', 'a free last block is not extended', ['syscalls', 'placement'], {
    growHeap: appendBlock,
  }),
  mutant('grows-too-far', 'the last block is extended by need', ['syscalls', 'block-list'], {
    growLast: (heap, last, need) => {
      if (moveBreak(heap, need) === FAILED) return false;
      setPayloadSize(heap.memory, last, need);
      return true;
    },
  }),
  mutant('grows-by-pages', 'the break moves by whole pages', ['syscalls', 'block-list'], {
    moveBreak: (heap, delta) => moveBreak(heap, pageCeil(delta)),
  }),
  mutant(
    'grows-without-break',
    'the last block is extended, the break is not',
    ['containment', 'block-list', 'syscalls'],
    {
      growLast: (heap, last, need) => {
        setPayloadSize(heap.memory, last, need);
        return true;
      },
    },
  ),
  mutant('gives-up', 'NULL where the break had to grow', ['result'], {
    growHeap: () => NULL,
  }),
  mutant(
    'inside-a-live-block',
    'a large block in use is taken for free space, and cut from the inside',
    ['disjointness', 'contents', 'status'],
    { findBestFit: (heap, need) => insideLive(heap, need) },
  ),
  mutant(
    'lowers-the-break',
    'a last block that is freed goes back to the operating system',
    ['syscalls'],
    {
      markFree: (heap, block) => {
        soundParts.markFree(heap, block);
        const next = nextOf(heap.memory, block);
        if (next !== NULL && isFree(heap.memory, next) && nextOf(heap.memory, next) === NULL) {
          soundParts.mergeNext(heap, block);
        }
        const rest = payloadSize(heap.memory, block) - 8;
        if (nextOf(heap.memory, block) !== NULL || rest < 4096) return;
        moveBreak(heap, -rest);
        setPayloadSize(heap.memory, block, 8);
      },
    },
  ),
];

/** Goes through the blocks that fit; a later one replaces the choice if `better`. */
function search(
  heap: Heap,
  need: number,
  better: (size: number, best: number) => boolean,
): Address {
  const { memory } = heap;
  let best = NULL;
  let bestSize = 0;
  for (let block = heap.head; block !== NULL; block = nextOf(memory, block)) {
    const size = payloadSize(memory, block);
    if (!isFree(memory, block) || size < need) continue;
    if (best !== NULL && !better(size, bestSize)) continue;
    best = block;
    bestSize = size;
  }
  return best;
}

function insideLive(heap: Heap, need: number): Address {
  const { memory } = heap;
  for (let block = heap.head; block !== NULL; block = nextOf(memory, block)) {
    const size = payloadSize(memory, block);
    if (isFree(memory, block) || size < need + 1024) continue;
    const inner = block + HEADER + 64;
    memory.writeWord(inner, need);
    memory.writeWord(inner + 8, FREE);
    return inner;
  }
  return findBestFit(heap, need);
}
