// The simulated operating system lets the page that holds the break be used to its end, as Linux does. Who
// writes there is seen all the same.

import { expect, test } from 'vitest';
import { type AllocatorParts, soundParts } from '../src/allocator/parts.ts';
import { Judge } from '../src/oracle/judge.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import type { Density } from '../src/target/target.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { stepsOf } from './support/c-target.ts';

/** The last block grows from 31,008 bytes to 40,000, and the break to heap+0x22320. */
const TRACE = parseTrace('a 0 100000; a 1 40000; f 0');

/** Writes a 7 so many bytes behind the break, when the last block has grown. */
const writing = (behind: number): Partial<AllocatorParts> => ({
  growLast: (heap, last, need) => {
    const grown = soundParts.growLast(heap, last, need);
    heap.memory.write8(heap.end + behind, 7);
    return grown;
  },
});

async function run(parts: Partial<AllocatorParts>, density: Density) {
  const target = createSimulatedTarget({ parts: { ...soundParts, ...parts } });
  const [steps] = await stepsOf(target, [TRACE], density);
  const judge = new Judge(target.contract);
  judge.begin({ heapStart: 0x1000_0000_0000 });
  const violations = steps!.flatMap((step) => judge.step(step));
  return { steps: steps!, violations };
}

test('nothing is written there by the sound one', async () => {
  const { steps, violations } = await run({}, 'everything');
  expect(steps.flatMap((step) => step.broken)).toEqual([]);
  expect(violations).toEqual([]);
});

test('a byte right behind the break is told of the op, and judged', async () => {
  const { steps, violations } = await run(writing(0), 'hunting');
  const offset = steps[1]!.heap.end - 0x1000_0000_0000;
  const broken = { slot: -1, offset, expected: 0, actual: 7, check: 'past-break' };
  expect(steps.map((step) => step.broken)).toEqual([[], [broken], [broken], [broken]]);
  expect(violations).toMatchObject([{ invariant: 'containment', cause: 'past-break', step: 1 }]);
});

test('one far behind it is told at the end of the trace, or at once where all is looked at', async () => {
  const hunted = await run(writing(2000), 'hunting');
  expect(hunted.steps.map((step) => step.broken.length)).toEqual([0, 0, 0, 1]);
  expect(hunted.violations).toMatchObject([{ invariant: 'containment', step: 3 }]);
  const whole = await run(writing(2000), 'everything');
  expect(whole.violations).toMatchObject([{ invariant: 'containment', step: 1 }]);
});
