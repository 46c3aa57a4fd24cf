import type { Invariant } from '../invariant.ts';

/** An end in the op whose syscall failed is judged by `failure`; here it is taken as said. */
export const termination: Invariant = {
  name: 'termination',
  statement: 'Every call returns: no crash, no endless loop, no exit save after a failed syscall.',
  tier: 'safety',
  cost: '1',
  applies: () => true,
  check(s) {
    if (s.returned || s.endedByFailure) return undefined;
    const how = s.outcome === 'crashed' ? `crashed with ${s.detail}` : `${s.outcome}: ${s.detail}`;
    const where =
      s.fault === undefined ? '' : ` at a ${s.fault.access} of ${s.at(s.fault.address)}`;
    return {
      cause: s.outcome,
      says: `the call did not return: it ${how}${where}`,
      clause: 'a call returns; a program may end itself only in the op whose syscall failed',
    };
  },
};
