import { free, malloc } from '../../trace/op.ts';
import { type Diagnosis, passes } from './cause.ts';

/** What a realloc of a mapped block does with the mapping: it leaves it, though free would not, or uses mremap. */
export const mappingLeft: Diagnosis = async ({ s, step }, lab) => {
  if (step.outcome !== 'returned' || s.call !== 'resize' || s.oldMappingLength === 0)
    return undefined;
  if (s.remapped) {
    return {
      name: 'mremap-used',
      says: `the mapped block p${s.op.slot} is resized with mremap, where a new block, a copy and munmap are owed`,
      evidence: ['mremap is among the syscalls of this call'],
    };
  }
  if (s.result === 0 || s.oldKept || s.unmapCount > 0) return undefined;
  const limit = s.contract.placement?.mmapThreshold ?? 0;
  if (!(await passes(lab, [malloc(0, limit), free(0)]))) return undefined;
  return {
    name: 'mapping-left-by-a-move',
    says: `realloc moves p${s.op.slot} out of its mapping of ${s.oldMappingLength} bytes and does not unmap it`,
    evidence: [
      'the call made no munmap, and gave another block',
      'os_free of a mapped block does unmap it: it is the move that forgets',
    ],
  };
};
