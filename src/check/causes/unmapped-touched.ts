import { pageCeil } from '../../memory/address.ts';
import { type Diagnosis, fieldAt } from './cause.ts';

/** A fault within the header of a mapping that an earlier op unmapped. */
export const unmappedTouched: Diagnosis = (scene) => {
  const { s, step, unmapped, earlier } = scene;
  const { fault } = step;
  if (step.outcome !== 'crashed' || fault === undefined) return undefined;
  const { address, access } = fault;
  const gone = unmapped.find(
    (each) => address >= each.start && address < each.start + pageCeil(each.length),
  );
  if (gone === undefined || gone.op >= step.index) return undefined;
  const offset = address - gone.start;
  if (offset >= s.header) return undefined;
  const op = earlier.find((each) => each.index === gone.op);
  const used = access === 'write' ? 'written' : 'read';
  const evidence = [
    `op ${gone.op + 1} unmapped [0x${gone.start.toString(16)}, 0x${(gone.start + gone.length).toString(16)})`,
    `the fault is ${offset} bytes into it: ${fieldAt(offset)} of its header was ${used}`,
  ];
  const alone =
    s.model.live.length === 0 && s.model.heapEnd === s.model.heapStart + growthIn(scene);
  if (alone) evidence.push('no other block was there, so no link of one can lead to it');
  return {
    name: 'unmapped-block-listed',
    says: `${alone ? 'a variable of the allocator, the head of a list say,' : 'a list'} still leads to the block of p${op?.op.slot}, which op ${gone.op + 1} unmapped`,
    evidence,
  };
};

/** How far this call had moved the break when it crashed. */
function growthIn({ s }: { readonly s: { readonly growth: number } }): number {
  return s.growth;
}
