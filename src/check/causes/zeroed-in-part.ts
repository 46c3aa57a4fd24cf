import { calloc, free, malloc, realloc } from '../../trace/op.ts';
import type { Lab } from '../lab.ts';
import type { Cause, Diagnosis } from './cause.ts';

/** Where calloc stops zeroing: tried in a block that was used before, with factors that tell the candidates apart. */
export const zeroedInPart: Diagnosis = async ({ violation, step }, lab) => {
  if (violation.invariant !== 'zeroing' || step.op.kind !== 'calloc') return undefined;
  const left = await firstLeft(lab, 3, 40);
  if (left === 40) return one('size', 40, 3);
  if (left === 3) return one('count', 3, 40);
  if (left !== undefined) return undefined;
  const grown = await lab.run([malloc(0, 8), realloc(0, 1000), free(0), calloc(0, 1, 1000)]);
  const never = await lab.run([malloc(0, 1000), free(0), calloc(0, 1, 1000)]);
  if (grown.violations[0]?.invariant === 'zeroing' && never.violations.length === 0) {
    return {
      name: 'calloc-trusts-memory-grown-into',
      says: 'calloc leaves out memory that it takes for never used: a block that grew in place into it is not counted',
      evidence: [
        'calloc of 1000 bytes in a block of 8 that had grown to 1000 in place leaves bytes as they were',
        'in a block that malloc gave with 1000 bytes it leaves none',
      ],
    };
  }
  if ((await firstLeft(lab, 1, 61)) !== 56 || (await firstLeft(lab, 1, 53)) !== 48)
    return undefined;
  return {
    name: 'zeroes-whole-words-alone',
    says: 'calloc zeroes whole words of 8 bytes and leaves the last one to seven bytes as they were',
    evidence: [
      'in a block used before, the first byte of 61 that is not zero is byte 56, and of 53 it is byte 48',
      'of 3 * 40 bytes, which are whole words, all are zero',
    ],
  };
};

function one(zeroed: 'size' | 'count', bytes: number, other: number): Cause {
  const left = zeroed === 'size' ? 'count' : 'size';
  return {
    name: `zeroes-${zeroed}-alone`,
    says: `calloc(count, size) zeroes ${zeroed} bytes instead of count * size: the ${left} is left out`,
    evidence: [
      `in a block used before, the first byte of calloc(3, 40) that is not zero is byte ${bytes}`,
      `that is the ${zeroed}, and has nothing of the ${other} that is the ${left}`,
    ],
  };
}

/** The first byte that calloc leaves in a block that was filled before; undefined where it leaves none. */
async function firstLeft(lab: Lab, count: number, size: number): Promise<number | undefined> {
  const { steps } = await lab.run([malloc(0, 200), free(0), calloc(0, count, size)]);
  return steps[2]?.broken.find(({ check }) => check === 'zeroing')?.offset;
}
