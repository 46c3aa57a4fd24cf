import { type Diagnosis, passes } from './cause.ts';

/** A free that leaves a mapping because of how many there are. */
export const mappingForgotten: Diagnosis = async ({ s, trace, step }, lab) => {
  if (step.outcome !== 'returned' || s.call !== 'release' || s.oldMappingLength === 0)
    return undefined;
  const live = s.model.live.filter((slot) => !s.model.inHeap(s.model.address[slot] as number));
  if (live.length < 3 || live.length !== s.model.live.length || s.unmapCount > 0) return undefined;
  const [other] = live.filter((slot) => slot !== step.op.slot);
  if (
    !(await passes(
      lab,
      trace.filter((op) => op.slot !== other),
    ))
  )
    return undefined;
  return {
    name: 'too-many-mappings',
    says: `with ${live.length} mapped blocks live this one is not known as mapped any more: it is freed without munmap`,
    evidence: [
      `${live.length} mapped blocks were live, and no munmap was made`,
      `with ${live.length - 1} of them, the same free unmaps it`,
    ],
  };
};
