import { ALLOC, blockAt, FREE, runEnd } from '../../oracle/runs.ts';
import type { Scene } from '../scene.ts';
import type { Cause, Diagnosis } from './cause.ts';

/** Where several blocks became fewer, what they make up ends short of where it ended by whole headers. */
export const headerLeftOut: Diagnosis = (scene) => {
  const { s, before, after, header, step } = scene;
  if (step.outcome !== 'returned' || !before.taken || !after.taken || after.flaw === '')
    return undefined;
  if (before.flaw !== '' || before.end !== after.end) return undefined;
  for (const [first, last] of joinedIn(scene)) {
    const end = last + 1 < before.count ? (before.address[last + 1] as number) : before.end;
    const short = end - after.flawAt;
    const most = last - first;
    if (short <= 0 || short % header !== 0 || short / header > most) continue;
    if (blockAt(after, before.address[first] as number) < 0) continue;
    return causeOf(scene, first, last, short);
  }
  return undefined;

  function causeOf(_: Scene, first: number, last: number, short: number): Cause {
    const from = s.at(before.address[first] as number);
    return {
      name: 'header-left-out-of-a-merge',
      says: `joining the blocks from ${from} on loses a header: the joined block gains the payload of its neighbour, but not the ${header} bytes of the header between them`,
      evidence: [
        `${last - first + 1} blocks from ${from} on ended at ${s.at(before.address[last + 1] ?? before.end)} before the call`,
        `what is there after it ends at ${s.at(after.flawAt)}, ${short} bytes short: ${short / header} times a header`,
      ],
    };
  }
};

/** Ranges of blocks that the call may have joined: runs, and the block of a realloc with the run behind it. */
function joinedIn({ s, before }: Scene): (readonly [number, number])[] {
  const ranges: (readonly [number, number])[] = [];
  for (let i = 0; i < before.count; i++) {
    const own = before.status[i] === ALLOC && before.address[i] === s.oldAddress - s.header;
    if (before.status[i] !== FREE && !own) continue;
    const end = runEnd(before, i + 1);
    if (end - 1 > i) ranges.push([i, end - 1]);
    if (before.status[i] === FREE) i = Math.max(i, end - 1);
  }
  return ranges;
}
