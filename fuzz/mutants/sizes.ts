// Bugs in measuring a request: alignment, overflow, thresholds.

import { mapBlock } from '../../src/allocator/mapping.ts';
import { alignSize, multiplySizes, sizeBelow, wrapSize } from '../../src/contract/size-t.ts';
import { pageCeil } from '../../src/memory/address.ts';
import { type Mutant, mutant } from './mutant.ts';

export const sizeMutants: readonly Mutant[] = [
  mutant('no-alignment', 'the request is never rounded up', ['alignment', 'block-list'], {
    alignPayload: (size) => (sizeBelow(size, 8) ? 8 : size),
  }),
  mutant('aligns-to-four', 'ALIGN is 4, as on 32 bits', ['alignment', 'block-list'], {
    alignPayload: (size) => (sizeBelow(size, 8) ? 8 : alignSize(size, 4)),
  }),
  mutant('align-wraps', '(size + 7) & ~7, in 64 bits', ['overflow'], {
    alignPayload: (size) => wrapSize(((BigInt(size) + 7n) >> 3n) << 3n),
  }),
  mutant('product-wraps', 'count * size, in 64 bits', ['overflow'], {
    checkedProduct: (count, size) => wrapSize(BigInt(count) * BigInt(size)),
  }),
  mutant('product-saturates', 'count * size that overflows becomes 4096', ['overflow'], {
    checkedProduct: (count, size) => multiplySizes(count, size) ?? 4096,
  }),
  mutant('maps-late', 'the mmap threshold is doubled by a typo', ['syscalls'], {
    isMappedMalloc: (heap, block) => !sizeBelow(block, heap.mmapThreshold * 2),
  }),
  mutant('calloc-on-heap', 'calloc goes by the threshold of malloc', ['syscalls'], {
    isMappedCalloc: (heap, block) => !sizeBelow(block, heap.mmapThreshold),
  }),
  mutant('realloc-by-page', 'realloc goes by the threshold of calloc', ['syscalls', 'placement'], {
    isMappedRealloc: (heap, block) => !sizeBelow(block, heap.rules.pageSize),
  }),
  mutant('maps-whole-pages', 'mmap is asked for whole pages', ['syscalls'], {
    mapBlock: (heap, block) => mapBlock(heap, typeof block === 'number' ? pageCeil(block) : block),
  }),
];
