import { calloc, malloc } from '../../trace/op.ts';
import type { Diagnosis } from './cause.ts';
import { endingWith, passes } from './cause.ts';

/** What calloc does wrong and malloc, asked for the same, does right: it is in calloc's own way. */
export const callocAlone: Diagnosis = async ({ s, step, trace, violation }, lab) => {
  if (step.op.kind !== 'calloc' || step.outcome !== 'returned' || !s.gaveMemory) return undefined;
  const page = s.contract.placement?.pageSize ?? 0;
  if (s.block > page - 64) return undefined;
  const says = SAYS[`${violation.invariant}/${violation.cause}`];
  if (says === undefined) return undefined;
  if (!(await passes(lab, endingWith(trace, step.index, malloc(step.op.slot, s.bytes)))))
    return undefined;
  const again = await passes(lab, endingWith(trace, step.index, calloc(step.op.slot, 1, s.bytes)));
  if (again) return undefined;
  return {
    name: says.name,
    says: says.text,
    evidence: [
      `calloc of ${s.bytes} bytes shows it`,
      `malloc of ${s.bytes} bytes in its place, after the same calls, does not`,
    ],
  };
};

const SAYS: Readonly<Record<string, { readonly name: string; readonly text: string }>> = {
  'status/not-alloc': {
    name: 'calloc-forgets-to-mark',
    text: 'calloc does not mark the block that it takes as ALLOC; malloc does',
  },
  'coalescing/adjacent': {
    name: 'calloc-does-not-coalesce',
    text: 'calloc searches without coalescing free neighbours first; malloc does',
  },
};
