import type { BrokenByte } from '../../target/execution.ts';
import type { Invariant } from '../invariant.ts';
import type { Situation } from '../situation.ts';

/** Bytes that belong to a slot which the op had no business with, or that changed before the op. */
export const contents: Invariant = {
  name: 'contents',
  statement: 'The bytes of a live payload change only when its owner writes them.',
  tier: 'safety',
  cost: 'the payload bytes looked at',
  applies: () => true,
  check(s) {
    const broken = brokenBy(s, 'contents');
    if (broken === undefined) return undefined;
    return {
      cause: 'changed',
      says: `${brokenByte(s, broken)}, though ${broken.actual < 0 ? `p${broken.slot} is live` : 'nobody wrote there'}`,
      clause: 'the bytes of a live payload are kept',
    };
  },
};

export function brokenBy(s: Situation, check: BrokenByte['check']): BrokenByte | undefined {
  for (let i = 0; i < s.broken.length; i++) {
    if (s.broken[i]?.check === check) return s.broken[i];
  }
  return undefined;
}

export function brokenByte(s: Situation, broken: BrokenByte): string {
  const { slot, offset, expected, actual } = broken;
  const moved = slot === s.op.slot && s.gaveMemory && broken.check !== 'contents';
  const address = moved ? s.result : (s.model.address[slot] ?? 0);
  const byte = `byte ${offset} of p${slot} (${s.at(address + offset)})`;
  if (actual < 0) return `${byte} is lost: its memory is not mapped any more`;
  return `${byte} is 0x${actual.toString(16)}, not 0x${expected.toString(16)}`;
}
