// The cs107 contract: Stanford's heap allocator assignment. The allocator is given all of its memory at once
// (myinit), before each trace; in older editions it asks for pages (segment.h, see target/driver/memlib.c).
// For everything else the course refers to the manual page of malloc.
//
// A segment of a fixed size may be full: NULL is owed to nobody once what was asked for so far might have used
// it up, in the most wasteful way that is still sound (see oracle/model.ts).

import type { Contract } from './contract.ts';

/** The course's own driver gives gigabytes, where no script fills the heap; here some traces do. Some clear all of it
 * in myinit, so it is no larger than that. */
const SEGMENT = 8 * 1024 * 1024;

export const cs107: Contract = {
  name: 'cs107',
  symbols: { malloc: 'mymalloc', realloc: 'myrealloc', free: 'myfree', init: 'myinit' },
  tiers: ['safety', 'robustness'],
  alignment: [{ from: 0, multiple: 8 }],
  zeroSize: 'any',
  heapLimit: SEGMENT,
  segment: true,
  initAgain: true,
  staleRealloc: false,
  staleFree: false,
  interposed: true,
  links: false,
};
