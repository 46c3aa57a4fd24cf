import { ALLOC, blockAt } from '../../oracle/runs.ts';
import type { Diagnosis } from './cause.ts';

/** A realloc that failed, and whose old block is no longer ALLOC. */
export const freedFirst: Diagnosis = ({ s, step, after, before, header }) => {
  if (step.outcome !== 'returned' || s.call !== 'resize' || !s.failed || s.result !== 0)
    return undefined;
  if (!s.oldInHeap || after.flaw !== '' || !before.taken) return undefined;
  const was = blockAt(before, s.oldAddress - header);
  const is = blockAt(after, s.oldAddress - header);
  if (before.status[was] !== ALLOC || (is >= 0 && after.status[is] === ALLOC)) return undefined;
  return {
    name: 'freed-before-the-new-is-there',
    says: `realloc frees the old block of p${s.op.slot} before it has the new one: ${s.attempt?.name} failed, and both are lost`,
    evidence: [
      `${s.attempt?.name} failed in this call, and NULL was returned`,
      `the block at ${s.at(s.oldAddress - header)} was ALLOC before the call, and is not after it`,
    ],
  };
};
