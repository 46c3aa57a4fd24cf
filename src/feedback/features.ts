// Reads features off the steps of a trace (feature-space.ts lists them), and counts how often each was seen in it. One
// reader serves a whole campaign. It stands in the path of every call, so it allocates nothing, and looks at
// those blocks alone that the step changed.

import type { Contract } from '../contract/contract.ts';
import type { Beginning, Step } from '../target/execution.ts';
import type { HeapBlocks } from '../target/heap-blocks.ts';
import { IMPOSSIBLE } from '../target/target.ts';
import type { Op } from '../trace/op.ts';
import { requested } from '../trace/trace.ts';
import {
  FAILING,
  FATES,
  FeatureSpace,
  FREE_BLOCKS,
  GROWTHS,
  LARGEST_FREE,
  LEAST_POWER,
  LEFT_OVER,
  LIVE_BLOCKS,
  MAPPINGS,
  MERGED,
  REQUESTING,
  REQUESTS,
} from './feature-space.ts';
import { HeapShape } from './heap-shape.ts';
import { atMost, powers } from './powers.ts';
import { code, RouteReader } from './route-reader.ts';
import { CALLS, type Call, ROUTES } from './routes.ts';
import { SystemCalls } from './system-calls.ts';
import { WalkBlocks } from './walk-blocks.ts';

const call = (name: Call): number => CALLS.indexOf(name);

const MALLOC = call('malloc');
const CALLOC = call('calloc');
const REALLOC_NULL = call('realloc of NULL');
const REALLOC = call('realloc');
const REALLOC_MAPPED = call('realloc of a mapping');
const REALLOC_ZERO = call('realloc to 0');
const FREE = call('free');
const FREE_MAPPED = call('free of a mapping');
const FREE_NULL = call('free of NULL');
const STALE_REALLOC = call('stale realloc');
const STALE_FREE = call('stale free');

const NOTHING = code('does nothing');
const REFUSED = code('is refused');
const FAILS = code('fails');
const ENDS = code('ends the process');
const MAPPED = code('is mapped');
const REUSES_LAST = code('reuses the last freed');
const REUSES = code('reuses a freed place');
const NEW_PLACE = code('takes a new place');
const GROWS = code('grows the heap');
const STAYS = code('stays');
const LEAVES_FREE = code('leaves a free block');
const UNMAPS = code('unmaps');

/** Sides of a block, both. */
const SIDES = 9;
const ROUTE_COUNT = ROUTES.length;
const GIVEN_OUT = 0;
const FREED = 1;
const REALLOCATED = 2;

export class FeatureReader {
  readonly space: FeatureSpace;
  /** By feature: how often it was seen in this trace. */
  readonly counts: Uint32Array;
  /** Those that were seen, the first `seenCount`, in the order in which they were. */
  readonly seen: Int32Array;
  seenCount = 0;

  private readonly routes: Int16Array;
  private readonly leftOvers: Int16Array;
  private readonly neighbours: Int16Array;
  private readonly freeBlocks: Int16Array;
  private readonly largestFree: Int16Array;
  private readonly liveBlocks: Int16Array;
  private readonly requests: Int16Array;
  private readonly hasHeaders: boolean;
  private readonly walked = new WalkBlocks();
  private readonly shape = new HeapShape();
  private readonly way = new RouteReader();
  /** Where no headers are known: places that were freed and not given out again, and the last of them. */
  private readonly freed = new Set<number>();
  private lastFreed = -1;
  private readonly system = new SystemCalls();
  private heapStart = 0;
  private live = 0;
  /** That the step in hand asks for, rounded up to 8. */
  private bytes = 0;

  constructor(contract: Contract) {
    this.space = new FeatureSpace(contract);
    const { features, places } = this.space;
    this.counts = new Uint32Array(features.length);
    this.seen = new Int32Array(features.length);
    this.routes = places.route;
    this.leftOvers = places['left over'];
    this.neighbours = places.neighbours;
    this.freeBlocks = places['free blocks'];
    this.largestFree = places['largest free'];
    this.liveBlocks = places['live blocks'];
    this.requests = places.request;
    this.hasHeaders = contract.placement !== undefined;
  }

  begin({ heapStart }: Beginning): void {
    for (let i = 0; i < this.seenCount; i++) this.counts[this.seen[i] as number] = 0;
    this.seenCount = 0;
    this.walked.begin();
    this.shape.begin();
    if (this.freed.size > 0) this.freed.clear();
    this.lastFreed = -1;
    this.heapStart = heapStart;
    this.system.begin(heapStart);
    this.live = 0;
  }

  step(step: Step): void {
    const { system } = this;
    system.follow(step);
    if (step.syscalls.length > 0) this.noteSystem();
    if (step.outcome === 'skipped') return;
    const kind = this.callOf(step);
    if (step.outcome === 'returned') this.returned(kind, step);
    else if (system.failed >= 0) this.took(kind, ENDS);
    if (system.failed >= 0) this.fault(kind, step);
  }

  private returned(kind: number, step: Step): void {
    const { way } = this;
    way.begin();
    if (kind <= REALLOC_MAPPED) this.request(kind, step.op);
    if (!this.hasHeaders) {
      this.took(kind, this.routeOf(kind, step, undefined));
    } else {
      const heap = step.blocks ?? this.walked.follow(step.heap);
      this.took(kind, this.routeOf(kind, step, heap));
      if (heap.changed) this.reshape(heap);
      if (way.leftOver >= 0) this.note(this.leftOvers, atMost(way.leftOver >> 3, LEFT_OVER));
      if (way.neighbours >= 0) this.note(this.neighbours, howOf(kind) * SIDES + way.neighbours);
    }
    this.count(kind, step);
  }

