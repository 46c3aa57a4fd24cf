import type { Trace } from '../../trace/trace.ts';
import type { Lab } from '../lab.ts';
import type { Scene } from '../scene.ts';
import { type Cause, type Diagnosis, passes } from './cause.ts';

/** What a growth that was refused changed all the same: a size, the end of the heap, or all that came later. */
export const refusalForgotten: Diagnosis = async (scene, lab) =>
  sizeBeforeGrowth(scene) ?? (await breakBelieved(scene, lab)) ?? givesUp(scene, lab);

/** The last block is as long as if the growth had been granted. */
function sizeBeforeGrowth({ s, after, step, header }: Scene): Cause | undefined {
  const { attempt, attemptedGrowth } = s;
  if (step.outcome !== 'returned' || s.result !== 0 || attempt === undefined) return undefined;
  if (attempt.name === 'mmap' || after.flaw !== 'overrun' || attemptedGrowth <= 0) return undefined;
  const beyond = after.flawAt + header + Math.ceil(after.flawSize / 8) * 8 - after.end;
  if (beyond !== attemptedGrowth) return undefined;
  return {
    name: 'size-set-before-growth',
    says: `the new size is written to the last block, at ${s.at(after.flawAt)}, before ${attempt.name} has answered, and stays there though it refused`,
    evidence: [
      `${attempt.name} was to move the break by ${attemptedGrowth}, and failed`,
      `the header at ${s.at(after.flawAt)} says ${after.flawSize} bytes, which end ${beyond} past the break`,
    ],
  };
}

/** A fault where the heap would be if the growth had been granted, and none without the refusal. */
async function breakBelieved(scene: Scene, lab: Lab): Promise<Cause | undefined> {
  const { s, step, earlier } = scene;
  const { fault } = step;
  if (step.outcome !== 'crashed' || fault === undefined || s.failed) return undefined;
  const refused = earlier.findLast(({ syscalls }) =>
    syscalls.some(({ error, moved }) => error !== 0 && moved > 0),
  );
  const moved = refused?.syscalls.find(({ error }) => error !== 0)?.moved ?? 0;
  const offset = fault.address - s.model.heapEnd;
  if (refused === undefined || offset < 0 || offset >= moved) return undefined;
  if (!(await passes(lab, withoutRefusals(scene)))) return undefined;
  return {
    name: 'break-believed-moved',
    says: `the end of the heap is taken to have moved by the ${moved} bytes that were refused at op ${refused.index + 1}: memory behind the break is used`,
    evidence: [
      `at op ${refused.index + 1} the break was to grow by ${moved}, and was refused`,
      `now the fault is ${offset} bytes past the break`,
      'the same calls without the refusal break no rule',
    ],
  };
}

function withoutRefusals({ trace }: Scene): Trace {
  return trace.filter(({ kind }) => kind !== 'fail-sbrk' && kind !== 'fail-mmap');
}

/** NULL, and nothing was asked for; without the refusal the same call gets its memory. */
async function givesUp(scene: Scene, lab: Lab): Promise<Cause | undefined> {
  const { s, step, earlier, violation } = scene;
  if (violation.invariant !== 'result' || step.outcome !== 'returned' || s.result !== 0)
    return undefined;
  if (step.syscalls.some(({ moved, name }) => moved > 0 || name === 'mmap')) return undefined;
  const refusals = earlier.filter(({ syscalls }) => syscalls.some(({ error }) => error !== 0));
  if (refusals.length === 0) return undefined;
  if (!(await passes(lab, withoutRefusals(scene)))) return undefined;
  const times = refusals.length === 1 ? 'a syscall was refused' : `${refusals.length} calls failed`;
  return {
    name: 'gives-up-after-a-refusal',
    says: `once ${times} nothing is asked for any more: the call returns NULL without trying`,
    evidence: [
      `${refusals.map(({ index }) => `op ${index + 1}`).join(' and ')} met a refusal; this call made no syscall that could`,
      'the same trace without refusals gets its memory',
    ],
  };
}
