import { FREE, runSizeAt } from '../../oracle/runs.ts';
import type { Scene } from '../scene.ts';
import type { Diagnosis } from './cause.ts';

/** The header of the rest stands where the request ends, and not where it ends once it is aligned. */
export const unalignedSplit: Diagnosis = async (scene, lab) => {
  const { s, after, header, trace, step } = scene;
  if (!s.gaveMemory || after.flaw === '' || s.bytes === s.need) return undefined;
  if (after.flawAt !== s.result + s.need || !s.model.inHeap(s.result)) return undefined;
  const at = s.result + s.bytes;
  const size = await lab.wordAt(trace, step.index, at);
  if (size === undefined || size.frames.length === 0) return undefined;
  const had = roomsOf(scene).find((room) => size.value === BigInt(room - header - s.bytes));
  if (had === undefined) return undefined;
  const rest = had - header - s.bytes;
  return {
    name: 'unaligned-split',
    says: `the block is split ${s.bytes} bytes behind ${s.at(s.result)}, at the request as it was made: the header of the rest is at ${s.at(at)}, which is not aligned to 8`,
    evidence: [
      `the word at ${s.at(at)} is ${rest}: what is left of ${had} bytes after ${s.bytes} and a header`,
      `at ${s.at(after.flawAt)}, where an aligned rest begins, there is no header`,
    ],
  };
};

/** Bytes that the block may have had just before it was split: in place, with as much of the free run behind it
 * as was merged. */
function roomsOf({ s, before, header }: Scene): number[] {
  const start = s.result - header;
  if (s.result !== s.oldAddress) {
    return [before.count === 0 ? s.growth - header : runSizeAt(before, start)].filter(isRoom);
  }
  const index = before.address.indexOf(start);
  if (index < 0) return [];
  const rooms = [before.payloadSize[index] as number];
  for (let i = index + 1; i < before.count && before.status[i] === FREE; i++) {
    rooms.push((rooms.at(-1) as number) + header + (before.payloadSize[i] as number));
  }
  return rooms;
}

const isRoom = (room: number): boolean => room >= 0;
