import { runSizeAt } from '../../oracle/runs.ts';
import type { Diagnosis } from './cause.ts';

/** The block taken had room for a header behind what was asked for, and for nothing else. */
export const splitLeavesNothing: Diagnosis = ({ s, before, after, header }) => {
  if (!s.gaveMemory || after.flaw !== 'too-small' || after.flawSize !== 0) return undefined;
  const isFirst = before.end === before.start && s.result === s.model.heapStart + header;
  const had =
    s.result === s.oldAddress
      ? ownSize(before, s.oldAddress - header)
      : isFirst
        ? s.growth - header
        : runSizeAt(before, s.result - header);
  if (had !== s.need + header || after.flawAt !== s.result + s.need) return undefined;
  return {
    name: 'split-leaves-nothing',
    says: `a block of ${had} bytes is split for ${s.need}, though the rest holds a header and no payload`,
    evidence: [
      `${isFirst ? 'the preallocated block' : 'before the call the block'} had ${had} bytes: ${s.need} and a header of ${header}`,
      `after it there is a header at ${s.at(after.flawAt)} with a size of 0`,
    ],
  };
};

function ownSize(walk: Parameters<typeof runSizeAt>[0], address: number): number {
  return walk.payloadSize[walk.address.indexOf(address)] ?? -1;
}
