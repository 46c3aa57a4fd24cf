import type { Invariant } from '../invariant.ts';

export const result: Invariant = {
  name: 'result',
  statement: 'A call returns NULL exactly when it is owed no memory.',
  tier: 'safety',
  cost: '1',
  applies: (s) => s.returned,
  check(s) {
    if (s.call === 'nothing' || s.call === 'release') {
      if (s.result === 0) return undefined;
      return {
        cause: 'not-null',
        says: `NULL is owed, but ${s.at(s.result)} was returned`,
        clause: 'a request of 0 bytes, and a realloc of a freed block, return NULL',
        tier: 'policy',
        damage: true,
      };
    }
    if (s.result !== 0 || s.wraps || s.hopeless || s.failed) return undefined;
    if (s.request === 0 || s.model.mayLack(s.bytes)) return undefined;
    return {
      cause: 'null',
      says: `${s.bytes} bytes are owed and no syscall failed, but NULL was returned`,
      clause:
        'NULL only for a request of 0 bytes, one that does not fit size_t, or after a failed syscall',
    };
  },
};
