import type { Trace } from '../../trace/trace.ts';
import type { Scene } from '../scene.ts';
import { type Diagnosis, passes } from './cause.ts';

/** Free neighbours stay apart while a mapped block is live that was made between them. */
export const mappingBetween: Diagnosis = async (scene, lab) => {
  const { s, trace, step, violation, header } = scene;
  const isOfRuns = violation.invariant === 'coalescing' || violation.invariant === 'placement';
  if (!isOfRuns || step.outcome !== 'returned') return undefined;
  const mapped = s.model.live.filter((slot) => !s.model.inHeap(s.model.address[slot] as number));
  const [slot] = mapped;
  if (slot === undefined || mapped.length !== 1) return undefined;
  if (!(await passes(lab, without(trace, slot)))) return undefined;
  // Not by how many calls there were: a small block in its place makes no difference of that kind.
  const stand = trace.map((op) =>
    op.slot === slot && op.kind === 'malloc'
      ? { ...op, kind: 'free-null' as const, slot: -1, size: 0 }
      : op,
  );
  if (header === 0 || !(await passes(lab, stand))) return undefined;
  if (!hasRunAround(scene, slot)) return undefined;
  return {
    name: 'mapping-between-neighbours',
    says: `the mapped block p${slot} keeps free heap blocks from being joined: it stands between them in the list`,
    evidence: [
      `p${slot} was made after one of the free neighbours and before the other`,
      `the same trace without p${slot} breaks no rule`,
    ],
  };
};

function without(trace: Trace, slot: number): Trace {
  return trace.filter((op) => op.slot !== slot);
}

/** Heap blocks were made before the mapped one, and after it. */
function hasRunAround({ earlier, bornAt, s }: Scene, slot: number): boolean {
  const born = bornAt.get(slot) ?? -1;
  const heapOps = earlier.filter(({ result }) => result !== 0 && s.model.inHeap(result));
  return heapOps.some(({ index }) => index < born) && heapOps.some(({ index }) => index > born);
}
