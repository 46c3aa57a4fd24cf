import type { Diagnosis } from './cause.ts';

/** The preallocated block: not as long as it says, not long enough, or with a header that is not aligned. */
export const firstBlock: Diagnosis = ({ s, before, after, header, step, violation }) => {
  const owed = s.contract.placement?.preallocation;
  if (owed === undefined || step.outcome !== 'returned' || before.end !== before.start)
    return undefined;
  if (s.growth !== owed || !s.gaveMemory) return undefined;
  const offset = s.result - s.model.heapStart;
  if (offset % 8 !== 0 && violation.invariant === 'alignment') {
    return {
      name: 'header-not-a-multiple-of-eight',
      says: `the header has ${offset} bytes, no multiple of 8, so no payload behind it is aligned`,
      evidence: [`the first payload is ${offset} bytes from heap start, where its header begins`],
    };
  }
  if (offset === header && s.need > owed - header && s.need <= owed) {
    return {
      name: 'preallocation-not-measured',
      says: `the first request is given the whole preallocation, without asking whether it is large enough: ${s.need} bytes in ${owed - header}`,
      evidence: [
        `the break grew by ${owed}, of which ${owed - header} are left beside the header`,
        `the request needs ${s.need}`,
      ],
    };
  }
  const ends = after.flawAt + header + Math.ceil(after.flawSize / 8) * 8;
  if (after.flaw !== 'overrun' || ends !== after.end + header) return undefined;
  return {
    name: 'preallocated-block-too-long',
    says: `the preallocated block counts all ${owed} bytes as payload, its own header included: the last block ends ${header} bytes past the break`,
    evidence: [
      `the break is ${owed} bytes from heap start, and the last block, at ${s.at(after.flawAt)}, says ${after.flawSize} bytes`,
      `that ends ${header} bytes past the break: by exactly a header`,
    ],
  };
};
