// A real program's trace takes the simulated target seconds: the signal must get through meanwhile.

import { expect, test } from 'vitest';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import { free, malloc } from '../src/trace/op.ts';

const long = Array.from({ length: 20_000 }, (_, i) => (i % 2 === 0 ? malloc(0, 24) : free(0)));

function count(signal: AbortSignal): Promise<number> {
  let steps = 0;
  const visitor = { begin() {}, step: () => ++steps > 0, end() {} };
  return createSimulatedTarget({ signal })
    .execute([long], 'hunting', visitor)
    .then(() => steps);
}

test('a long trace runs to its end if nobody interrupts it', async () => {
  expect(await count(new AbortController().signal)).toBe(long.length);
});

test('a long trace ends soon after its signal, without a step more', async () => {
  const stop = new AbortController();
  setImmediate(() => stop.abort());
  const steps = await count(stop.signal);
  expect(steps).toBeGreaterThan(0);
  expect(steps).toBeLessThan(2_000);
});
