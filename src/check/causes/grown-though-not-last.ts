import { blockAt } from '../../oracle/runs.ts';
import type { Diagnosis } from './cause.ts';

/** The break moved by what was missing, for a block that is not the last. */
export const grownThoughNotLast: Diagnosis = ({ s, before, header, step }) => {
  if (step.outcome !== 'returned' || s.call !== 'resize' || s.result !== s.oldAddress)
    return undefined;
  if (!s.oldInHeap || !before.taken) return undefined;
  const index = blockAt(before, s.oldAddress - header);
  const own = before.payloadSize[index] ?? 0;
  if (index < 0 || index === before.count - 1 || own >= s.need) return undefined;
  if (s.growth !== s.need - own) return undefined;
  const last = before.address[before.count - 1] as number;
  return {
    name: 'expanded-though-not-last',
    says: `the block at ${s.at(s.oldAddress - header)} is expanded by moving the break, though it is not the last: that is the one at ${s.at(last)}`,
    evidence: [
      `the break grew by ${s.growth}: the ${s.need} needed less the ${own} there`,
      `before the call ${before.count - 1 - index} blocks were behind it`,
    ],
  };
};
