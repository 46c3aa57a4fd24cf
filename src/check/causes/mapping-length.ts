import type { Diagnosis } from './cause.ts';

/** mmap or munmap of a length that is short by the header. */
export const mappingLength: Diagnosis = ({ s, step, header }) => {
  if (step.outcome !== 'returned') return undefined;
  const { mapped, unmapped } = s;
  if (
    s.gaveMemory &&
    mapped !== undefined &&
    mapped.length === s.need &&
    s.block === s.need + header
  ) {
    return {
      name: 'mmap-without-header',
      says: `mmap is asked for the payload alone: ${s.need} bytes, without the ${header} of the header`,
      evidence: [
        `mmap was called with ${mapped.length}; the request, aligned, is ${s.need}`,
        `the payload begins ${s.result - mapped.result} bytes into the mapping, so it ends outside`,
      ],
    };
  }
  if (s.gaveMemory && s.bytes !== s.need && mapped?.length === s.bytes + header) {
    return {
      name: 'unaligned-mapping',
      says: `the size is not rounded up to 8: mmap is asked for ${mapped.length} bytes, ${s.bytes} and the header`,
      evidence: [`${s.bytes} + ${header} is ${mapped.length}`, `rounded up it is ${s.block}`],
    };
  }
  if (unmapped === undefined || s.oldMappingLength === 0 || unmapped.error !== 0) return undefined;
  if (unmapped.address !== s.oldMapping) return undefined;
  if (Number(unmapped.length) !== s.oldMappingLength - header) return undefined;
  return {
    name: 'munmap-without-header',
    says: `munmap is given the size of the payload, ${Number(unmapped.length)} bytes, where the block has ${s.oldMappingLength}`,
    evidence: [
      `the block was mapped with ${s.oldMappingLength} bytes`,
      `munmap was called with ${Number(unmapped.length)}: that less the header of ${header}`,
    ],
  };
};
