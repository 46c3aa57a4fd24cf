import { calloc, malloc, realloc } from '../../trace/op.ts';
import type { Trace } from '../../trace/trace.ts';
import type { Lab } from '../lab.ts';
import type { Scene } from '../scene.ts';
import { type Cause, type Diagnosis, endingWith } from './cause.ts';

/** On which side of its threshold a request falls, tried out with others beside it. */
export const threshold: Diagnosis = (scene, lab) => {
  const { s, step } = scene;
  const rules = s.contract.placement;
  if (rules === undefined || step.outcome !== 'returned' || !s.gaveMemory) return undefined;
  const onHeap = s.model.inHeap(s.result);
  if (scene.violation.cause === 'not-mapped' && onHeap) return notMapped(scene, lab);
  if (scene.violation.cause === 'mapped' && !onHeap) return mapped(scene, lab);
  return undefined;
};

async function notMapped(scene: Scene, lab: Lab): Promise<Cause | undefined> {
  const { s, header } = scene;
  const rules = s.contract.placement!;
  const history = await byHistory(scene, lab);
  if (history !== undefined) return history;
  const limit = rules.mmapThreshold;
  if (s.op.kind === 'malloc') {
    if (s.bytes !== limit) return undefined;
    const more = await isMapped(lab, [malloc(0, limit + 8)]);
    return more
      ? {
          name: 'threshold-not-reached-by-itself',
          says: `a request of exactly ${limit} bytes is served from the heap: the comparison leaves the threshold itself out`,
          evidence: [`${limit} bytes were put on the heap`, `${limit + 8} bytes are mapped`],
        }
      : undefined;
  }
  if (s.op.kind !== 'calloc') return undefined;
  const below = await isMapped(lab, [calloc(0, 1, limit - header - 8)]);
  const above = await isMapped(lab, [calloc(0, 1, limit + 8)]);
  if (!below && above) {
    return {
      name: 'calloc-threshold-of-malloc',
      says: `calloc goes by the threshold of malloc: ${s.bytes} bytes, more than a page with their header, stay on the heap`,
      evidence: [
        `calloc of ${s.bytes} and of ${limit - header - 8} bytes are put on the heap`,
        `calloc of ${limit + 8} bytes is mapped`,
      ],
    };
  }
  const page = rules.pageSize;
  if (s.bytes > page || s.block <= page) return undefined;
  const payload = await isMapped(lab, [calloc(0, 1, page + 8)]);
  const exactly = await isMapped(lab, [calloc(0, 1, page - 8)]);
  return payload && !exactly
    ? {
        name: 'payload-compared-with-threshold',
        says: `calloc compares the payload with the page, not the block: ${s.bytes} bytes with their header are ${s.block}, more than ${page}`,
        evidence: [
          `calloc of ${s.bytes} and of ${page - 8} bytes are put on the heap`,
          `calloc of ${page + 8} bytes is mapped`,
        ],
      }
    : undefined;
}

/** Alone the same call is mapped: something that came before it keeps it from that. */
async function byHistory({ s, earlier, unmapped, trace, step }: Scene, lab: Lab) {
  if (s.op.kind !== 'malloc' || earlier.length === 0) return undefined;
  if (!(await isMapped(lab, [malloc(0, s.bytes)]))) return undefined;
  const refused = earlier.find(({ syscalls }) =>
    syscalls.some(({ name, error }) => name === 'mmap' && error !== 0),
  );
  if (refused !== undefined) {
    return {
      name: 'no-mapping-after-a-refusal',
      says: `since mmap was refused at op ${refused.index + 1} nothing is mapped any more: ${s.bytes} bytes went to the heap`,
      evidence: [
        `mmap failed at op ${refused.index + 1}, and was not asked for in this call`,
        `the same call in a new process is mapped`,
      ],
    };
  }
  const freed = Math.max(0, ...unmapped.map(({ length }) => length));
  if (freed < s.block) return undefined;
  const above = await isMapped(lab, endingWith(trace, step.index, malloc(s.op.slot, freed + 8)));
  return above
    ? {
        name: 'threshold-raised-by-a-free',
        says: `freeing a mapping raises the threshold: after one of ${freed} bytes was freed, ${s.bytes} bytes go to the heap`,
        evidence: [
          `the same call in a new process is mapped`,
          `after the same calls, ${freed + 8} bytes are mapped, and ${s.bytes} are not`,
        ],
      }
    : undefined;
}

async function mapped(scene: Scene, lab: Lab): Promise<Cause | undefined> {
  const { s, earlier, bornAt } = scene;
  const rules = s.contract.placement!;
  if (s.op.kind !== 'realloc' || s.bytes >= rules.mmapThreshold || s.block < rules.pageSize)
    return undefined;
  if (s.oldAddress === 0) return undefined;
  const born = earlier.find(({ index }) => index === bornAt.get(s.op.slot));
  if (born?.op.kind !== 'calloc') return undefined;
  const size = s.oldSize;
  const fromMalloc = await isMapped(lab, [malloc(0, size), realloc(0, s.bytes)]);
  const fromCalloc = await isMapped(lab, [calloc(0, 1, size), realloc(0, s.bytes)]);
  if (fromMalloc || !fromCalloc) return undefined;
  return {
    name: 'realloc-threshold-of-calloc',
    says: `a block from calloc keeps the page as its threshold in realloc: ${s.bytes} bytes are mapped`,
    evidence: [
      `${size} bytes from calloc, reallocated to ${s.bytes}, are mapped`,
      `${size} bytes from malloc, reallocated to ${s.bytes}, are not`,
    ],
  };
}

/** Whether the last call of the trace made a mapping. */
async function isMapped(lab: Lab, trace: Trace): Promise<boolean> {
  const { steps } = await lab.run(trace);
  const last = steps.find(({ index }) => index === trace.length - 1);
  return last?.syscalls.some(({ name, error }) => name === 'mmap' && error === 0) ?? false;
}
