import type { Invariant } from '../invariant.ts';

export const containment: Invariant = {
  name: 'containment',
  statement: 'Every payload lies wholly between heap start and break, or in one live mapping.',
  tier: 'safety',
  cost: 'mappings',
  // After an mremap, which is forbidden, nobody knows what is mapped: `syscalls` says so.
  applies: (s) => s.gaveMemory && s.contract.interposed && !s.remapped,
  check(s) {
    if (s.model.owns(s.result, s.bytes)) return undefined;
    const { heapStart, heapEnd } = s.model;
    const mapping = s.model.mappingOf(s.result);
    const has =
      mapping === undefined
        ? `the break is at ${s.at(heapEnd)}, ${heapEnd - heapStart} bytes from heap start`
        : `its mapping is of ${mapping.length} bytes`;
    return {
      cause: 'outside',
      says: `payload ${s.range(s.result, s.bytes)} of ${s.bytes} bytes is not in memory that the process has: ${has}`,
      clause: 'a payload lies in the heap, below the break, or in its own mapping',
    };
  },
};
