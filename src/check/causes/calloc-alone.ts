import { calloc, free, malloc } from '../../trace/op.ts';
import type { Lab } from '../lab.ts';
import { type Cause, type Diagnosis, endingWith, passes } from './cause.ts';

/** What calloc does wrong and malloc, asked for the same, does right: it is in calloc's own way. */
export const callocAlone: Diagnosis = async ({ s, step, trace, violation }, lab) => {
  if (step.op.kind !== 'calloc' || step.outcome !== 'returned' || !s.gaveMemory) return undefined;
  const page = s.contract.placement?.pageSize ?? 0;
  if (s.block > page - 64) return undefined;
  if (violation.invariant === 'placement' || violation.invariant === 'coalescing') {
    return searchesApart(lab);
  }
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

/** Two free blocks in a row, with a live one behind them, and a request for all of both. */
async function searchesApart(lab: Lab): Promise<Cause | undefined> {
  const heap = [malloc(0, 8), malloc(1, 8), malloc(2, 8), free(0), free(1)];
  if (!(await passes(lab, [...heap, malloc(3, 48)]))) return undefined;
  if (await passes(lab, [...heap, calloc(3, 1, 48)])) return undefined;
  return {
    name: 'calloc-does-not-coalesce',
    says: 'calloc searches without coalescing free neighbours first; malloc does',
    evidence: [
      'malloc of all of two free blocks in a row gets them',
      'calloc of the same, on the same heap, does not',
    ],
  };
}

const SAYS: Readonly<Record<string, { readonly name: string; readonly text: string }>> = {
  'status/not-alloc': {
    name: 'calloc-forgets-to-mark',
    text: 'calloc does not mark the block that it takes as ALLOC; malloc does',
  },
};
