import { type Diagnosis, hexWord, patternWord } from './cause.ts';

/** The header at which the walk stops holds bytes of a payload that lies before it, as they would go on there. */
export const headerOverwritten: Diagnosis = async (scene, lab) => {
  const { s, step, after, trace, header } = scene;
  if (step.outcome !== 'returned' || !after.taken || after.flaw === '') return undefined;
  const word = await lab.wordAt(trace, step.index, after.flawAt);
  if (word === undefined || word.frames.length === 0) return undefined;
  const heads = [
    ...s.model.live,
    ...(s.gaveMemory && !s.model.isLive(s.op.slot) ? [s.op.slot] : []),
  ];
  for (const slot of heads) {
    const start = slot === s.op.slot && s.gaveMemory ? s.result : (s.model.address[slot] as number);
    const offset = after.flawAt - start;
    if (offset < 8 || offset > 1 << 20 || start < after.start || start >= after.end) continue;
    if (patternWord(scene, slot, offset) !== word.value) continue;
    return {
      name: 'header-overwritten-by-payload',
      says: `the header at ${s.at(after.flawAt)} is overwritten by bytes of p${slot}, which were copied past the end of its block at ${s.at(start)}`,
      evidence: [
        `the word at ${s.at(after.flawAt)} is ${hexWord(word.value)}: bytes ${offset} to ${offset + 7} of what p${slot} was filled with`,
        `the call wrote it, and the block at ${s.at(start - header)} ends before it`,
      ],
    };
  }
  return zeroed(scene, word.value);
};

/** calloc gave out the block in front of it, and the size there, which was none of calloc's, is zero now. */
function zeroed({ s, after, before }: Parameters<Diagnosis>[0], value: bigint) {
  if (s.op.kind !== 'calloc' || !s.gaveMemory || value !== 0n) return undefined;
  if (after.flawAt !== s.result + s.need) return undefined;
  const index = before.address.indexOf(s.result - s.header);
  const room = index < 0 ? before.end - before.start : (before.payloadSize[index] as number);
  if (before.count > 0 && index < 0) return undefined;
  if (before.count > 0 && room <= s.need + s.header) return undefined;
  return {
    name: 'header-zeroed-by-calloc',
    says: `calloc zeroes more than its ${s.need} bytes: the header behind them, at ${s.at(after.flawAt)}, is zero`,
    evidence: [
      `the size at ${s.at(after.flawAt)} is 0 after the call, and the call wrote it`,
      `there was room for ${room} bytes, so the rest has a size other than 0`,
    ],
  };
}
