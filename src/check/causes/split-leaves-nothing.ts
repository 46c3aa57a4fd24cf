import { blockAt, FREE, runSizeAt } from '../../oracle/runs.ts';
import { realloc } from '../../trace/op.ts';
import type { Lab } from '../lab.ts';
import type { Scene } from '../scene.ts';
import { type Diagnosis, endingWith, passes } from './cause.ts';

/** The block taken had room for a header behind what was asked for, and for nothing else. */
export const splitLeavesNothing: Diagnosis = async (scene, lab) => {
  const { s, before, after, header } = scene;
  if (!s.gaveMemory || after.flaw !== 'too-small' || after.flawSize !== 0) return undefined;
  if (after.flawAt !== s.result + s.need) return undefined;
  const isFirst = before.end === before.start && s.result === s.model.heapStart + header;
  const had = s.need + header;
  const own = s.result === s.oldAddress ? ownSizes(scene) : [];
  const taken = isFirst ? s.growth - header : runSizeAt(before, s.result - header);
  if (!(own.length > 0 ? own : [taken]).includes(had)) return undefined;
  const grown = own.length > 0 && own[0] !== had;
  if (grown && !(await growsByLess(scene, lab))) return undefined;
  const block = isFirst ? 'the preallocated block' : 'before the call the block';
  return {
    name: 'split-leaves-nothing',
    says: `a block of ${had} bytes is split for ${s.need}, though the rest holds a header and no payload`,
    evidence: [
      `${grown ? `${block}, with what was FREE behind it,` : block} had ${had} bytes: ${s.need} and a header of ${header}`,
      `after it there is a header at ${s.at(after.flawAt)} with a size of 0`,
      ...(grown ? ['asked for 8 bytes less it does as is promised'] : []),
    ],
  };
};

/** Of the block that is reallocated: as it was, then with each FREE block behind it. */
function ownSizes({ s, before, header }: Scene): number[] {
  const at = blockAt(before, s.oldAddress - header);
  const sizes = at < 0 ? [] : [before.payloadSize[at] as number];
  for (let next = at + 1; at >= 0 && before.status[next] === FREE && next < before.count; next++) {
    sizes.push((sizes.at(-1) as number) + header + (before.payloadSize[next] as number));
  }
  return sizes;
}

/** Whether all is well with 8 bytes less: a merge that loses a header is short then, too. */
async function growsByLess(scene: Scene, lab: Lab): Promise<boolean> {
  const { s, step, trace } = scene;
  const [own = 0] = ownSizes(scene);
  const less = s.need - 8;
  return own < less && passes(lab, endingWith(trace, step.index, realloc(s.op.slot, less)));
}
