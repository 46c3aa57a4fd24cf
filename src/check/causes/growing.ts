import { blockAt, FREE } from '../../oracle/runs.ts';
import { free, malloc, realloc } from '../../trace/op.ts';
import type { Lab } from '../lab.ts';
import type { Scene } from '../scene.ts';
import { type Cause, type Diagnosis, passes } from './cause.ts';
import { misplaces } from './searches.ts';

/** A block that could grow where it is, and moved: into the block before it, or for lack of a third neighbour. */
export const growing: Diagnosis = (scene, lab) => {
  const { violation } = scene;
  if (violation.cause !== 'moved') return undefined;
  return intoTheLeft(scene) ?? twoAtMost(lab);
};

function intoTheLeft({ s, before, header }: Scene): Cause | undefined {
  const index = blockAt(before, s.oldAddress - header);
  if (index < 1 || before.status[index - 1] !== FREE) return undefined;
  const left = before.address[index - 1] as number;
  if (s.result !== left + header) return undefined;
  const room = before.payloadSize[index - 1] as number;
  if (room >= s.need) return undefined;
  return {
    name: 'moved-into-the-block-before',
    says: `realloc joins the free block before p${s.op.slot}, at ${s.at(left)}, and moves the payload down into it, though it could grow where it is`,
    evidence: [
      `the result is the payload of that block, which had ${room} bytes, too few for ${s.need} alone`,
      `so p${s.op.slot} itself, behind it, is a part of the new block`,
    ],
  };
}

async function twoAtMost(lab: Lab): Promise<Cause | undefined> {
  const blocks = [0, 1, 2, 3, 4].map((slot) => malloc(slot, 8));
  const two = [...blocks, free(1), free(2), realloc(0, 88)];
  const three = [...blocks, free(1), free(2), free(3), realloc(0, 128)];
  if (!(await passes(lab, two)) || !(await misplaces(lab, three))) return undefined;
  return {
    name: 'grows-into-two-at-most',
    says: 'growing in place merges two free neighbours and no more',
    evidence: [
      'a block grows into two free blocks behind it, where they are exactly enough',
      'with three behind it, which are exactly enough, it moves',
    ],
  };
}
