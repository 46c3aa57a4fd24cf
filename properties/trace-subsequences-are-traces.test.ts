import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { osmemOurs } from '../src/contract/osmem.ts';
import { TraceArbitrary } from '../src/generate/trace-arbitrary.ts';
import { SimulatedTarget } from '../src/target/simulated.ts';
import { formatTrace, parseTrace } from '../src/trace/notation.ts';
import {
  calloc,
  failSbrk,
  free,
  freeNull,
  malloc,
  realloc,
  SLOT_LIMIT,
  staleFree,
  staleRealloc,
} from '../src/trace/op.ts';
import { requested, sameTrace, slotsOf } from '../src/trace/trace.ts';
import { isTrace } from '../src/trace/well-formed.ts';
import { stepsOf } from './support/run.ts';

const traces = new TraceArbitrary(osmemOurs, { maxLength: 60 });
const subsequences = traces.chain((trace) =>
  fc
    .array(fc.boolean(), { minLength: trace.length, maxLength: trace.length })
    .map((kept) => trace.filter((_, index) => kept[index])),
);

describe('every subsequence of a trace is a trace:', () => {
  test('well formed, and the same in the notation', () => {
    fc.assert(
      fc.property(subsequences, (trace) => {
        expect(isTrace(trace)).toBe(true);
        expect(sameTrace(parseTrace(formatTrace(trace)), trace)).toBe(true);
      }),
      { seed: 20260201, numRuns: 500 },
    );
  });

  test('executed to its end, whatever state its slots are in', () => {
    const target = new SimulatedTarget();
    fc.assert(
      fc.property(subsequences, (trace) => {
        const steps = stepsOf(target, trace);
        expect(steps).toHaveLength(trace.length);
        for (const step of steps) expect(['returned', 'skipped']).toContain(step.outcome);
      }),
      { seed: 20260202, numRuns: 150 },
    );
  });
});

describe('a stored value', () => {
  test('is a trace if the notation could say it', () => {
    const all = [
      malloc(0, 0),
      calloc(SLOT_LIMIT - 1, 2n ** 64n - 1n, 1),
      realloc(3, 2 ** 53 - 1),
      free(0),
      freeNull(),
      staleRealloc(0, 1),
      staleFree(0),
      failSbrk(1),
    ];
    expect(isTrace(all)).toBe(true);
    expect(isTrace([])).toBe(true);
  });

  test.each([
    ['no list', { length: 0 }],
    ['not of ops', [null]],
    ['an unknown kind', [{ ...malloc(0, 1), kind: 'alloca' }]],
    ['a slot too high', [malloc(SLOT_LIMIT, 1)]],
    ['a negative slot', [malloc(-1, 1)]],
    ['a free of no slot', [free(-1)]],
    ['a fractional size', [malloc(0, 1.5)]],
    ['a negative size', [malloc(0, -1)]],
    ['a size past 64 bits', [malloc(0, 2n ** 64n)]],
    ['a small size as a bigint', [malloc(0, 8n)]],
    ['a count where there is none', [{ ...malloc(0, 1), count: 2 }]],
    ['a size where there is none', [{ ...free(0), size: 2 }]],
    ['a failure that never comes', [failSbrk(0)]],
    ['a failure of a slot', [{ ...failSbrk(1), slot: 0 }]],
    ['a free of NULL with a slot', [{ ...freeNull(), slot: 0 }]],
  ])('is no trace if it is %s', (_, value) => {
    expect(isTrace(value)).toBe(false);
  });
});

describe('a trace knows', () => {
  test('how many slots it needs', () => {
    expect(slotsOf([])).toBe(0);
    expect(slotsOf([freeNull()])).toBe(0);
    expect(slotsOf([malloc(4, 1), free(2)])).toBe(5);
  });

  test('how much its ops ask for, or that nobody can', () => {
    expect(requested(malloc(0, 9))).toBe(9);
    expect(requested(calloc(0, 3, 7))).toBe(21);
    expect(requested(calloc(0, 2 ** 32, 2 ** 32))).toBeUndefined();
  });

  test('when another one differs', () => {
    expect(sameTrace([malloc(0, 1)], [malloc(0, 1), free(0)])).toBe(false);
    expect(sameTrace([malloc(0, 1)], [malloc(0, 2)])).toBe(false);
    expect(sameTrace([malloc(0, 1)], [malloc(0, 1)])).toBe(true);
  });
});
