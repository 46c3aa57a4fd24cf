import { PAGE } from '../../memory/address.ts';
import { blockAt, runSizeFrom, tailRun } from '../../oracle/runs.ts';
import type { Scene } from '../scene.ts';
import type { Diagnosis } from './cause.ts';

/** The last block was there to be grown, and the break grew by more than it lacked: by all, or to whole pages. */
export const grownTooMuch: Diagnosis = (scene) => {
  const { s, before, after, step, header } = scene;
  if (step.outcome !== 'returned' || !s.gaveMemory || s.growth <= 0 || before.count === 0)
    return undefined;
  const had = lastSize(scene);
  const owed = had > 0 ? s.need - had : s.block;
  if (owed <= 0 || s.growth <= owed) return undefined;
  const evidence = [
    had > 0
      ? `the last block has ${had} bytes, and ${s.need} are needed: ${owed} are missing`
      : `no block can be grown: a new one has ${owed} bytes`,
    `the break grew by ${s.growth}`,
  ];
  const inPlace =
    after.address.includes(s.result - header) && before.address.includes(s.result - header);
  if (had > 0 && inPlace && had !== header && (s.growth === s.need || s.growth === s.block)) {
    const whole = s.growth === s.need ? 'its whole new size' : 'a whole new block';
    return {
      name: 'grown-by-the-whole',
      says: `the last block is grown by ${whole} of ${s.growth} bytes instead of by the ${owed} that are missing`,
      evidence,
    };
  }
  if (s.growth !== Math.ceil(owed / PAGE) * PAGE || owed % PAGE === 0) return undefined;
  if (s.growth === s.contract.placement?.preallocation) return undefined;
  return {
    name: 'grown-by-pages',
    says: `the break grows by whole pages, ${s.growth} bytes, where ${owed} are owed`,
    evidence: [...evidence, `${owed} rounded up to pages of ${PAGE} is ${s.growth}`],
  };
};

/** Bytes of the block that is to be grown: the own one as the last, or a FREE one; 0 where there is none. */
function lastSize({ s, before, header }: Scene): number {
  if (s.call === 'resize' && s.oldInHeap) {
    const index = blockAt(before, s.oldAddress - header);
    return index === before.count - 1 ? (before.payloadSize[index] as number) : 0;
  }
  const tail = tailRun(before);
  return tail < 0 ? 0 : runSizeFrom(before, tail);
}
