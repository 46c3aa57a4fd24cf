// What sizes are asked for: classes around every boundary of a contract, because that is where
// allocators break, with plain sizes between them so that heaps have a shape.
//
// One function with a switch, no closures: this runs for every op of a campaign.

import type { Contract } from '../contract/contract.ts';
import { SIZE_MAX, type SizeT, sizeT } from '../contract/size-t.ts';
import type { HeapRules } from './heap-model.ts';
import { between, oneIn, pick, type Random } from './random.ts';
import type { SizeMemory } from './size-memory.ts';

export const SIZE_CLASSES = [
  /** 0. */
  'zero',
  /** 1..64. */
  'tiny',
  /** 8k-1, 8k, 8k+1. */
  'aligned-edge',
  /** 65..1024. */
  'small',
  /** 1 KiB..16 KiB. */
  'medium',
  /** 16 KiB..127 KiB. */
  'large',
  /** Exactly a block freed before: best fit, no split. */
  'freed',
  /** A block freed before, and 1, 8, 32, 40 around it: where splitting starts. */
  'freed-edge',
  /** Exactly a live block. */
  'live',
  /** A live block (realloc: its own), and 1, 8, 32, 40, twice, half around it. */
  'live-edge',
  /** Two blocks and the header between them, and 8, 32, 40 around it: what coalescing makes. */
  'sum',
  /** calloc's threshold: the page, with and without header. */
  'page-edge',
  /** malloc's threshold and the preallocation: 128 KiB, with and without header. */
  'threshold-edge',
  /** What is left of the preallocation after blocks of sizes seen before. */
  'rest-edge',
  /** Over the threshold, mostly not by much. */
  'mapped',
  /** 512 KiB..2 MiB. */
  'mapped-large',
  /** Fits size_t, cannot be had. */
  'impossible',
  /** So near SIZE_MAX that aligning or adding a header wraps. */
  'near-max',
] as const;

export type SizeClass = (typeof SIZE_CLASSES)[number];

/** Weights before swarm: what a run with everything on uses. */
const SIZE_WEIGHTS: Readonly<Record<SizeClass, number>> = {
  zero: 2,
  tiny: 12,
  'aligned-edge': 8,
  small: 12,
  medium: 10,
  large: 4,
  freed: 8,
  'freed-edge': 8,
  live: 3,
  'live-edge': 6,
  sum: 6,
  'page-edge': 6,
  'threshold-edge': 5,
  'rest-edge': 3,
  mapped: 4,
  // Megabytes cost a thousand times as much to fill and to check as the rest.
  'mapped-large': 0.5,
  impossible: 1,
  'near-max': 2,
};
const BASE_SIZES: readonly number[] = SIZE_CLASSES.map((sizeClass) => SIZE_WEIGHTS[sizeClass]);

const placesOf = (...classes: SizeClass[]): readonly number[] =>
  classes.map((each) => SIZE_CLASSES.indexOf(each));
const ZERO = placesOf('zero');
const PLACED = placesOf('page-edge', 'threshold-edge', 'rest-edge');
/** What the rules of a contract, or the sizes before, lead to; plain uniform ones are left. */
const EDGES = placesOf(
  'aligned-edge',
  'freed',
  'freed-edge',
  'live',
  'live-edge',
  'sum',
  'page-edge',
  'threshold-edge',
  'rest-edge',
  'near-max',
);
const LARGEST = placesOf('mapped-large');
const HOSTILE = placesOf('impossible', 'near-max');

/** 0: not for this contract, or this run. */
export function baseSizeWeights(
  contract: Contract,
  everything: boolean,
  random: Random,
  edges = true,
): number[] {
  const hostile = contract.unasked === undefined || contract.unasked.below !== undefined;
  const weights = BASE_SIZES.slice();
  if (contract.zeroSize !== 'null') off(weights, ZERO);
  if (contract.placement === undefined) off(weights, PLACED);
  if (!everything && !oneIn(random, 8)) off(weights, LARGEST);
  if (!hostile) off(weights, HOSTILE);
  if (!edges) off(weights, EDGES);
  return weights;
}

function off(weights: number[], places: readonly number[]): void {
  for (const place of places) weights[place] = 0;
}

/** The numbers of a contract that sizes are chosen around. */
export interface SizeRules {
  readonly header: number;
  readonly page: number;
  readonly threshold: number;
  readonly preallocation: number;
  readonly leastImpossibleBits: number;
}

const USUAL_HEADERS: readonly number[] = [16];

export function sizeRules(contract: Contract, random: Random): SizeRules {
  const { placement } = contract;
  const headers = placement?.headers ?? USUAL_HEADERS;
  return {
    // The first header is the usual one; at one run in four, another edition's edges are tried.
    header: headers[random.below(4) === 0 ? random.below(headers.length) : 0] ?? 16,
    page: placement?.pageSize ?? 4096,
    threshold: placement?.mmapThreshold ?? 128 * 1024,
    preallocation: placement?.preallocation ?? 0,
    // A simulated OS refuses 2^40 bytes; a real one may overcommit up to the 47 bits of user space.
    leastImpossibleBits: contract.interposed ? 40 : 48,
  };
}

/** The heap to aim at. Where a contract says nothing of it, one with a header as it is often seen. */
export function heapRules(contract: Contract, rules: SizeRules, random: Random): HeapRules {
  if (contract.placement !== undefined) return rules;
  const header = pick(random, SEEN_HEADERS);
  return { header, page: UNMAPPED, threshold: UNMAPPED, preallocation: 0 };
}