  private bump(feature: number): void {
    if (this.counts[feature] === 0) this.seen[this.seenCount++] = feature;
    (this.counts[feature] as number)++;
  }

  /** The feature at this place of its group, if there is one. */
  private note(group: Int16Array, place: number): void {
    const feature = group[place];
    if (feature !== undefined && feature >= 0) this.bump(feature);
  }

  private took(kind: number, route: number): void {
    if (route >= 0) this.note(this.routes, kind * ROUTE_COUNT + route);
  }

  private noteSystem(): void {
    const { places } = this.space;
    const { remapped, grew, mappings, growths } = this.system;
    if (remapped) this.note(places.mappings, powers(mappings, MAPPINGS));
    if (grew) this.note(places.growth, powers(growths, GROWTHS) - 1);
  }

  private isMapped(address: number): boolean {
    return this.hasHeaders && (address < this.heapStart || address >= this.system.heapEnd);
  }

  private callOf({ op, given }: Step): number {
    switch (op.kind) {
      case 'malloc':
        return MALLOC;
      case 'free':
        return this.isMapped(given) ? FREE_MAPPED : FREE;
      case 'realloc':
        if (given === 0) return REALLOC_NULL;
        if (op.size === 0) return REALLOC_ZERO;
        return this.isMapped(given) ? REALLOC_MAPPED : REALLOC;
      case 'calloc':
        return CALLOC;
      case 'stale-realloc':
        return STALE_REALLOC;
      case 'stale-free':
        return STALE_FREE;
      default:
        return FREE_NULL;
    }
  }

  private routeOf(kind: number, { result, given, op }: Step, heap: HeapBlocks | undefined): number {
    if (kind >= FREE_NULL) return NOTHING;
    if (kind >= REALLOC_ZERO) return this.release(given, heap);
    if (result === 0) return this.without(op);
    if (this.isMapped(result)) return result === given ? STAYS : MAPPED;
    if (heap === undefined) return this.unseen(result, given);
    const { way } = this;
    const { after } = heap;
    if (!after.taken || after.flaw !== '') return -1;
    const place = result - this.heapStart - after.header;
    if (result === given) way.stay(heap, place, this.bytes, this.system.grew);
    else if (heap.changed) way.gain(heap, place, this.bytes, this.system.grew);
    return way.route;
  }

  private release(given: number, heap: HeapBlocks | undefined): number {
    if (this.isMapped(given)) return UNMAPS;
    if (heap === undefined) {
      this.lastFreed = placeOf(given);
      this.freed.add(this.lastFreed);
      return LEAVES_FREE;
    }
    const { way } = this;
    const { after } = heap;
    if (!after.taken || after.flaw !== '') return -1;
    way.release(heap, given - this.heapStart - after.header);
    return way.route;
  }

  private without(op: Op): number {
    if (this.system.failed >= 0) return FAILS;
    return requested(op) === 0 ? NOTHING : REFUSED;
  }

  /** Without headers an address alone tells. */
  private unseen(result: number, given: number): number {
    if (result === given) return STAYS;
    const place = placeOf(result);
    const reused = this.freed.delete(place);
    const last = this.lastFreed;
    if (given !== 0) {
      this.lastFreed = placeOf(given);
      this.freed.add(this.lastFreed);
    }
    if (reused) return place === last ? REUSES_LAST : REUSES;
    return this.system.grew ? GROWS : NEW_PLACE;
  }

  private reshape(heap: HeapBlocks): void {
    const { shape, way } = this;
    shape.follow(heap);
    this.note(this.freeBlocks, powers(shape.free, FREE_BLOCKS));
    const largest = shape.largest - LEAST_POWER + 1;
    this.note(this.largestFree, largest < 0 ? 0 : atMost(largest, LARGEST_FREE));
    if (heap.removed < 2) return;
    way.merge(heap);
    if (way.merged > 0) this.note(this.space.places.merged, powers(way.merged, MERGED + 1) - 1);
  }

  /** Live blocks: one more, or one less. */
  private count(kind: number, { result, given }: Step): void {
    if (kind <= REALLOC_NULL) {
      if (result === 0) return;
      this.live++;
    } else if (kind >= REALLOC_ZERO && kind <= FREE_MAPPED && given !== 0) this.live--;
    else return;
    this.note(this.liveBlocks, powers(this.live, LIVE_BLOCKS));
  }

  private request(kind: number, op: Op): void {
    const bytes = op.kind === 'calloc' ? requested(op) : op.size;
    let place = REQUESTS - 1;
    if (typeof bytes === 'number' && bytes <= IMPOSSIBLE) {
      this.bytes = ((bytes + 7) >>> 3) << 3;
      place = powers(bytes, REQUESTS - 2);
    } else if (bytes !== undefined) place = REQUESTS - 2;
    this.note(this.requests, atMost(kind, REQUESTING.length) * REQUESTS + place);
  }

  private fault(kind: number, { outcome, result }: Step): void {
    if (kind > REALLOC_MAPPED) return;
    const fate = outcome !== 'returned' ? 2 : result === 0 ? 0 : 1;
    const calling = atMost(kind, REQUESTING.length);
    const place = (calling * FAILING.length + this.system.failed) * FATES.length + fate;
    this.note(this.space.places.fault, place);
  }
}

/** What happened to the block whose neighbours are told. */
function howOf(kind: number): number {
  if (kind === REALLOC) return REALLOCATED;
  return kind <= REALLOC_MAPPED ? GIVEN_OUT : FREED;
}

/** For a set of small integers; two places are one only if they are 32 GiB apart. */
function placeOf(address: number): number {
  return (address / 8) | 0;
}
