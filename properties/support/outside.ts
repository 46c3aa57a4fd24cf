// A trace as a C program, run outside of the driver: what the tests of reproducers have in common.

import type { Finding, Reproducer } from '../../src/check/finding.ts';
import type { Contract } from '../../src/contract/contract.ts';
import { osmem } from '../../src/contract/osmem.ts';
import type { Violation } from '../../src/oracle/violation.ts';
import { Outside } from '../../src/report/reproducer-c-outside.ts';
import { withSegment } from '../../src/target/native-heap.ts';
import { findSources } from '../../src/target/native-sources.ts';
import { parseTrace } from '../../src/trace/notation.ts';
import type { Trace } from '../../src/trace/trace.ts';

export const anyViolation: Violation = {
  invariant: 'contents',
  tier: 'safety',
  says: 'a comment may hold */ as well',
  step: 0,
  opKind: 'malloc',
  cause: 'changed',
  clause: 'the bytes of a live payload are kept',
};

export function findingOf(trace: Trace | string): Finding {
  const ops = typeof trace === 'string' ? parseTrace(trace) : trace;
  const rest = { originalOps: ops.length, tries: 0, seed: 's' };
  return { violation: anyViolation, trace: ops, ...rest, before: undefined, after: undefined };
}

/** Whether the program of the trace fails for this target, and what it says. */
export async function outside(
  file: string,
  trace: Trace | string,
  contract: Contract = osmem,
): Promise<Reproducer> {
  const told = withSegment(contract, findSources([file]));
  const shown = new Outside({ files: [file] }, told);
  try {
    const reproducer = await shown.show(findingOf(trace));
    if (reproducer === undefined) throw new Error('no program was made');
    return reproducer;
  } finally {
    shown.close();
  }
}
