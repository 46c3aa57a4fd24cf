import type { Breach, Invariant } from '../invariant.ts';
import { rulingOf } from '../ruling.ts';
import { blockAt } from '../runs.ts';
import type { Situation } from '../situation.ts';

export const placement: Invariant = {
  name: 'placement',
  statement:
    'Blocks go to the best fit, are split where the rest can hold a block, and grow in place where they can.',
  tier: 'policy',
  cost: 'B',
  applies: (s) => s.walked && s.gaveMemory && !s.failed,
  check: (s) => rulingOf(s).placement ?? slack(s),
};

function slack(s: Situation): Breach | undefined {
  if (!s.model.inHeap(s.result)) return undefined;
  const index = blockAt(s.after, s.result - s.header);
  if (index < 0) return undefined;
  const rest = (s.after.payloadSize[index] as number) - s.need;
  const least = s.header + (s.contract.placement?.smallestPayload ?? 8);
  if (rest < least) return undefined;
  return {
    cause: 'slack',
    says: `the block at ${s.at(s.result - s.header)} is ${rest} bytes longer than the ${s.need} needed, and was not split`,
    clause: `a block is split iff the rest can hold a block (${least} bytes)`,
    tier: 'structure',
  };
}
