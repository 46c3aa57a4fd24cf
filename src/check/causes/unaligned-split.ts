import { runSizeAt } from '../../oracle/runs.ts';
import type { Diagnosis } from './cause.ts';

/** The header of the rest stands where the request ends, and not where it ends once it is aligned. */
export const unalignedSplit: Diagnosis = async (scene, lab) => {
  const { s, before, after, header, trace, step } = scene;
  if (!s.gaveMemory || after.flaw === '' || s.bytes === s.need) return undefined;
  if (after.flawAt !== s.result + s.need || !s.model.inHeap(s.result)) return undefined;
  const index = before.address.indexOf(s.result - header);
  const had =
    s.result === s.oldAddress
      ? (before.payloadSize[index] ?? -1)
      : before.count === 0
        ? s.growth - header
        : runSizeAt(before, s.result - header);
  const at = s.result + s.bytes;
  const size = await lab.wordAt(trace, step.index, at);
  if (had < 0 || size === undefined || size.frames.length === 0) return undefined;
  const rest = had - header - s.bytes;
  if (size.value !== BigInt(rest)) return undefined;
  return {
    name: 'unaligned-split',
    says: `the block is split ${s.bytes} bytes behind ${s.at(s.result)}, at the request as it was made: the header of the rest is at ${s.at(at)}, which is not aligned to 8`,
    evidence: [
      `the word at ${s.at(at)} is ${rest}: what is left of ${had} bytes after ${s.bytes} and a header`,
      `at ${s.at(after.flawAt)}, where an aligned rest begins, there is no header`,
    ],
  };
};
