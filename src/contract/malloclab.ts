// The malloclab contract: the allocator of CS:APP's malloc lab, over mem_sbrk. The lab's driver asks for
// what fits its heap, and so do we; memlib (see target/driver/memlib.c) and mm.h are provided.
//
// Much code for it is written for machines of 32 bits, and keeps addresses in 4 bytes: the heap is where they fit.

import type { Contract } from './contract.ts';

/** MAX_HEAP of the lab's config.h. */
const HEAP_LIMIT = 20 * 1024 * 1024;

export const malloclab: Contract = {
  name: 'malloclab',
  symbols: { malloc: 'mm_malloc', realloc: 'mm_realloc', free: 'mm_free', init: 'mm_init' },
  tiers: ['safety'],
  alignment: [{ from: 0, multiple: 8 }],
  zeroSize: 'undefined',
  freeNull: false,
  unasked: { from: HEAP_LIMIT },
  heapLimit: HEAP_LIMIT,
  lowHeap: true,
  initAgain: true,
  // The later handouts define malloc itself, unless compiled with their driver.
  defines: ['DRIVER'],
  staleRealloc: false,
  staleFree: false,
  interposed: true,
  links: false,
};

/** The lab's 64-bit edition asks for more. */
export const malloclab16: Contract = {
  ...malloclab,
  name: 'malloclab-16',
  alignment: [{ from: 0, multiple: 16 }],
};
