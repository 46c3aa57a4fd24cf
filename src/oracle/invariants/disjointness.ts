import type { Invariant } from '../invariant.ts';

/** Two ranges share a byte, also where one contains the other. */
export const disjointness: Invariant = {
  name: 'disjointness',
  statement:
    'No payload shares a byte with another live payload: neither overlaps nor contains it.',
  tier: 'safety',
  cost: 'L',
  applies: (s) => s.gaveMemory,
  check(s) {
    const other = s.model.overlapping(s.result, s.bytes, s.op.slot);
    if (other < 0) return undefined;
    const address = s.model.address[other] as number;
    const size = s.model.size[other] as number;
    return {
      cause: 'overlap',
      says: `payload p${s.op.slot} ${s.range(s.result, s.bytes)} overlaps p${other} ${s.range(address, size)}`,
      clause: 'live payloads are disjoint',
    };
  },
};
