// The osmem contract: the allocator assignment of POLITEHNICA Bucharest's operating-systems course.

import type { Contract, PlacementRules } from './contract.ts';

const placement: PlacementRules = {
  headers: [32, 24],
  mmapThreshold: 128 * 1024,
  pageSize: 4096,
  preallocation: 128 * 1024,
  smallestPayload: 8,
};

export const osmem: Contract = {
  name: 'osmem',
  symbols: { malloc: 'os_malloc', calloc: 'os_calloc', realloc: 'os_realloc', free: 'os_free' },
  alignment: [{ from: 0, multiple: 8 }],
  zeroSize: 'null',
  staleRealloc: true,
  staleFree: false,
  interposed: true,
  placement,
  links: false,
};

/** The contract that ours is held to: osmem, links judged, a second free ignored. */
export const osmemOurs: Contract = { ...osmem, staleFree: true, links: true };
