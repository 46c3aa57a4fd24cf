import fc from 'fast-check';
import { expect, test } from 'vitest';
import { corpusTraces } from '../fuzz/corpora.ts';
import { Vigil } from '../fuzz/vigil.ts';
import { osmemOurs } from '../src/contract/osmem.ts';
import { TraceArbitrary } from '../src/generate/trace-arbitrary.ts';
import { Follower } from '../src/oracle/follow.ts';
import { createSimulatedTarget, type SimulatedOptions } from '../src/target/simulated.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { free, malloc } from '../src/trace/op.ts';
import type { Trace } from '../src/trace/trace.ts';
import { stepsOf } from './support/run.ts';

const HEAP = 0x1000_0000_0000;

/** The first difference, or undefined. */
function difference(trace: Trace, options: SimulatedOptions = {}): string | undefined {
  const target = createSimulatedTarget(options);
  const follower = new Follower(rulesOf(target), HEAP);
  for (const step of stepsOf(target, trace, 'hunting')) {
    const found = follower.follow(step);
    if (found !== undefined) return found;
  }
  return undefined;
}

function rulesOf(target: ReturnType<typeof createSimulatedTarget>) {
  const { placement } = target.contract;
  if (placement === undefined) throw new Error('ours has placement rules');
  return placement;
}

test('every address, syscall and block is the predicted one', () => {
  const vigil = new Vigil(createSimulatedTarget());
  fc.assert(
    fc.property(new TraceArbitrary(osmemOurs), (trace) => {
      expect(vigil.watch('property', trace)).toBeUndefined();
    }),
    { numRuns: 1500, seed: 1 },
  );
  expect(vigil.ops).toBeGreaterThan(50_000);
});

test('they are the predicted ones with a dynamic threshold too', () => {
  const target = createSimulatedTarget({ dynamicThreshold: { cap: 1 << 20 } });
  const vigil = new Vigil(target);
  fc.assert(
    fc.property(new TraceArbitrary(target.contract), (trace) => {
      expect(vigil.watch('property', trace)).toBeUndefined();
    }),
    { numRuns: 600, seed: 2 },
  );
});

test('a first block larger than the preallocation extends it, which only a raised threshold allows', () => {
  const trace = parseTrace('a 0 131049; f 0; a 0 131041');
  expect(difference(trace, { dynamicThreshold: { cap: 1 << 20 } })).toBeUndefined();
});

test('the recorded programs go as predicted at their beginnings', () => {
  const vigil = new Vigil(createSimulatedTarget());
  for (const { seed, trace } of corpusTraces('programs')) {
    expect(vigil.watch(seed, trace.slice(0, 1500)), seed).toBeUndefined();
  }
});

test('the seeds of the corpus go as predicted', () => {
  for (const { seed, trace } of corpusTraces('seeds')) {
    expect(difference(trace), seed).toBeUndefined();
  }
});

test('a result elsewhere than predicted is told', () => {
  const target = createSimulatedTarget();
  const follower = new Follower(rulesOf(target), HEAP);
  const [step] = stepsOf(target, [malloc(0, 24)]);
  if (step === undefined) throw new Error('one op is one step');
  expect(follower.follow({ ...step, result: step.result + 8 })).toBe(
    'op 0: result should be [heap+0x20], but are [heap+0x28]',
  );
});

test('a syscall other than predicted is told', () => {
  const target = createSimulatedTarget();
  const follower = new Follower(rulesOf(target), HEAP);
  const [step] = stepsOf(target, [malloc(0, 24)]);
  if (step === undefined) throw new Error('one op is one step');
  expect(follower.follow({ ...step, syscalls: [] })).toMatch(/^op 0: syscalls should be \[brk/);
});

test('a block other than predicted is told', () => {
  const target = createSimulatedTarget();
  const follower = new Follower(rulesOf(target), HEAP);
  const [first, second] = stepsOf(target, [malloc(0, 24), free(0)]);
  if (first === undefined || second === undefined) throw new Error('two ops are two steps');
  expect(follower.follow(first)).toBeUndefined();
  expect(follower.follow({ ...second, heap: { ...second.heap, status: [1, 0] } })).toMatch(
    /^op 1: blocks should be \[24 free, /,
  );
  const shorter = { ...second.heap, count: 1 };
  expect(follower.follow({ ...second, heap: shorter })).toMatch(/^op 1: blocks should be/);
});
