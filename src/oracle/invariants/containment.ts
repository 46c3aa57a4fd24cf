import type { Breach, Invariant } from '../invariant.ts';
import type { Situation } from '../situation.ts';
import { brokenBy } from './contents.ts';

export const containment: Invariant = {
  name: 'containment',
  statement:
    'Every payload lies wholly between heap start and break, or in one live mapping; nothing is written past the break.',
  tier: 'safety',
  cost: 'mappings, and the bytes from the break to the end of its page',
  // After an mremap, which is forbidden, nobody knows what is mapped: `syscalls` says so.
  applies: (s) => s.contract.interposed && (s.gaveMemory || s.broken.length > 0) && !s.remapped,
  check: (s) => outside(s) ?? pastBreak(s),
};

function outside(s: Situation): Breach | undefined {
  if (!s.gaveMemory || s.model.owns(s.result, s.bytes)) return undefined;
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
}

/** The page that holds the break can be accessed to its end; what lies there is nobody's all the same. */
function pastBreak(s: Situation): Breach | undefined {
  const broken = brokenBy(s, 'past-break');
  if (broken === undefined) return undefined;
  const { heapStart, heapEnd } = s.model;
  const at = heapStart + broken.offset;
  const where =
    at < heapEnd
      ? 'before the break was moved over it'
      : `which is past the break at ${s.at(heapEnd)}`;
  return {
    cause: 'past-break',
    says: `the byte at ${s.at(at)} was written (0x${broken.actual.toString(16)}), ${where}`,
    clause: 'no access past the break',
  };
}
