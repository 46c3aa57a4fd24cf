// The one thing that a generator needs of a source of randomness. Campaigns bring a seeded stream
// (seed.ts), fast-check brings its own (trace-arbitrary.ts), and both feed the same generator.

export interface Random {
  /** A whole number in 0..limit-1, uniformly; `limit` from 1 to 2^32. */
  below(limit: number): number;
}

/** In from..to, both included. */
export function between(random: Random, from: number, to: number): number {
  return from + random.below(to - from + 1);
}

/** True once in `odds` times. */
export function oneIn(random: Random, odds: number): boolean {
  return random.below(odds) === 0;
}

export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random.below(choices.length)] as T;
}
