// Which way a request may go: to the heap, to a mapping, or either. The thresholds of SPEC, Functions,
// and the first two rows of UNSPECIFIED. The first way named is ours.

import type { PlacementRules } from '../contract/contract.ts';

export type Route = 'heap' | 'map' | 'map-or-heap';

/**
 * malloc and realloc: mapped if the request reaches the threshold, on the heap if the block stays below
 * it; where only the block reaches it, allocators disagree.
 */
export function routeOfMalloc(bytes: number, block: number, mmapThreshold: number): Route {
  if (bytes >= mmapThreshold) return 'map';
  return block < mmapThreshold ? 'heap' : 'map-or-heap';
}

/** calloc: a block of exactly a page is where allocators disagree. */
export function routeOfCalloc(block: number, rules: PlacementRules): Route {
  if (block === rules.pageSize) return 'map-or-heap';
  return block > rules.pageSize ? 'map' : 'heap';
}
