// Bugs in splitting, coalescing, linking and marking.

import {
  ALLOCATED,
  FREE,
  HEADER,
  isFree,
  MAPPED,
  nextOf,
  payloadOf,
  payloadSize,
  previousOf,
  setNext,
  setPayloadSize,
  setPrevious,
  setStatus,
  writeHeader,
} from '../../src/allocator/block.ts';
import { linkAfter, unlinkAfter } from '../../src/allocator/block-list.ts';
import type { Heap } from '../../src/allocator/heap.ts';
import {
  canMergeNext,
  isWorthSplitting,
  mergeNext,
  splitBlock,
} from '../../src/allocator/reshape.ts';
import { type Address, NULL } from '../../src/memory/address.ts';
import { type Mutant, mutant } from './mutant.ts';

export const reshapingMutants: readonly Mutant[] = [
  mutant('merges-once', 'only one free neighbour is merged', ['coalescing', 'placement'], {
    coalesceAll: (heap) =>
      eachFree(heap, (block) => {
        if (canMergeNext(heap, block)) mergeNext(heap, block);
      }),
  }),
  mutant('never-coalesces', 'coalescing was left for later', ['coalescing', 'placement'], {
    coalesceAll: () => {},
  }),
  mutant(
    'coalesces-over-live',
    'the neighbour is merged whatever its status, if it is small',
    ['status', 'disjointness', 'contents', 'placement'],
    {
      coalesceAll: (heap) =>
        eachFree(heap, (block) => {
          const next = nextOf(heap.memory, block);
          if (next !== NULL && payloadSize(heap.memory, next) < 1024) mergeNext(heap, block);
        }),
    },
  ),
  mutant('loses-a-header', 'merging does not count the header in between', ['block-list'], {
    mergeNext: (heap, block) => {
      const { memory } = heap;
      const added = payloadSize(memory, nextOf(memory, block));
      setPayloadSize(memory, block, payloadSize(memory, block) + added);
      unlinkAfter(heap, block);
    },
  }),
  mutant('merge-forgets-prev', 'merging repairs next only', ['block-list'], {
    mergeNext: (heap, block) => {
      const { memory } = heap;
      const next = nextOf(memory, block);
      setPayloadSize(
        memory,
        block,
        payloadSize(memory, block) + HEADER + payloadSize(memory, next),
      );
      setNext(memory, block, nextOf(memory, next));
    },
  }),
  mutant('split-forgets-prev', 'the block behind a split keeps its prev', ['block-list'], {
    splitBlock: (heap, block, need) => {
      const behind = nextOf(heap.memory, block);
      splitBlock(heap, block, need);
      if (behind !== NULL) setPrevious(heap.memory, behind, block);
    },
  }),
  mutant(
    'split-loses-rest',
    'the rest is cut off and put in no list',
    ['block-list', 'placement'],
    {
      splitBlock: (heap, block, need) => {
        const rest = payloadSize(heap.memory, block) - need;
        if (!isWorthSplitting(rest)) return;
        const remainder = payloadOf(block) + need;
        setPayloadSize(heap.memory, block, need);
        writeHeader(heap.memory, remainder, rest - HEADER, FREE);
      },
    },
  ),
  mutant(
    'header-too-short',
    'a split takes the header for 24 bytes, so that the rest begins 8 bytes early',
    ['block-list', 'contents', 'termination'],
    {
      splitBlock: (heap, block, need) => {
        const rest = payloadSize(heap.memory, block) - need;
        if (!isWorthSplitting(rest)) return;
        const remainder = payloadOf(block) + need - 8;
        setPayloadSize(heap.memory, block, need);
        writeHeader(heap.memory, remainder, rest - HEADER + 8, FREE);
        linkAfter(heap, block, remainder);
      },
    },
  ),
  mutant('status-left-free', 'a block given out stays FREE', ['status', 'disjointness'], {
    markAllocated: () => {},
  }),
  mutant('status-left-allocated', 'free does nothing on the heap', ['status'], {
    markFree: () => {},
  }),
  mutant('status-mapped', 'free writes the wrong constant', ['status'], {
    markFree: (heap, block) => setStatus(heap.memory, block, MAPPED),
  }),
  mutant('status-of-next', 'free marks the block behind as well', ['status'], {
    markFree: (heap, block) => {
      const { memory } = heap;
      setStatus(memory, block, FREE);
      const next = nextOf(memory, block);
      if (next !== NULL) setStatus(memory, next, FREE);
    },
  }),
  mutant('boundary-tag', 'free writes a tag at the end of the block before', ['contents'], {
    markFree: (heap, block) => {
      setStatus(heap.memory, block, FREE);
      const previous = previousOf(heap.memory, block);
      if (previous !== NULL) heap.memory.writeWord(block - 8, payloadSize(heap.memory, block));
    },
  }),
  mutant('first-never-freed', 'the head of the list is kept in use', ['status'], {
    markFree: (heap, block) => {
      setStatus(heap.memory, block, block === heap.head ? ALLOCATED : FREE);
    },
  }),
];

function eachFree(heap: Heap, visit: (block: Address) => void): void {
  const { memory } = heap;
  for (let block = heap.head; block !== NULL; block = nextOf(memory, block)) {
    if (isFree(memory, block)) visit(block);
  }
}
