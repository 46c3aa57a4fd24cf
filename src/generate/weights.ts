// Weighted choice by one look into a table: the choice is made millions of times a second, the table
// once a trace. And swarm testing's weights: some choices off, the rest wildly uneven.
//
// Swarm: Groce et al., "Swarm Testing" (ISSTA 2012): runs that leave features out find bugs that runs with
// everything hide, since a feature can keep others from going deep.

import { oneIn, type Random } from './random.ts';

/** Entries of a table: a choice that is on has at least one in this many. */
export const TABLE_SIZE = 128;

export function weightTable(weights: readonly number[]): Uint8Array {
  const table = new Uint8Array(TABLE_SIZE);
  fillWeightTable(table, weights);
  return table;
}

/** How many choices end before each entry of the table that is being filled. All 0 between tables, but for
 * the last, which nobody reads. */
const ENDS = new Uint8Array(TABLE_SIZE + 1);

/**
 * Makes it a table in which choice i stands in proportion to `weights[i]`, and at least once unless that
 * is 0. All weights 0: choice 0.
 *
 * First it is marked where choices end, then a choice stands where as many have ended. No step depends on
 * how long a stretch is, or whether there is one: with stretches filled one by one, wrongly predicted
 * branches were most of the cost of a table.
 */
export function fillWeightTable(table: Uint8Array, weights: readonly number[]): void {
  let total = 0;
  let on = 0;
  for (let choice = 0; choice < weights.length; choice++) {
    const weight = weights[choice] as number;
    WEIGHTS[choice] = weight;
    total += weight;
    if (weight > 0) on++;
  }
  if (on === 0) {
    table.fill(0);
    return;
  }
  markEnds(weights.length, total, TABLE_SIZE - on);
  let ended = 0;
  for (let at = 0; at < TABLE_SIZE; at++) {
    ended += ENDS[at] as number;
    ENDS[at] = 0;
    table[at] = ended;
  }
}

/** The weights as doubles: arrays hold them now in one form, now in another, which is slow to read twice. */
const WEIGHTS = new Float64Array(TABLE_SIZE);

/** `shared`: the entries that are left when each choice has one. */
function markEnds(choices: number, total: number, shared: number): void {
  let sum = 0;
  let seen = 0;
  for (let choice = 0; choice < choices; choice++) {
    const weight = WEIGHTS[choice] as number;
    sum += weight;
    if (weight > 0) seen++;
    const end = seen + (((shared * sum) / total + 0.5) | 0);
    ENDS[end] = (ENDS[end] as number) + 1;
  }
}

/**
 * Swarm weights for the choices whose base weight is not 0: each is off at the odds `off` in 8, else its
 * base weight times 2^0..2^6. At least one stays on.
 */
export function swarm(random: Random, base: readonly number[], off: number): number[] {
  const weights: number[] = [];
  let anyOn = false;
  for (let choice = 0; choice < base.length; choice++) {
    const weight = random.below(8) < off ? 0 : (base[choice] as number) * (1 << random.below(7));
    if (weight > 0) anyOn = true;
    weights.push(weight);
  }
  return anyOn ? weights : oneOf(random, base);
}

/** All off but one. */
function oneOf(random: Random, base: readonly number[]): number[] {
  const possible = base.flatMap((weight, choice) => (weight > 0 ? [choice] : []));
  const kept = possible[random.below(possible.length)];
  return base.map((weight, choice) => (choice === kept ? weight : 0));
}

/** All on: at half of the times as they stand, else unevenly. */
export function everythingOn(random: Random, base: readonly number[]): number[] {
  return oneIn(random, 2) ? [...base] : base.map((weight) => weight * (1 << random.below(4)));
}
