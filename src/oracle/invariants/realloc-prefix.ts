import type { Invariant } from '../invariant.ts';
import { brokenBy, brokenByte } from './contents.ts';

export const reallocPrefix: Invariant = {
  name: 'realloc-prefix',
  statement: 'realloc keeps the first min(old, new) bytes.',
  tier: 'safety',
  cost: 'the payload bytes looked at',
  applies: (s) => s.call === 'resize' && s.gaveMemory,
  check(s) {
    const broken = brokenBy(s, 'prefix');
    if (broken === undefined) return undefined;
    return {
      cause: s.result === s.oldAddress ? 'lost-in-place' : 'lost-in-move',
      says: `${brokenByte(s, broken)}: realloc from ${s.oldSize} to ${s.bytes} bytes lost it`,
      clause: 'every realloc keeps the first min(old, new) bytes',
    };
  },
};
