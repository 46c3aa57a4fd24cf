// The values that say something by themselves: where an argument is one of them, the reader sees what it
// is about. Tried before any search, lowest first.

import { osmem } from '../../contract/osmem.ts';
import { SIZE_MAX, type SizeT } from '../../contract/size-t.ts';

const { mmapThreshold = 0, pageSize = 0, headers = [] } = osmem.placement ?? {};
const HEADER = Math.max(...headers);

export const EDGES: readonly SizeT[] = [
  0,
  1,
  8,
  24,
  /** The least calloc whose block is over a page, and the first malloc that is no smaller than one. */
  pageSize - HEADER + 1,
  pageSize,
  /** The least request whose block reaches the threshold, and the least that does so itself. */
  mmapThreshold - HEADER - 7,
  mmapThreshold,
  2 ** 32,
  2 ** 40,
  /** A header more wraps; aligning wraps. */
  SIZE_MAX - 31n,
  SIZE_MAX - 6n,
  SIZE_MAX,
];

/** The edges in least..value-1, lowest first. */
export function edgesBelow(value: SizeT, least: number): SizeT[] {
  return EDGES.filter((edge) => edge >= least && edge < value);
}
