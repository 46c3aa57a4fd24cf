// The same at a plainer call: calloc and a realloc that moves are made of malloc, and of free. What the
// plainer call in their place does wrong too, in the same way and on the same heap, is its defect.

import { SIZE_MAX } from '../contract/size-t.ts';
import type { Violation } from '../oracle/violation.ts';
import { free, malloc, type Op, type OpKind } from '../trace/op.ts';
import { requested, slotsOf, type Trace } from '../trace/trace.ts';
import type { Confirmed } from './confirm.ts';
import { causeOf } from './finding.ts';
import type { Hunter } from './hunt.ts';

/** The trace with a plainer call in place of the violating one, if that shows the same. */
export async function plainer(
  hunter: Hunter,
  trace: Trace,
  { violation, density }: Confirmed,
): Promise<{ readonly trace: Trace; readonly sighting: Confirmed } | undefined> {
  for (const twin of twinsOf(trace, violation)) {
    const { sightings } = await hunter.look(twin.trace, density);
    const wanted = causeOf({ ...violation, opKind: twin.opKind });
    const same = sightings.find(
      (each) => causeOf(each.violation) === wanted && each.violation.step === violation.step,
    );
    if (same !== undefined) return { trace: twin.trace, sighting: { ...same, density } };
  }
  return undefined;
}

interface Twin {
  readonly trace: Trace;
  /** What the plainer call is. */
  readonly opKind: OpKind;
}

/** The trace with each plainer call that the violating one may be made of. */
function twinsOf(trace: Trace, { step, opKind }: Violation): Twin[] {
  const op = trace[step];
  if (op === undefined) return [];
  const twin = (plain: Op): Twin => ({ trace: trace.with(step, plain), opKind: plain.kind });
  switch (opKind) {
    case 'calloc':
      return [twin(malloc(op.slot, requested(op) ?? SIZE_MAX))];
    case 'realloc':
      return [twin(malloc(slotsOf(trace), op.size)), twin(free(op.slot))];
    case 'stale-realloc':
      return [twin(malloc(slotsOf(trace), op.size))];
    default:
      return [];
  }
}
