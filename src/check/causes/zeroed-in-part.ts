import { calloc, free, malloc, realloc } from '../../trace/op.ts';
import type { Lab } from '../lab.ts';
import { type Cause, type Diagnosis, passes } from './cause.ts';

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
  const end = await expanded(lab);
  if (end !== undefined) return end;
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

/** The last block, free and used before: taken as it is, and expanded by moving the break. */
async function expanded(lab: Lab): Promise<Cause | undefined> {
  const used = [malloc(0, 130_000), free(0), malloc(1, 129_000)];
  const [fits, more] = [calloc(2, 1, 500), calloc(2, 1, 3000)];
  if (!(await passes(lab, [...used, fits]))) return undefined;
  const { steps, violations } = await lab.run([...used, more]);
  const last = steps[3];
  const grew = last?.syscalls.some(({ moved, error }) => error === 0 && moved > 0) ?? false;
  if (!grew || violations.length !== 1 || violations[0]?.invariant !== 'zeroing') return undefined;
  return {
    name: 'calloc-trusts-the-end-it-expands',
    says: 'calloc does not zero the free last block when it expands it: of the memory that it gives out only what the break has just added is zero',
    evidence: [
      'behind a block of 129000, in memory that was used before, calloc of 3000 bytes moves the break, and leaves old bytes',
      'calloc of 500 bytes in the same place, where the break need not move, leaves none',
    ],
  };
}

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