const SEEN_HEADERS: readonly number[] = [8, 16];
const UNMAPPED = 2 ** 24;

/** A size of the class SIZE_CLASSES[choice]; `own` is the size of the block to be reallocated, or -1. */
export function randomSize(
  choice: number,
  random: Random,
  rules: SizeRules,
  memory: SizeMemory,
  own: number,
): SizeT {
  switch (SIZE_CLASSES[choice]) {
    case 'zero':
      return 0;
    case 'tiny':
      return 1 + random.below(64);
    case 'aligned-edge':
      return Math.max(1, 8 * (1 + random.below(random.below(4) === 0 ? 512 : 32)) + around(random));
    case 'small':
      return 65 + random.below(960);
    case 'medium':
      return 1025 + random.below(15 * 1024);
    case 'large':
      return 16 * 1024 + random.below(111 * 1024);
    case 'freed':
      return memory.freed(random);
    case 'freed-edge':
      return Math.max(1, memory.freed(random) + splitEdge(random, rules));
    case 'live':
      return memory.live(random);
    case 'live-edge':
      return liveEdge(random, rules, own >= 0 ? own : memory.live(random));
    case 'sum':
      return Math.max(
        1,
        sum(random, rules, memory) + (random.below(2) ? splitEdge(random, rules) : 0),
      );
    case 'page-edge':
      return edge(random, rules, rules.page);
    case 'threshold-edge':
      return edge(random, rules, rules.threshold);
    case 'rest-edge':
      return rest(random, rules, memory);
    case 'mapped':
      return mapped(random, rules);
    case 'mapped-large':
      return 2 ** 19 + random.below(3 * 2 ** 19);
    case 'impossible':
      return impossible(random, rules);
    default:
      return NEAR_MAX[random.below(NEAR_MAX.length)] as SizeT;
  }
}

/** MAX-0..7 wrap when aligned; MAX-8.. when a header of 24 or 32 is added; the rest only just do not. */
const NEAR_MAX: readonly SizeT[] = [
  0, 1, 6, 7, 8, 9, 14, 15, 16, 22, 23, 24, 25, 30, 31, 32, 33, 38, 39, 40, 41, 47, 55, 63, 64, 71,
  4095, 4096, 4127, 131071, 131072, 131103,
].map((below) => SIZE_MAX - BigInt(below));

function around(random: Random): number {
  return random.below(3) - 1;
}

/** -40..40: 0, ±1, ±8, ± header, ± (header + 8) and one beside it. */
function splitEdge(random: Random, rules: SizeRules): number {
  const sign = random.below(2) * 2 - 1;
  switch (random.below(7)) {
    case 0:
      return sign;
    case 1:
      return sign * 8;
    case 2:
      return sign * rules.header;
    case 3:
      return sign * (rules.header + 8);
    case 4:
      return sign * (rules.header + 8) + around(random);
    case 5:
      return sign * (rules.header + 16);
    default:
      return sign * 8 * (1 + random.below(8));
  }
}

function liveEdge(random: Random, rules: SizeRules, live: number): number {
  switch (random.below(8)) {
    case 0:
      return live * 2;
    case 1:
      return Math.max(1, live >> 1);
    case 2:
      return live + 1 + random.below(256);
    case 3:
      return Math.max(1, live - 1 - random.below(256));
    default:
      return Math.max(1, live + splitEdge(random, rules));
  }
}

function sum(random: Random, rules: SizeRules, memory: SizeMemory): number {
  let total = align8(memory.any(random)) + rules.header + align8(memory.any(random));
  if (random.below(4) === 0) total += rules.header + align8(memory.any(random));
  return total;
}

/** At `limit`, at `limit` less a header, and a little to both sides. */
function edge(random: Random, rules: SizeRules, limit: number): number {
  const base = random.below(2) ? limit - rules.header : limit;
  switch (random.below(4)) {
    case 0:
      return base;
    case 1:
      return base + around(random);
    case 2:
      return base + 8 * between(random, -6, 2);
    default:
      return base + between(random, -9, 9);
  }
}

/** What a block of a remembered size leaves of the preallocation, or of a page, to the byte. */
function rest(random: Random, rules: SizeRules, memory: SizeMemory): number {
  const used = rules.header + align8(memory.any(random));
  const left = rules.preallocation - used - rules.header;
  return Math.max(1, left + (random.below(2) ? splitEdge(random, rules) : 0));
}

function mapped(random: Random, rules: SizeRules): number {
  return random.below(4) === 0
    ? rules.threshold + random.below(3 * rules.threshold)
    : rules.threshold + random.below(16 * 1024);
}

function impossible(random: Random, rules: SizeRules): SizeT {
  const power = POWERS[between(random, rules.leastImpossibleBits, 62)] as SizeT;
  const beside = (random.below(3) - 1) * random.below(64);
  if (typeof power === 'number') return power + beside;
  return sizeT(power + BigInt(beside));
}

/** Of 2, by exponent; with room for what is added to them in the form that they have. */
const POWERS: readonly SizeT[] = Array.from({ length: 63 }, (_, bits) =>
  bits < 53 ? 2 ** bits : 2n ** BigInt(bits),
);

function align8(size: number): number {
  return (size + 7) & ~7;
}
