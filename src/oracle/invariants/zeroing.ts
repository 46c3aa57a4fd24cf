import type { Invariant } from '../invariant.ts';
import { brokenBy, brokenByte } from './contents.ts';

export const zeroing: Invariant = {
  name: 'zeroing',
  statement: 'All count * size bytes of a calloc are zero.',
  tier: 'safety',
  cost: 'the payload bytes looked at',
  applies: (s) => s.op.kind === 'calloc' && s.gaveMemory,
  check(s) {
    const broken = brokenBy(s, 'zeroing');
    if (broken === undefined) return undefined;
    return {
      cause: 'not-zero',
      says: `${brokenByte(s, broken)}: calloc of ${s.bytes} bytes left it`,
      clause: 'all count * size bytes of a calloc are zero',
    };
  },
};
