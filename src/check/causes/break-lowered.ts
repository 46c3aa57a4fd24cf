import { blockAt } from '../../oracle/runs.ts';
import type { Diagnosis } from './cause.ts';

/** A free that moves the break back by what it freed. */
export const breakLowered: Diagnosis = ({ s, before, header, step }) => {
  if (step.outcome !== 'returned' || s.call !== 'release' || s.growth >= 0) return undefined;
  const index = blockAt(before, s.oldAddress - header);
  if (index < 0 || s.growth > -((before.payloadSize[index] as number) + header)) return undefined;
  return {
    name: 'memory-given-back',
    says: `free gives the end of the heap back to the system: the break goes down by ${-s.growth} bytes`,
    evidence: [
      `the block freed has ${before.payloadSize[index]} bytes and a header of ${header}`,
      `the break moved by ${s.growth} in this call`,
    ],
  };
};
