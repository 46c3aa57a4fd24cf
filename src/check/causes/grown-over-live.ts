import { ALLOC, blockAt } from '../../oracle/runs.ts';
import { malloc, realloc } from '../../trace/op.ts';
import type { Lab } from '../lab.ts';
import type { Diagnosis } from './cause.ts';

/** realloc stayed in place, over a block that was ALLOC. */
export const grownOverLive: Diagnosis = async ({ s, before, header, step }, lab) => {
  if (step.outcome !== 'returned' || s.call !== 'resize' || s.result !== s.oldAddress)
    return undefined;
  if (!s.oldInHeap || !before.taken || s.growth !== 0) return undefined;
  const index = blockAt(before, s.oldAddress - header);
  const own = before.payloadSize[index] ?? 0;
  const next = before.payloadSize[index + 1] ?? 0;
  if (index < 0 || before.status[index + 1] !== ALLOC || own >= s.need) return undefined;
  if (own + header + next < s.need) return undefined;
  const behind = before.address[index + 1] as number;
  const slot = s.model.slotAt(behind + header);
  if (slot < 0 || !(await doesSoAtOnce(lab, [own, next], s.need, header))) return undefined;
  return {
    name: 'grown-over-a-live-block',
    says: `realloc grows p${s.op.slot} over the block behind it at ${s.at(behind)}, p${slot}, without asking whether that is FREE`,
    evidence: [
      `before the call the header at ${s.at(behind)} said ALLOC, and p${slot} is live`,
      `${own} bytes were not enough for ${s.need}; with ${header} and the ${next} of the block behind they are`,
      'the pointer stayed, and the break too',
      'two such blocks, with nothing before them in the trace, show the same',
    ],
  };
};

/** On a heap of those two blocks: where it takes more, a list out of order say, another block was asked. */
async function doesSoAtOnce(
  lab: Lab,
  [own, next]: readonly [number, number],
  need: number,
  header: number,
): Promise<boolean> {
  const { steps } = await lab.run([malloc(0, own), malloc(1, next), realloc(0, need)]);
  const [first, second, grown] = steps;
  if (first === undefined || second === undefined || grown?.outcome !== 'returned') return false;
  // A header lies before both, so payloads are as far apart as headers.
  return (
    second.result - first.result < header + need &&
    second.result > first.result &&
    grown.result === first.result
  );
}
