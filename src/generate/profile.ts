// What a random trace is like: swarm testing. Each run has a profile of its own; most have some op kinds
// and size classes off and wildly uneven odds for the rest, one in five has everything on.

import { type Contract, judges } from '../contract/contract.ts';
import { OP_KINDS, type OpKind } from '../trace/op.ts';
import { DEFAULT_PIECES, type Pieces } from './pieces.ts';
import { between, oneIn, pick, type Random } from './random.ts';
import { baseSizeWeights, SIZE_CLASSES } from './sizes.ts';
import { everythingOn, swarm } from './weights.ts';

/** Whose turn it is to be freed or reallocated: anyone's, the youngest's, the oldest's, every other one's by age. */
export type Lifetime = 'random' | 'lifo' | 'fifo' | 'checkerboard';

/** What may change in the midst of a trace. */
export interface Phase {
  readonly lifetime: Lifetime;
  /** Ops from flood to ebb: for so many ops most frees become allocations, then the other way round, and
   * so on. 0: no tide. */
  readonly tide: number;
  /** In 8: the share of ops whose size and victim are chosen for the heap as it will stand. */
  readonly aimed: number;
  /** By place in OP_KINDS; 0 is off. */
  readonly kindWeights: readonly number[];
  /** By place in SIZE_CLASSES; 0 is off. */
  readonly sizeWeights: readonly number[];
}

/** The trace, with its first phase. */
export interface Profile extends Phase {
  /** Whether every op kind and size class that the contract defines is on, in the first phase. */
  readonly everything: boolean;
  /** Ops of all phases; 1 or more. */
  readonly length: number;
  /** Slots in use; 1 or more. */
  readonly slots: number;
  /** The phases that follow, each as long as the first. */
  readonly later: readonly Phase[];
}

export interface ProfileLimits {
  /** false: syscalls never fail. Default: in about three runs of ten they may. */
  readonly failures?: boolean;
  /** The longest trace; default 400, in a crowd 1,200. */
  readonly maxLength?: number;
  /** The pieces of the search that are on; default DEFAULT_PIECES. */
  readonly pieces?: Pieces;
}

export function randomProfile(
  random: Random,
  contract: Contract,
  limits: ProfileLimits = {},
): Profile {
  const pieces = limits.pieces ?? DEFAULT_PIECES;
  const evenly = !pieces.has('swarm');
  const everything = oneIn(random, 5) || evenly;
  const crowd = oneIn(random, CROWDS) && pieces.has('crowds');
  const failing =
    limits.failures !== false &&
    contract.interposed &&
    judges(contract, 'robustness') &&
    (everything || oneIn(random, 5));
  const kinds = baseKindWeights(contract, failing);
  const sizes = baseSizeWeights(contract, everything, random, pieces.has('edges'));
  const slots = crowd ? between(random, 100, 400) : randomSlots(random);
  const first: Profile = {
    everything,
    length: Math.min(
      crowd ? between(random, 400, 1200) : randomLength(random),
      limits.maxLength ?? Number.POSITIVE_INFINITY,
    ),
    slots,
    later: [],
    ...randomHabits(random, pieces, slots, crowd),
    kindWeights: evenly
      ? kinds
      : everything
        ? everythingOn(random, kinds)
        : crowd
          ? CROWD_KINDS.map((weight, kind) => (kinds[kind] === 0 ? 0 : weight))
          : sensible(swarm(random, kinds, 2), kinds, random),
    sizeWeights: evenly
      ? sizes
      : everything
        ? everythingOn(random, sizes)
        : crowd
          ? CROWD_SIZES.map((weight, size) => (sizes[size] === 0 ? 0 : weight))
          : swarm(random, sizes, 1 + random.below(6)),
  };
  if (!pieces.has('phases') || first.length < SHORTEST_CUT) return first;
  if (oneIn(random, crowd ? 2 : 4)) return first;
  const later = Array.from({ length: between(random, 1, MOST_LATER) }, () => ({
    ...randomHabits(random, pieces, slots, crowd),
    kindWeights:
      crowd || evenly ? first.kindWeights : sensible(swarm(random, kinds, 3), kinds, random),
    sizeWeights: first.sizeWeights,
  }));
  return { ...first, later };
}

/** A trace with fewer ops has one phase; of the others three in four have two to four, of crowds half. The
 * sizes stay the same, so that what a phase leaves is met by the next. */
const SHORTEST_CUT = 8;
const MOST_LATER = 3;

