// Bugs in what happens when memory runs out, endless loops, sudden ends, and bugs that hide.

import {
  ALLOCATED,
  FREE,
  HEADER,
  isFree,
  nextOf,
  payloadSize,
  setPayloadSize,
  setStatus,
  statusOf,
  writeHeader,
} from '../../src/allocator/block.ts';
import { lastBlock, linkAfter } from '../../src/allocator/block-list.ts';
import { findBestFit } from '../../src/allocator/fit.ts';
import { appendBlock, growLast, type Heap } from '../../src/allocator/heap.ts';
import { moveBlock } from '../../src/allocator/reallocate.ts';
import { splitBlock } from '../../src/allocator/reshape.ts';
import { NULL } from '../../src/memory/address.ts';
import { FAILED } from '../../src/memory/memory.ts';
import { ProcessExit } from '../../src/memory/process-events.ts';
import { type Mutant, mutant } from './mutant.ts';

export const failingMutants: readonly Mutant[] = [
  mutant(
    'ignores-failed-sbrk',
    'the result of sbrk is used without a look',
    ['failure', 'termination'],
    {
      appendBlock: (heap, need) => {
        const block = heap.memory.sbrk(HEADER + need);
        const last = lastBlock(heap);
        writeHeader(heap.memory, block, need, FREE);
        linkAfter(heap, last, block);
        return block;
      },
    },
  ),
  mutant(
    'ignores-failed-growth',
    'the last block is given its new size though the break did not move',
    ['failure', 'containment', 'block-list'],
    {
      growLast: (heap, last, need) => {
        growLast(heap, last, need);
        setPayloadSize(heap.memory, last, need);
        return true;
      },
    },
  ),
  mutant('ignores-failed-mmap', 'MAP_FAILED is used as an address', ['failure', 'termination'], {
    mapBlock: (heap, block) => {
      const at = heap.memory.mmap(NULL, block, 3, 0x22, -1, 0);
      writeHeader(heap.memory, at, Number(block) - HEADER, 2);
      return at;
    },
  }),
  mutant(
    'failed-realloc-frees',
    'a realloc that finds no memory gives up the old block as well',
    ['failure', 'status'],
    {
      moveBlock: (heap, block, kept, request) => {
        const target = moveBlock(heap, block, kept, request);
        if (target === NULL && statusOf(heap.memory, block) === ALLOCATED) {
          setStatus(heap.memory, block, FREE);
        }
        return target;
      },
    },
  ),
  mutant('flag-before-sbrk', 'a preallocation that failed is not tried again', ['syscalls'], {
    preallocate: (heap) => {
      if (heap.preallocated) return true;
      heap.preallocated = true;
      return appendBlock(heap, heap.rules.preallocation - HEADER) !== NULL;
    },
  }),
  mutant('endless-search', 'a free block that is too small is looked at forever', ['termination'], {
    findBestFit: (heap, need) => {
      const { memory } = heap;
      let block = heap.head;
      while (block !== NULL) {
        if (!isFree(memory, block)) block = nextOf(memory, block);
        else if (payloadSize(memory, block) >= need) return findBestFit(heap, need);
      }
      return NULL;
    },
  }),
  mutant('null-neighbour', 'the status of the block behind the last is read', ['termination'], {
    canMergeNext: (heap, block) => isFree(heap.memory, nextOf(heap.memory, block)),
  }),
  mutant('exits-when-full', 'the program ends where the break should grow', ['termination'], {
    growHeap: () => {
      throw new ProcessExit(1);
    },
  }),
  mutant(
    'misaligned-mapping',
    'the header of a mapped block starts 4 bytes into the mapping',
    ['alignment', 'placement'],
    {
      mapBlock: (heap, block) => {
        const at = heap.memory.mmap(NULL, block, 3, 0x22, -1, 0);
        if (at === FAILED) return NULL;
        writeHeader(heap.memory, at + 4, Number(block) - HEADER, 2);
        return at + 4;
      },
    },
  ),
  mutant('rare-seventeen', 'with 17 blocks in use, the first that fits is taken', ['placement'], {
    findBestFit: (heap, need) =>
      inUse(heap) < 17 ? findBestFit(heap, need) : firstFit(heap, need),
  }),
  mutant('rare-4056', 'a payload of 4056 bytes is never split from its block', ['placement'], {
    splitBlock: (heap, block, need) => {
      if (need !== 4056) splitBlock(heap, block, need);
    },
  }),
  mutant('rare-third-failure', 'after three failures no hole is used again', ['placement'], {
    findBestFit: (heap, need) => (heap.counters.failures < 3 ? findBestFit(heap, need) : NULL),
  }),
];

function inUse(heap: Heap): number {
  let count = 0;
  for (let block = heap.head; block !== NULL; block = nextOf(heap.memory, block)) {
    if (!isFree(heap.memory, block)) count += 1;
  }
  return count;
}

function firstFit(heap: Heap, need: number): number {
  const { memory } = heap;
  for (let block = heap.head; block !== NULL; block = nextOf(memory, block)) {
    if (isFree(memory, block) && payloadSize(memory, block) >= need) return block;
  }
  return NULL;
}
