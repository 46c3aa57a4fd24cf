import { free, malloc } from '../../trace/op.ts';
import type { Trace } from '../../trace/trace.ts';
import type { Lab } from '../lab.ts';
import { type Cause, type Diagnosis, passes } from './cause.ts';

/** How the search goes about it, tried on heaps that tell the candidates apart. */
export const searches: Diagnosis = async ({ violation, s }, lab) => {
  if (!s.returned || s.op.kind === 'calloc') return undefined;
  if (violation.cause === 'not-best-fit') return (await firstFit(lab)) ?? pairsAlone(lab);
  if (violation.cause === 'grew-though-fit') return largeOverlooked(lab);
  return PARTED.has(violation.cause) ? pairsAlone(lab) : undefined;
};

/** Causes of violations that free blocks which were not joined bring about. */
const PARTED: ReadonlySet<string> = new Set(['adjacent', 'unmerged']);

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
  if (!(await passes(lab, below)) || !(await misplaces(lab, above))) return undefined;
  return {
    name: 'large-runs-overlooked',
    says: 'free blocks of 128 KiB and more are never chosen: the heap grows though one would do',
    evidence: [
      'a free run of 131000 bytes is used for a request of 8',
      'a free run of 131096 bytes, otherwise the same, is not: the break grows',
    ],
  };
}

/** Runs of two, three and five blocks, with a live one behind them, and a request for all of the run. */
async function pairsAlone(lab: Lab): Promise<Cause | undefined> {
  if (!(await passes(lab, wholeRun(2)))) return undefined;
  for (const blocks of [3, 5]) {
    const { violations } = await lab.run(wholeRun(blocks));
    if (!violations.some(({ invariant }) => OF_RUNS.has(invariant))) return undefined;
  }
  return {
    name: 'merges-one-neighbour-alone',
    says: 'before a search a free block is merged with one neighbour only: of three in a row two stay apart',
    evidence: [
      'a request for all of two free blocks in a row gets them',
      'one for all of three does not, nor one for all of five',
    ],
  };
}

const OF_RUNS: ReadonlySet<string> = new Set(['placement', 'coalescing']);

function wholeRun(blocks: number): Trace {
  const slots = Array.from({ length: blocks }, (_, slot) => slot);
  const made = [...slots, blocks].map((slot) => malloc(slot, 8));
  return [...made, ...slots.map(free), malloc(blocks + 1, 8 * blocks + 32 * (blocks - 1))];
}

/** Whether the last op of the trace breaks a rule of placement. */
export async function misplaces(lab: Lab, trace: Trace): Promise<boolean> {
  const { violations } = await lab.run(trace);
  return violations.some(
    (each) => each.invariant === 'placement' && each.step === trace.length - 1,
  );
}
