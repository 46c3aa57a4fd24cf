// The iso-c contract: any malloc, by what the C standard says of it. Where memory comes from, and how
// much of it is used, is nobody's business.

import type { Contract } from './contract.ts';

export const isoC: Contract = {
  name: 'iso-c',
  symbols: { malloc: 'malloc', calloc: 'calloc', realloc: 'realloc', free: 'free' },
  tiers: ['safety', 'robustness'],
  // Suitably aligned for any object that fits (C17 7.22.3); max_align_t has 16.
  alignment: [
    { from: 0, multiple: 8 },
    { from: 16, multiple: 16 },
  ],
  zeroSize: 'any',
  // Whether a machine has so much is not for us to say, up to where no x86-64 process can have it.
  unasked: { from: 64 * 1024 * 1024, below: 2 ** 47 },
  staleRealloc: false,
  staleFree: false,
  interposed: false,
  links: false,
};
