import fc from 'fast-check';
import { expect, test } from 'vitest';
import { osmemOurs } from '../src/contract/osmem.ts';
import { TraceArbitrary } from '../src/generate/trace-arbitrary.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import { judged } from './support/run.ts';

const target = createSimulatedTarget();
const failing = new TraceArbitrary(osmemOurs);
const calm = new TraceArbitrary(osmemOurs, { failures: false });

test('no invariant is violated, whether syscalls fail or not', () => {
  fc.assert(
    fc.property(failing, (trace) => {
      expect(judged(target, trace, 'hunting')).toEqual([]);
    }),
    { numRuns: 2500, seed: 1 },
  );
});

test('no invariant is violated where no syscall is made to fail', () => {
  fc.assert(
    fc.property(calm, (trace) => {
      expect(judged(target, trace, 'hunting')).toEqual([]);
    }),
    { numRuns: 2500, seed: 2 },
  );
});

test('no invariant is violated when every byte of every payload is read after every op', () => {
  const short = new TraceArbitrary(osmemOurs, { maxLength: 60 });
  fc.assert(
    fc.property(short, (trace) => {
      expect(judged(target, trace, 'everything')).toEqual([]);
    }),
    { numRuns: 150, seed: 3 },
  );
});

test('no invariant is violated with a dynamic threshold', () => {
  const dynamic = createSimulatedTarget({ dynamicThreshold: { cap: 1 << 20 } });
  fc.assert(
    fc.property(new TraceArbitrary(dynamic.contract), (trace) => {
      expect(judged(dynamic, trace, 'hunting')).toEqual([]);
    }),
    { numRuns: 1000, seed: 4 },
  );
});

test('what is promised holds in little memory too: every call may then fail in earnest', () => {
  const poor = createSimulatedTarget({ memoryLimit: 512 * 1024 });
  fc.assert(
    fc.property(calm, (trace) => {
      expect(judged(poor, trace, 'hunting')).toEqual([]);
    }),
    { numRuns: 1000, seed: 5 },
  );
});
