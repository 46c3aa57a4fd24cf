// How likely it is that the next run shows what no run has shown, told from the runs so far. Pure arithmetic, and true of
// runs that are independent of each other alone: each trace drawn anew from its seed, by nothing that earlier ones showed.
//
// The estimate is Good's and Turing's: a run whose feature no other run has would have been news had it come last, so
// the share of such runs is what to expect of the next. (I. J. Good, "The population frequencies of species and the
// estimation of population parameters", Biometrika 40, 1953.)
//
// The bound needs no model of what there is to be seen. News only get rarer, so each of the later runs was at least as
// likely to bring some as the next is. How many of them did is therefore at least binomial, and the upper limit of
// Clopper and Pearson for their share is one for the next run too.

import type { FeatureCount } from './tally.ts';

export interface Unseen {
  /** Features that one run alone showed. */
  readonly singletons: number;
  /** The chance that the next run shows something new, between 0 and 1; NaN where there was no run. */
  readonly chance: number;
  /** It is at most that, with CONFIDENCE. */
  readonly atMost: number;
}

export const CONFIDENCE = 0.95;

export function unseen(counts: readonly FeatureCount[], runs: number): Unseen {
  const once = counts.filter((feature) => feature.runs === 1);
  const half = runs >> 1;
  const later = runs - half;
  const news = new Set(counts.map(({ first }) => first).filter((first) => first >= half));
  return {
    singletons: once.length,
    chance: new Set(once.map(({ first }) => first)).size / runs,
    atMost: upperLimit(news.size, later, CONFIDENCE),
  };
}

/** Of a share, when `hits` of `trials` were counted: the largest under which so few would not be a surprise.
 * By halving, for it has no closed form; 60 steps are all that a double can tell apart. */
export function upperLimit(hits: number, trials: number, confidence: number): number {
  if (hits >= trials) return 1;
  let low = hits / trials;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (atMostHits(hits, trials, middle) > 1 - confidence) low = middle;
    else high = middle;
  }
  return high;
}

/** The chance of `hits` or fewer among so many trials, each with this chance. In logarithms: the first term of
 * millions of trials is less than a double can hold. */
function atMostHits(hits: number, trials: number, chance: number): number {
  if (chance >= 1) return 0;
  const odds = Math.log(chance) - Math.log1p(-chance);
  let term = trials * Math.log1p(-chance);
  let sum = Math.exp(term);
  for (let i = 1; i <= hits; i++) {
    term += Math.log((trials - i + 1) / i) + odds;
    sum += Math.exp(term);
  }
  return sum;
}
