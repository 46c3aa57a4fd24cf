import { type Diagnosis, hexWord } from './cause.ts';

/** The bytes of a payload that changed hold the address of the block that this call made. */
export const linkInPayload: Diagnosis = async ({ s, step, trace, header, violation }, lab) => {
  if (violation.invariant !== 'contents' || step.outcome !== 'returned' || !s.gaveMemory)
    return undefined;
  const broken = step.broken.find(({ check }) => check === 'contents');
  if (broken === undefined || broken.slot < 0 || broken.slot === s.op.slot) return undefined;
  const payload = s.model.address[broken.slot] as number;
  const offset = broken.offset & ~7;
  // Where the links of a header are.
  if (offset < 16 || offset >= header) return undefined;
  const word = await lab.wordAt(trace, step.index, payload + offset);
  if (word === undefined || word.frames.length === 0) return undefined;
  const to = Number(word.value);
  const points = to === s.result ? 'payload' : to === s.result - header ? 'header' : undefined;
  if (points === undefined) return undefined;
  return {
    name: 'link-in-payload',
    says: `a link to the new block is written into the payload of p${broken.slot}, ${offset} bytes in, where a header has its links: the payload is taken for a header`,
    evidence: [
      `the word at ${s.at(payload + offset)}, in p${broken.slot}, is ${hexWord(word.value)}`,
      `that is the ${points} of p${s.op.slot}, which this call made`,
    ],
  };
};
