// The ways in which a call may get its memory: every one that SPEC.md allows for this call on this heap,
// the specified (or, where it is silent, our own) way first. Nothing here looks at what was observed.

import type { PlacementRules } from '../contract/contract.ts';
import type { Address } from '../memory/address.ts';
import type { HeapWalk } from '../target/execution.ts';
import { type Route, routeOfCalloc, routeOfMalloc } from './routes.ts';
import { bestFit, blockAt, runEnd, runSizeFrom, tailRun } from './runs.ts';
import type { Situation } from './situation.ts';

export type Way =
  /** The payload stays where it is; the break moves by `growth`. */
  | { readonly kind: 'stay'; readonly growth: number }
  /** A run of exactly `size` bytes, the smallest that fits. */
  | { readonly kind: 'fit'; readonly size: number; readonly growth: 0 }
  /** The break moves by `growth`, and the payload is at `at`. */
  | { readonly kind: 'grow'; readonly at: Address; readonly growth: number }
  /** One mmap of the block. */
  | { readonly kind: 'map'; readonly growth: 0 };

const STAY: Way = { kind: 'stay', growth: 0 };
const MAP: Way = { kind: 'map', growth: 0 };

/** The ways of a call that allocates or resizes, in a heap whose walk is known. */
export function waysOf(s: Situation): Way[] {
  const rules = s.contract.placement as PlacementRules;
  if (s.call === 'allocate') return waysOfRoute(s, routeOf(s, rules), rules);
  return s.oldInHeap ? waysToResize(s, rules) : waysToRemap(s, rules);
}

function routeOf(s: Situation, rules: PlacementRules): Route {
  return s.op.kind === 'calloc'
    ? routeOfCalloc(s.block, rules)
    : routeOfMalloc(s.bytes, s.block, s.model.mmapThreshold);
}

function waysOfRoute(s: Situation, route: Route, rules: PlacementRules): Way[] {
  if (route === 'map') return [MAP];
  const onHeap = waysOnHeap(s, rules);
  return route === 'heap' ? onHeap : [MAP, ...onHeap];
}

/** SPEC, Placement: preallocation, best fit, growth of the last run, growth by a block. */
function waysOnHeap(s: Situation, rules: PlacementRules): Way[] {
  const heap = s.before;
  const { need, block, header } = s;
  if (heap.end === heap.start) {
    const growth = Math.max(rules.preallocation, block);
    return [{ kind: 'grow', at: heap.start + header, growth }];
  }
  const size = bestFit(heap, need);
  if (size >= 0) return [{ kind: 'fit', size, growth: 0 }];
  return [growthOfHeap(heap, need, block, header)];
}

function growthOfHeap(heap: HeapWalk, need: number, block: number, header: number): Way {
  const tail = tailRun(heap);
  if (tail < 0) return { kind: 'grow', at: heap.end + header, growth: block };
  return {
    kind: 'grow',
    at: (heap.address[tail] as Address) + header,
    growth: need - runSizeFrom(heap, tail),
  };
}

/** A mapped payload: the new block first; in place only if its aligned size stays the same. */
function waysToRemap(s: Situation, rules: PlacementRules): Way[] {
  const route = routeOfMalloc(s.bytes, s.block, s.model.mmapThreshold);
  const ways = waysOfRoute(s, route, rules);
  return s.oldMappingLength === s.block ? [STAY, ...ways] : ways;
}

/** A heap payload: SPEC, Functions, the rows of os_realloc, and six rows of UNSPECIFIED. */
function waysToResize(s: Situation, rules: PlacementRules): Way[] {
  const heap = s.before;
  const { need, header } = s;
  const index = blockAt(heap, s.oldAddress - header);
  const own = heap.payloadSize[index] as number;
  const reachesThreshold = s.block >= s.model.mmapThreshold;
  const mustMap = s.bytes >= s.model.mmapThreshold;
  if (need <= own) return reachesThreshold ? [STAY, MAP] : [STAY];

  const run = runSizeFrom(heap, index + 1);
  const reach = run > 0 ? own + header + run : own;
  const last = index === heap.count - 1;
  const beforeBreak = run > 0 && runEnd(heap, index + 1) === heap.count;
  const ways: Way[] = [];
  if (reachesThreshold) ways.push(MAP);
  if (reach >= need) ways.push(STAY);
  else if (last) ways.push({ kind: 'stay', growth: need - own });
  else if (beforeBreak) waysBesideTail(s, reach, mustMap, ways);
  else if (!mustMap) ways.push(...waysOnHeap(s, rules));
  return ways;
}

/**
 * The block is followed by a run that reaches the break and is not enough: grow in place by what is
 * missing, or move, into a hole that fits, else to a new block (the run was merged into the old one
 * first), else into that run, grown.
 */
function waysBesideTail(s: Situation, reach: number, mustMap: boolean, ways: Way[]): void {
  const heap = s.before;
  const size = bestFit(heap, s.need);
  const inPlace: Way = { kind: 'stay', growth: s.need - reach };
  if (mustMap) ways.push(inPlace);
  else if (size >= 0) ways.push({ kind: 'fit', size, growth: 0 }, inPlace);
  else {
    ways.push(inPlace);
    ways.push({ kind: 'grow', at: heap.end + s.header, growth: s.block });
    ways.push(growthOfHeap(heap, s.need, s.block, s.header));
  }
}
