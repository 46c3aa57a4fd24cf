// Makes a random trace: a plain loop. The one generator: campaigns call it, fast-check's arbitrary calls it.

import type { Contract } from '../contract/contract.ts';
import type { Op } from '../trace/op.ts';
import type { Trace } from '../trace/trace.ts';
import type { Profile } from './profile.ts';
import type { Random } from './random.ts';
import { TraceBuilder } from './trace-builder.ts';

/**
 * A trace of at most profile.length ops (and at least one) over the slots 0..profile.slots-1. It ends
 * early where every slot is live and the profile has nothing to do with live slots.
 */
export function randomTrace(random: Random, profile: Profile, contract: Contract): Trace {
  BUILDER.begin(random, profile, contract);
  const trace: Op[] = [];
  const { length, later } = profile;
  let ended = 0;
  addOps(trace, length / (1 + later.length));
  for (const phase of later) {
    BUILDER.turnTo(phase);
    ended++;
    addOps(trace, (length * (1 + ended)) / (1 + later.length));
  }
  return trace;
}

/** Fewer where the phase leaves nothing to do. */
function addOps(trace: Op[], upTo: number): void {
  while (trace.length < upTo) {
    const op = BUILDER.next();
    if (op === undefined) break;
    trace.push(op);
  }
}

/** For all of them: it allocates nothing for a trace. */
const BUILDER = new TraceBuilder();
