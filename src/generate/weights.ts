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

/** Makes it a table in which choice i stands in proportion to `weights[i]`, and at least once unless that
 * is 0. All weights 0: choice 0. */
export function fillWeightTable(table: Uint8Array, weights: readonly number[]): void {
  let total = 0;
  let on = 0;
  for (let choice = 0; choice < weights.length; choice++) {
    const weight = weights[choice] as number;
    total += weight;
    if (weight > 0) on++;
  }
  const shared = TABLE_SIZE - on;
  let at = 0;
  let sum = 0;
  let seen = 0;
  for (let choice = 0; choice < weights.length; choice++) {
    const weight = weights[choice] as number;
    if (weight === 0) continue;
    sum += weight;
    seen++;
    const to = seen + Math.round((shared * sum) / total);
    while (at < to) table[at++] = choice;
  }
  if (seen === 0) table.fill(0);
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
