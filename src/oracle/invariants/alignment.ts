import { alignmentOf } from '../../contract/contract.ts';
import type { Invariant } from '../invariant.ts';

export const alignment: Invariant = {
  name: 'alignment',
  statement: 'Every payload starts at a multiple of the alignment.',
  tier: 'safety',
  cost: '1',
  applies: (s) => s.gaveMemory,
  check(s) {
    const multiple = alignmentOf(s.contract, s.bytes);
    if (s.result % multiple === 0) return undefined;
    return {
      cause: 'misaligned',
      says: `payload ${s.at(s.result)} is not a multiple of ${multiple}`,
      clause: `payloads are aligned to ${multiple} bytes`,
    };
  },
};
