// Bugs in realloc and calloc: what is copied, zeroed, and in which order.

import {
  MAPPED,
  nextOf,
  payloadOf,
  payloadSize,
  setPayloadSize,
  setStatus,
  statusOf,
} from '../../src/allocator/block.ts';
import { placeBlock } from '../../src/allocator/place.ts';
import { growBlock } from '../../src/allocator/reallocate.ts';
import { releaseBlock } from '../../src/allocator/release.ts';
import { mergeNext } from '../../src/allocator/reshape.ts';
import { NULL } from '../../src/memory/address.ts';
import { type Mutant, mutant } from './mutant.ts';

export const contentMutants: readonly Mutant[] = [
  mutant('calloc-is-malloc', 'nothing is zeroed', ['zeroing'], { zeroPayload: () => {} }),
  mutant('zeroes-half', 'only the first half is zeroed', ['zeroing'], {
    zeroPayload: (heap, payload, length) => heap.memory.fill(payload, length >>> 1, 0),
  }),
  mutant(
    'zeroes-too-far',
    'the header is counted into what is zeroed',
    ['block-list', 'status', 'contents', 'termination'],
    { zeroPayload: (heap, payload, length) => heap.memory.fill(payload, length + 32, 0) },
  ),
  mutant('copies-new-size', 'as many bytes as the new block has are copied', ['termination'], {
    copyPayload: (heap, to, from, _kept, need) => heap.memory.copy(to, from, need),
  }),
  mutant(
    'copies-old-size',
    'as many bytes as the old block had are copied',
    ['contents', 'block-list', 'status', 'termination'],
    { copyPayload: (heap, to, from, kept) => heap.memory.copy(to, from, kept) },
  ),
  mutant('copies-nothing', 'the bytes stay behind', ['realloc-prefix'], { copyPayload: () => {} }),
  mutant('copies-eight-less', 'the last word is not copied', ['realloc-prefix'], {
    copyPayload: (heap, to, from, kept, need) =>
      heap.memory.copy(to, from, Math.min(kept, need) - 8),
  }),
  mutant(
    'frees-before-copy',
    'the old block is released first',
    ['syscalls', 'termination', 'failure', 'realloc-prefix', 'placement', 'disjointness', 'status'],
    {
      moveBlock: (heap, block, kept, request) => {
        releaseBlock(heap, block);
        const target = placeBlock(heap, request);
        if (target === NULL) return NULL;
        const [to, from] = [payloadOf(target), payloadOf(block)];
        heap.parts.copyPayload(heap, to, from, kept, request.need as number);
        return target;
      },
    },
  ),
  mutant('always-moves', 'realloc never grows in place', ['placement'], {
    growBlock: () => 'move',
  }),
  mutant(
    'expands-over-live',
    'a block grows over the block behind it, in use or not',
    ['status', 'disjointness', 'contents'],
    {
      expandInPlace: (heap, block, need) => {
        while (payloadSize(heap.memory, block) < need) {
          if (nextOf(heap.memory, block) === NULL) return false;
          mergeNext(heap, block);
        }
        return true;
      },
    },
  ),
  mutant(
    'last-but-one',
    'the last but one block is taken for the last',
    ['disjointness', 'block-list', 'status', 'syscalls', 'placement'],
    {
      isLast: (heap, block) => {
        const next = nextOf(heap.memory, block);
        return next === NULL || nextOf(heap.memory, next) === NULL;
      },
    },
  ),
  mutant('merges-one-then-moves', 'growing in place stops after one neighbour', ['placement'], {
    expandInPlace: (heap, block, need) => {
      if (heap.parts.canMergeNext(heap, block)) mergeNext(heap, block);
      return payloadSize(heap.memory, block) >= need;
    },
  }),
  mutant('size-not-updated', 'a block that grew at the end keeps its old size', ['block-list'], {
    growBlock: (heap, block, need) => {
      const size = payloadSize(heap.memory, block);
      const last = nextOf(heap.memory, block) === NULL;
      const growth = growBlock(heap, block, need);
      if (growth === 'grown' && last) setPayloadSize(heap.memory, block, size);
      return growth;
    },
  }),
  mutant('revives-the-dead', 'realloc of a freed block hands it out again', ['result'], {
    isStale: () => false,
  }),
  mutant('leaks-moved', 'a mapping that realloc left is kept', ['syscalls'], {
    releaseMoved: (heap, block) => {
      if (statusOf(heap.memory, block) !== MAPPED) heap.parts.markFree(heap, block);
    },
  }),
  mutant('leaks-freed', 'a freed mapping is marked FREE, and kept', ['syscalls'], {
    releaseMapping: (heap, block) => setStatus(heap.memory, block, 0),
  }),
  mutant('unmaps-payload', 'munmap is given the size of the payload', ['syscalls'], {
    releaseMapping: (heap, block) => {
      heap.memory.munmap(block, payloadSize(heap.memory, block));
    },
  }),
];
