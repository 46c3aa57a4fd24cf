// All features that there are under a contract, each with a number and a name: what a campaign reached, and what it
// never did, can be listed. A feature is a small fact about one step, told from outside of the allocator.

import type { Contract } from '../contract/contract.ts';
import { CALLS, ROUTES, type Route, routesOf } from './routes.ts';

export interface Feature {
  readonly group: FeatureGroup;
  /** Unique among all. */
  readonly name: string;
  /** Whether it is up to the allocator: a lawful one may never show it, whatever is asked of it. */
  readonly choice: boolean;
}

/**
 *   route       what the call did
 *   left over   of the block or run that served a request, what the request did not need
 *   merged      how many headers went in one call
 *   neighbours  of the block that a call gave out, or was given
 *   free blocks, largest free, live blocks, mappings    after the step, by power of two
 *   growth      how often the break had moved up
 *   fault       a system call failed
 *   request     bytes, by power of two
 */
export const FEATURE_GROUPS = [
  'route',
  'left over',
  'merged',
  'neighbours',
  'free blocks',
  'largest free',
  'live blocks',
  'mappings',
  'growth',
  'fault',
  'request',
] as const;
export type FeatureGroup = (typeof FEATURE_GROUPS)[number];

/** Left over: 0, 8 … 80 bytes, and more. Both sides of where a block is split, for either header. */
export const LEFT_OVER = 12;
/** Merged headers: 1, 2-3, 4-7, 8 and more. */
export const MERGED = 4;
/** Counts by power of two: 0, 1, 2-3 … and the last with all above. */
export const FREE_BLOCKS = 8;
export const LIVE_BLOCKS = 10;
export const MAPPINGS = 6;
export const GROWTHS = 7;
/** Powers of two of the largest free payload: none, 8 … 2^20 and more. */
export const LARGEST_FREE = 19;
export const LEAST_POWER = 3;
/** Requests: 0, 1, 2-3 … 2^19 and more, those that no process can have, those that do not fit size_t. */
export const REQUESTS = 23;

const SIDES = ['none', 'a free', 'a used'] as const;
export const NEIGHBOURED = ['given out', 'freed', 'reallocated'] as const;
export const REQUESTING = ['malloc', 'calloc', 'realloc'] as const;
export const FAILING = ['sbrk', 'mmap'] as const;
export const FATES = ['is NULL', 'gets by', 'ends the process'] as const;

export class FeatureSpace {
  readonly features: readonly Feature[];
  /** By group, and by place in it: the feature's number, -1 where the contract has no such feature. Routes are placed by
   * call and route (call * ROUTES.length + route). */
  readonly places: Readonly<Record<FeatureGroup, Int16Array>>;

  constructor(contract: Contract) {
    const features: Feature[] = [];
    const places: Partial<Record<FeatureGroup, Int16Array>> = {};
    for (const group of FEATURE_GROUPS) {
      const names = namesOf(group, contract);
      const numbers = new Int16Array(names.length).fill(-1);
      for (const [place, name] of names.entries()) {
        if (name === undefined) continue;
        numbers[place] = features.length;
        features.push({ group, name, choice: isChoice(name, contract) });
      }
      places[group] = numbers;
    }
    this.features = features;
    this.places = places as Record<FeatureGroup, Int16Array>;
  }
}

/** Eager or lazy coalescing, and how a failed system call is met, are the allocator's own choice. */
const CHOICES = ['joins', 'fails', 'ends the process', 'reuses the last freed'];

/** Without headers, so is whether it grows a block in place; and whether its heap gets full, where no more is asked
 * for than it holds. */
function isChoice(name: string, { placement, unasked }: Contract): boolean {
  const choices = [...CHOICES];
  if (placement === undefined) choices.push('realloc: stays');
  if (unasked !== undefined && unasked.below === undefined) choices.push('is refused');
  return choices.some((words) => name.includes(words));
}

type Names = readonly (string | undefined)[];

function namesOf(group: FeatureGroup, contract: Contract): Names {
  switch (group) {
    case 'route':
      return routeNames(contract);
    case 'live blocks':
      return powers(LIVE_BLOCKS, (n) => `${n} live`);
    case 'request':
      return REQUESTING.flatMap((call) => requestNames(call, contract));
    case 'growth':
      return routesOf('malloc', contract).some((route) => GROWING.includes(route))
        ? powers(GROWTHS, (n) => `${n} growths`).slice(1)
        : [];
    default:
      return contract.placement === undefined ? [] : namesOfHeap(group, contract);
  }
}

const GROWING: readonly Route[] = ['grows the heap', 'appends a block'];

function routeNames(contract: Contract): Names {
  return CALLS.flatMap((call) => {
    const possible = routesOf(call, contract);
    return ROUTES.map((route) => (possible.includes(route) ? `${call}: ${route}` : undefined));
  });
}

/** What only headers can tell. */
function namesOfHeap(group: FeatureGroup, { symbols }: Contract): Names {
  switch (group) {
    case 'left over':
      return upTo(
        LEFT_OVER,
        (i) => `${8 * i}${i === LEFT_OVER - 1 ? ' or more' : ''} bytes left over`,
      );
    case 'merged':
      return powers(MERGED + 1, (n) => `${n} headers merged away`).slice(1);
    case 'neighbours':
      return NEIGHBOURED.flatMap((how) =>
        SIDES.flatMap((left) => SIDES.map((right) => neighboursName(how, left, right))),
      );
    case 'free blocks':
      return powers(FREE_BLOCKS, (n) => `${n} free`);
    case 'largest free':
      return upTo(LARGEST_FREE, largestName);
    case 'mappings':
      return powers(MAPPINGS, (n) => `${n} mapped`);
    default:
      return REQUESTING.flatMap((call) =>
        FAILING.flatMap((what) =>
          FATES.map((fate) =>
            symbols[call] === undefined ? undefined : `${call} ${fate} as ${what} fails`,
          ),
        ),
      );
  }
}

/** What is given out begins a run, so no free block is before it. */
function neighboursName(how: string, left: string, right: string): string | undefined {
  if (how === 'given out' && left === 'a free') return undefined;
  return `${how} with ${left} block before and ${right} behind`;
}

function largestName(i: number): string {
  if (i === 0) return 'none is the largest free';
  const least = 2 ** (LEAST_POWER + i - 1);
  return i === LARGEST_FREE - 1
    ? `${least} or more is the largest free`
    : `${least} to ${2 * least - 1} is the largest free`;
}

function requestNames(call: (typeof REQUESTING)[number], contract: Contract): Names {
  const { symbols, zeroSize, unasked } = contract;
  if (symbols[call] === undefined) return upTo(REQUESTS, () => undefined);
  const [zero, ...small] = powers(REQUESTS - 2, (n) => `${call} of ${n} bytes`);
  const canAskAll = unasked === undefined || unasked.below !== undefined;
  return [
    zeroSize === 'null' ? zero : undefined,
    ...small,
    canAskAll ? `${call} of more than there is` : undefined,
    call === 'calloc' ? 'calloc of more than size_t' : undefined,
  ];
}

/** 0, 1, 2-3, 4-7 … 2^(count - 2) or more. */
function powers(count: number, name: (n: string) => string): string[] {
  return upTo(count, (i) => {
    if (i < 2) return name(String(i));
    const least = 2 ** (i - 1);
    return name(i === count - 1 ? `${least} or more` : `${least} to ${2 * least - 1}`);
  });
}

function upTo<T>(count: number, name: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => name(i));
}
