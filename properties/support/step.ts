// A step as a test tells it: the first op's call, which returned NULL and did nothing, save for what is told.

import { emptyWalk, type Step } from '../../src/target/execution.ts';
import { freeNull } from '../../src/trace/op.ts';

export function stepOf(heapStart: number, told: Partial<Step> = {}): Step {
  return {
    index: 0,
    op: freeNull(),
    outcome: 'returned',
    result: 0,
    given: 0,
    errno: 0,
    syscalls: [],
    heap: emptyWalk(heapStart),
    broken: [],
    detail: '',
    fault: undefined,
    ...told,
  };
}
