import { type Diagnosis, fieldAt } from './cause.ts';

/** As far from NULL as a field of a header is. */
const NEAR = 32;

/** A fault near address 0. With a syscall that failed in the same call, it is the NULL of that failure. */
export const nullFollowed: Diagnosis = ({ s, step, before }) => {
  const { fault, outcome } = step;
  if (outcome !== 'crashed' || fault === undefined) return undefined;
  if (fault.address < 0 || fault.address % 8 !== 0) return undefined;
  if (s.failed) {
    const wraps = step.op.kind === 'calloc' || step.op.kind === 'realloc';
    if (!wraps || fault.access !== 'write' || fault.address !== 0) return undefined;
    return {
      name: 'null-of-a-failure-used',
      says: `${step.op.kind} writes to the NULL that it got when ${s.attempt?.name} failed, as if it were a payload`,
      evidence: [`${s.attempt?.name} failed in this call`, 'the call then wrote to address 0'],
    };
  }
  if (fault.address >= NEAR) return undefined;
  const field = `${fieldAt(fault.address)}, at offset ${fault.address} of a header`;
  const unused = before.end === before.start;
  const live = s.model.live.length;
  if (!unused || live === 0) return undefined;
  return {
    name: 'null-head-of-an-empty-heap',
    says: `the heap has no block yet, but a NULL pointer to one is followed (${field}); only mapped blocks are there`,
    evidence: [
      `the fault is at address ${fault.address}: ${field}, of a block at NULL`,
      'before this call the break was at heap start: no heap block had ever been made',
      `${live} mapped ${live === 1 ? 'block was' : 'blocks were'} live, so the allocator was not new`,
    ],
  };
};
