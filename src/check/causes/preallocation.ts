import { malloc } from '../../trace/op.ts';
import type { Scene } from '../scene.ts';
import type { Cause, Diagnosis } from './cause.ts';

/** The preallocation left out, or made again, and what made the difference. */
export const preallocation: Diagnosis = async (scene, lab) => {
  const { s, before, step } = scene;
  const owed = s.contract.placement?.preallocation;
  if (owed === undefined || step.outcome !== 'returned' || !s.gaveMemory) return undefined;
  if (!s.model.inHeap(s.result) || s.growth <= 0) return undefined;
  if (before.end > before.start) return repeated(scene, owed);
  if (s.growth === owed || s.growth !== s.block) return undefined;
  const refused = refusedBefore(scene, owed);
  if (refused !== undefined) return refused;
  const mapped = s.model.live.length;
  if (mapped === 0) return undefined;
  const { steps } = await lab.run([malloc(0, s.bytes)]);
  const alone = steps[0]?.syscalls.find(({ moved }) => moved > 0)?.moved;
  if (alone !== owed || s.op.kind === 'calloc') return undefined;
  return {
    name: 'preallocation-skipped-after-a-mapping',
    says: 'the preallocation is skipped because a mapped block came first',
    evidence: [
      `the break was at heap start, ${mapped} mapped ${mapped === 1 ? 'block was' : 'blocks were'} live, and the break grew by ${s.growth}, one block`,
      `the same call in a new process grows it by ${alone}`,
    ],
  };
};

function refusedBefore({ earlier, s }: Scene, owed: number): Cause | undefined {
  const at = earlier.find(({ syscalls }) =>
    syscalls.some(({ error, moved }) => error !== 0 && moved === owed),
  );
  if (at === undefined) return undefined;
  return {
    name: 'preallocation-counted-though-refused',
    says: `the preallocation is counted as made though it was refused at op ${at.index + 1}: it is not asked for again`,
    evidence: [
      `at op ${at.index + 1} the break was to grow by ${owed}, and was refused`,
      `now, at the first use of the heap that is granted, it grows by ${s.growth} only: one block`,
    ],
  };
}

function repeated({ s, before, header }: Scene, owed: number): Cause | undefined {
  if (s.growth !== owed || s.block === owed || s.need === owed) return undefined;
  const tail =
    before.status[before.count - 1] === 0 ? (before.payloadSize[before.count - 1] ?? 0) : 0;
  if (tail > 0 && s.need - tail === owed) return undefined;
  const empty = s.model.liveInHeap === 0;
  return {
    name: 'preallocation-repeated',
    says: `the heap is preallocated once more${empty ? ', now that nothing on it is live' : ''}: the break grows by ${owed} bytes, a second first use`,
    evidence: [
      `before the call the break was ${before.end - before.start} bytes from heap start: the heap was in use`,
      `the break grew by exactly the preallocation, though ${s.block} bytes are a block of ${header} and ${s.need}`,
    ],
  };
}
