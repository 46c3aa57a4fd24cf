import type { Invariant } from '../invariant.ts';

export const overflow: Invariant = {
  name: 'overflow',
  statement: 'A request that does not fit size_t, or cannot be had, gets NULL and changes nothing.',
  tier: 'robustness',
  cost: '1',
  applies: (s) =>
    s.returned && (s.wraps || s.hopeless) && (s.call === 'allocate' || s.call === 'resize'),
  check(s) {
    const asked =
      s.op.kind === 'calloc' ? `${s.op.count} * ${s.op.size} bytes` : `${s.op.size} bytes`;
    if (s.result !== 0) {
      if (s.failed) return undefined;
      return {
        cause: s.op.kind === 'calloc' ? 'product-accepted' : 'size-accepted',
        says: `${asked} cannot be had, but ${s.at(s.result)} was returned`,
        clause: 'sizes that wrap, or do not fit size_t, return NULL: never a short block',
        damage: true,
      };
    }
    // What was tried and refused is judged by `failure`: a preallocation may stay.
    if (s.failed && !s.wraps) return undefined;
    if (s.contract.placement === undefined) return undefined;
    if (s.growth === 0 && s.mapCount === 0 && s.unmapCount === 0) return undefined;
    return {
      cause: 'changed-memory',
      says: `${asked} cannot be had and NULL was returned, but the break moved by ${s.growth}, with ${s.mapCount} mmap and ${s.unmapCount} munmap`,
      clause: 'sizes that wrap, or do not fit size_t, change nothing',
    };
  },
};
