import { malloc, realloc } from '../../trace/op.ts';
import type { Lab } from '../lab.ts';
import type { Scene } from '../scene.ts';
import { type Cause, type Diagnosis, patternWord } from './cause.ts';

/** What a moving realloc copied: how much, and from where. */
export const copied: Diagnosis = (scene, lab) => {
  const { s, step } = scene;
  if (s.call !== 'resize') return undefined;
  if (step.outcome === 'crashed') return readPastOld(scene);
  const moved = step.outcome === 'returned' && s.result !== 0 && s.result !== s.oldAddress;
  return moved && scene.violation.invariant === 'realloc-prefix' ? lost(scene, lab) : undefined;
};

/** A read behind the memory that the old block lies in, within the new size of it. */
function readPastOld({ s, step }: Scene): Cause | undefined {
  const { fault } = step;
  if (fault === undefined || fault.access !== 'read' || s.bytes <= s.oldSize) return undefined;
  const offset = fault.address - s.oldAddress;
  if (offset < s.oldSize || offset >= s.need) return undefined;
  if (s.model.owns(fault.address, 1)) return undefined;
  return {
    name: 'copies-new-size',
    says: `the move copies the new size of ${s.bytes} bytes from the old block of ${s.oldSize}, and reads on until memory ends`,
    evidence: [
      `the fault is a read ${offset} bytes into p${s.op.slot}, which has ${s.oldSize}`,
      `${offset} is below the new size, and what lies there is not mapped`,
    ],
  };
}

/** As many as the block was given at first, with two sizes; it has grown in place since. */
async function atBirth(scene: Scene, lab: Lab): Promise<Cause | undefined> {
  for (const size of [24, 48]) {
    const trace = [malloc(0, size), realloc(0, 104), malloc(1, 1), realloc(0, 304)];
    const { steps } = await lab.run(trace);
    const lost = steps[3]?.broken.find(({ check }) => check === 'prefix')?.offset;
    if (lost !== size || steps[1]?.result !== steps[0]?.result) return undefined;
  }
  return {
    name: 'copies-size-at-birth',
    says: `the move of p${scene.s.op.slot} copies as many bytes as it was given at first, though it has grown in place since`,
    evidence: [
      'a block of 24 bytes, grown to 104 in place and then moved, keeps its first 24 bytes',
      'one of 48 bytes, treated alike, keeps its first 48',
    ],
  };
}

/** Lost bytes, tried with a size at which the candidates differ. */
async function lost(scene: Scene, lab: Lab): Promise<Cause | undefined> {
  const { s, step, header } = scene;
  const first = step.broken.find(({ check }) => check === 'prefix')?.offset;
  const kept = Math.min(s.oldSize, s.bytes);
  if (first === undefined) return undefined;
  if (first === (kept & ~7) && kept % 8 !== 0) {
    const size = kept + 16;
    const { steps } = await lab.run([malloc(0, size), malloc(1, 1), realloc(0, size + 200)]);
    const again = steps[2]?.broken.find(({ check }) => check === 'prefix')?.offset;
    if (again === (size & ~7)) {
      return {
        name: 'copies-whole-words-alone',
        says: `the move copies whole words of 8 bytes and loses the last ${kept % 8} of ${kept}`,
        evidence: [
          `of ${kept} bytes to keep the first that is lost is byte ${first}`,
          `of ${size} bytes it is byte ${again}`,
        ],
      };
    }
  }
  if (first !== 0) return atBirth(scene, lab);
  const trace = [malloc(0, 64), malloc(1, 1), realloc(0, 200)];
  const { steps } = await lab.run(trace);
  const to = steps[2]?.result ?? 0;
  if (to === 0 || to === steps[0]?.result) return undefined;
  const size = await lab.wordAt(trace, 2, to);
  const word = await lab.wordAt(trace, 2, to + header);
  const pattern = patternWord({ ...scene, bornAt: new Map([[0, 0]]) }, 0, 0);
  if (size?.value !== 64n || word?.value !== pattern) return undefined;
  return {
    name: 'copies-from-the-header',
    says: `the move copies from the header of the old block instead of from its payload, ${header} bytes too early`,
    evidence: [
      'moved, a payload of 64 bytes begins with the number 64: the size in its old header',
      `its own bytes begin at byte ${header} of the new block`,
    ],
  };
}
