import { ALLOC, blockAt } from '../../oracle/runs.ts';
import type { Diagnosis } from './cause.ts';

/** realloc stayed in place, over a block that was ALLOC. */
export const grownOverLive: Diagnosis = ({ s, before, header, step }) => {
  if (step.outcome !== 'returned' || s.call !== 'resize' || s.result !== s.oldAddress)
    return undefined;
  if (!s.oldInHeap || !before.taken || s.growth !== 0) return undefined;
  const index = blockAt(before, s.oldAddress - header);
  const own = before.payloadSize[index] ?? 0;
  const next = before.payloadSize[index + 1] ?? 0;
  if (index < 0 || before.status[index + 1] !== ALLOC || own >= s.need) return undefined;
  if (own + header + next < s.need) return undefined;
  const behind = before.address[index + 1] as number;
  const slot = s.model.slotAt(behind + header);
  if (slot < 0) return undefined;
  return {
    name: 'grown-over-a-live-block',
    says: `realloc grows p${s.op.slot} over the block behind it at ${s.at(behind)}, p${slot}, without asking whether that is FREE`,
    evidence: [
      `before the call the header at ${s.at(behind)} said ALLOC, and p${slot} is live`,
      `${own} bytes were not enough for ${s.need}; with ${header} and the ${next} of the block behind they are`,
      'the pointer stayed, and the break too',
    ],
  };
};
