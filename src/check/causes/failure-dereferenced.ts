import { type Diagnosis, fieldAt, hex } from './cause.ts';

/** A fault within a header of (void *)-1, which sbrk and mmap return when they fail: at -1, 7, 15, 23, which no
 * aligned NULL has. */
export const failureDereferenced: Diagnosis = ({ s, step }) => {
  const { fault } = step;
  if (step.outcome !== 'crashed' || fault === undefined || !s.failed) return undefined;
  const offset = fault.address + 1;
  if (offset < 0 || offset >= s.header || offset % 8 !== 0) return undefined;
  const failed = step.syscalls.findLast(({ error }) => error !== 0);
  return {
    name: 'failure-dereferenced',
    says: `the result of the ${failed?.name} that failed, (void *)-1, is used as a block: its ${fieldAt(offset)} is ${fault.access === 'write' ? 'written' : 'read'}`,
    evidence: [
      `${failed?.name} failed in this call, with (void *)-1`,
      `the fault is at ${hex(fault.address)}, which is (void *)-1 + ${offset}`,
    ],
  };
};
