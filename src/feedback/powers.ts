// Counts by power of two, in few enough classes to be listed.

/** The largest p with 2^p <= n, for n from 1; 0 for 0, and 31 for all that is larger. */
export function powerOf(n: number): number {
  return n < 2147483648 ? 31 - Math.clz32(n | 1) : 31;
}

/** 0, 1, 2-3, 4-7 … as 0, 1, 2, 3 …, all above in the last of so many. */
export function powers(n: number, count: number): number {
  return n <= 0 ? 0 : atMost(powerOf(n) + 1, count);
}

export function atMost(n: number, count: number): number {
  return n < count ? n : count - 1;
}
