// One call of the simulated allocator, and what it is when it does not come back.

import { AssertionError } from 'node:assert';
import type { Allocator } from '../allocator/allocator.ts';
import { type Address, NULL } from '../memory/address.ts';
import { MemoryFault, OutOfFuel, ProcessExit } from '../memory/process-events.ts';
import type { Op } from '../trace/op.ts';
import type { Step } from './execution.ts';

/** Makes the op's call; `given` is the pointer that it is about. Whatever the allocator throws comes out. */
export function invoke(allocator: Allocator, op: Op, given: Address): Address {
  switch (op.kind) {
    case 'malloc':
      return allocator.malloc(op.size);
    case 'calloc':
      return allocator.calloc(op.count, op.size);
    case 'realloc':
    case 'stale-realloc':
      return allocator.realloc(given, op.size);
    default:
      allocator.free(given);
      return NULL;
  }
}

/** What a throw out of the allocator is: an end of the simulated process, or a fault of ours. */
export function observe(step: Step, thrown: unknown): void {
  if (thrown instanceof AssertionError) throw thrown;
  if (thrown instanceof MemoryFault) {
    step.outcome = 'crashed';
    step.detail = 'SIGSEGV';
    step.fault = { address: thrown.address, access: thrown.access };
  } else if (thrown instanceof OutOfFuel) {
    step.outcome = 'hung';
    step.detail = thrown.message;
  } else if (thrown instanceof ProcessExit) {
    step.outcome = 'exited';
    step.detail = thrown.message;
  } else {
    step.outcome = 'crashed';
    step.detail = String(thrown);
  }
}