function randomHabits(
  random: Random,
  pieces: Pieces,
  slots: number,
  crowd: boolean,
): Pick<Phase, 'aimed' | 'lifetime' | 'tide'> {
  const lives = pieces.has('lifetimes');
  // What aims at holes fills them, which leaves none of the many that a crowd is for.
  const holes = pieces.has('holes');
  return {
    aimed: pieces.has('aimed') && !(crowd && holes) ? randomAim(random) : 0,
    lifetime: !lives
      ? 'random'
      : holes && oneIn(random, crowd ? 2 : 5)
        ? 'checkerboard'
        : pick(random, LIFETIMES),
    tide: !lives ? 0 : crowd ? slots : oneIn(random, 4) ? between(random, 2, 2 * slots + 8) : 0,
  };
}

/** One run in so many is a crowd: hundreds of live blocks, for what only breaks in a full house (tables
 * that overflow, trees that degenerate). It costs as much as a dozen ordinary runs. */
const CROWDS = 60;
const CROWD_KINDS = OP_KINDS.map(
  (kind) =>
    (({ malloc: 16, calloc: 2, realloc: 3, free: 14 }) as Record<string, number>)[kind] ?? 0,
);
/** Small, so that the house is full of holes before it is large. */
const CROWD_SIZES = SIZE_CLASSES.map(
  (each) => (({ tiny: 8, 'aligned-edge': 4, small: 8 }) as Record<string, number>)[each] ?? 0,
);

/** Half random, the rest one kind or the other. */
const LIFETIMES: readonly Lifetime[] = ['random', 'random', 'lifo', 'fifo'];

/** Weights before swarm: what a run with everything on uses. */
const KIND_WEIGHTS: Readonly<Record<OpKind, number>> = {
  malloc: 16,
  calloc: 8,
  realloc: 14,
  free: 16,
  'free-null': 1,
  'stale-realloc': 1,
  'stale-free': 1,
  'fail-sbrk': 1,
  'fail-mmap': 1,
};
const BASE_KINDS: readonly number[] = OP_KINDS.map((kind) => KIND_WEIGHTS[kind]);

const placeOf = (kind: OpKind): number => OP_KINDS.indexOf(kind);
const MALLOC = placeOf('malloc');
const CALLOC = placeOf('calloc');
const REALLOC = placeOf('realloc');
const FREE = placeOf('free');
const FREE_NULL = placeOf('free-null');
const STALE_REALLOC = placeOf('stale-realloc');
const STALE_FREE = placeOf('stale-free');
const FAILURES = [placeOf('fail-sbrk'), placeOf('fail-mmap')];
const ALLOCATING = [MALLOC, CALLOC, REALLOC];

/** 0: not defined by the contract, or not for this run. */
function baseKindWeights(contract: Contract, failing: boolean): number[] {
  const weights = BASE_KINDS.slice();
  if (contract.symbols.calloc === undefined) weights[CALLOC] = 0;
  if (contract.symbols.realloc === undefined) weights[REALLOC] = 0;
  if (contract.freeNull === false) weights[FREE_NULL] = 0;
  if (!contract.staleRealloc) weights[STALE_REALLOC] = 0;
  if (!contract.staleFree) weights[STALE_FREE] = 0;
  if (!failing) for (const kind of FAILURES) weights[kind] = 0;
  return weights;
}

/** A run that cannot allocate says nothing: one of the three kinds that can is switched on. Stale ops
 * need a free before them. */
function sensible(weights: number[], base: readonly number[], random: Random): number[] {
  if (weights[MALLOC] === 0 && weights[CALLOC] === 0 && weights[REALLOC] === 0) {
    const possible = ALLOCATING.filter((kind) => base[kind] !== 0);
    weights[pick(random, possible)] = 16;
  }
  if (weights[FREE] === 0) {
    weights[STALE_REALLOC] = 0;
    weights[STALE_FREE] = 0;
  }
  return weights;
}

/** Many short ones: 4 in 10 up to 12 ops, 3 up to 50, 2 up to 150, 1 up to 400. */
function randomLength(random: Random): number {
  const bucket = random.below(10);
  if (bucket < 4) return between(random, 1, 12);
  if (bucket < 7) return between(random, 13, 50);
  return bucket < 9 ? between(random, 51, 150) : between(random, 151, 400);
}

/** Half of the runs are aimed, by one op in eight up to seven. */
function randomAim(random: Random): number {
  return oneIn(random, 2) ? between(random, 1, 7) : 0;
}

/** Few, mostly: bugs live between neighbours. */
function randomSlots(random: Random): number {
  const bucket = random.below(20);
  if (bucket < 10) return between(random, 1, 4);
  return bucket < 17 ? between(random, 5, 12) : between(random, 13, 40);
}
