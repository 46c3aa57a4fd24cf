import type { Violation } from '../../oracle/violation.ts';
import { free, malloc } from '../../trace/op.ts';
import type { Trace } from '../../trace/trace.ts';
import type { Lab } from '../lab.ts';
import { type Cause, type Diagnosis, passes } from './cause.ts';

/** How the search goes about it, tried on heaps that tell the candidates apart. */
export const searches: Diagnosis = ({ violation, s }, lab) => {
  if (!s.returned || s.op.kind === 'calloc') return undefined;
  if (violation.cause === 'not-best-fit') return firstFit(lab);
  if (violation.cause === 'grew-though-fit') return largeOverlooked(lab);
  return violation.cause === 'adjacent' ? pairsAlone(lab) : undefined;
};

/** Holes of 40, 80 and 24 bytes, in this order, and a live block behind each; 24 bytes are asked for. */
const HOLES: Trace = [40, 8, 80, 8, 24, 8].map((size, slot) => malloc(slot, size));

async function firstFit(lab: Lab): Promise<Cause | undefined> {
  for (const order of [
    [0, 2, 4],
    [4, 2, 0],
    [2, 0, 4],
  ]) {
    const trace = [...HOLES, ...order.map(free), malloc(9, 24)];
    const { steps } = await lab.run(trace);
    const first = steps[0]?.result;
    if (first === undefined || first === 0 || steps[trace.length - 1]?.result !== first)
      return undefined;
  }
  return {
    name: 'first-fit',
    says: 'the search stops at the first free block that is large enough, in the order of addresses',
    evidence: [
      'of free blocks of 40, 80 and 24 bytes, in this order of addresses, a request of 24 bytes gets the one of 40',
      'it does so in whatever order the three were freed',
    ],
  };
}

/** The same heap, with a free run just below 128 KiB and just above it. */
async function largeOverlooked(lab: Lab): Promise<Cause | undefined> {
  const below = [malloc(0, 131_000), malloc(1, 64), free(0), malloc(2, 8)];
  const above = [malloc(0, 131_000), malloc(1, 64), malloc(2, 8), free(0), free(1), malloc(3, 8)];
  if (!(await passes(lab, below)) || !(await shows(lab, above, 'grew-though-fit')))
    return undefined;
  return {
    name: 'large-runs-overlooked',
    says: 'free blocks of 128 KiB and more are never chosen: the heap grows though one would do',
    evidence: [
      'a free run of 131000 bytes is used for a request of 8',
      'a free run of 131096 bytes, otherwise the same, is not: the break grows',
    ],
  };
}

/** Runs of two and of three blocks, with a live one behind them. */
async function pairsAlone(lab: Lab): Promise<Cause | undefined> {
  const blocks = [0, 1, 2, 3].map((slot) => malloc(slot, 8));
  const two = [...blocks, free(0), free(1), malloc(9, 8)];
  const three = [...blocks, free(0), free(1), free(2), malloc(9, 8)];
  if (!(await passes(lab, two)) || !(await shows(lab, three, 'adjacent'))) return undefined;
  return {
    name: 'merges-one-neighbour-alone',
    says: 'before a search a free block is merged with one neighbour only: of three in a row two stay apart',
    evidence: ['two free blocks in a row become one', 'of three in a row two are left'],
  };
}

export async function shows(lab: Lab, trace: Trace, cause: Violation['cause']): Promise<boolean> {
  const { violations } = await lab.run(trace);
  return violations.some((each) => each.cause === cause && each.step === trace.length - 1);
}
