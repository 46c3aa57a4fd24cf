// A trace may change its ways: what one phase leaves, the next goes on with. Were anything forgotten in
// between (who is live, what was asked for, how the heap stands), the phases would be traces of their own.

import { describe, expect, test } from 'vitest';
import { osmemOurs } from '../src/contract/osmem.ts';
import type { Phase, Profile } from '../src/generate/profile.ts';
import { randomTrace } from '../src/generate/random-trace.ts';
import { randomFrom } from '../src/generate/seed.ts';
import { SIZE_CLASSES } from '../src/generate/sizes.ts';
import { OP_KINDS, type OpKind } from '../src/trace/op.ts';
import type { Trace } from '../src/trace/trace.ts';

function phase(kinds: readonly OpKind[], changes: Partial<Phase> = {}): Phase {
  return {
    lifetime: 'fifo',
    tide: 0,
    aimed: 0,
    kindWeights: OP_KINDS.map((kind) => (kinds.includes(kind) ? 1 : 0)),
    sizeWeights: SIZE_CLASSES.map((each) => (each === 'small' ? 1 : 0)),
    ...changes,
  };
}

function traceOf(first: Phase, later: readonly Phase[], limits: Partial<Profile>): Trace {
  const profile = { ...first, everything: false, length: 60, slots: 20, later, ...limits };
  return randomTrace(randomFrom('phases'), profile, osmemOurs);
}

const kindsOf = (trace: Trace): string => trace.map(({ kind }) => kind[0]).join('');

describe('the phases of a trace', () => {
  test('share its length, and keep each to its own kinds', () => {
    const later = [phase(['realloc']), phase(['free'])];
    const trace = traceOf(phase(['malloc']), later, { length: 60, slots: 20 });
    expect(kindsOf(trace)).toBe('m'.repeat(20) + 'r'.repeat(20) + 'f'.repeat(20));
  });

  test('share also what is no multiple of their number', () => {
    const later = [phase(['free-null']), phase(['malloc'])];
    const trace = traceOf(phase(['malloc']), later, { length: 10, slots: 20 });
    expect(kindsOf(trace)).toBe('mmmmfffmmm');
  });

  test('find live what those before them made', () => {
    const [made, freed] = halves(traceOf(phase(['malloc']), [phase(['free'])], { length: 40 }));
    const slots = (trace: Trace) => new Set(trace.map(({ slot }) => slot));
    expect(slots(made).size).toBe(20);
    expect(slots(freed)).toEqual(slots(made));
  });

  test('each have a lifetime: the youngest goes after a phase in which the oldest went', () => {
    const later = [phase(['free'], { lifetime: 'lifo' })];
    const [made, freed] = halves(traceOf(phase(['malloc']), later, { length: 40 }));
    const rank = freed.map(({ slot }) => made.findIndex((op) => op.slot === slot));
    const falls = rank.filter((at, i) => i > 0 && at < rank[i - 1]!).length;
    expect(falls).toBeGreaterThan(15);
  });

  test('make way for the next where there is nothing left to do', () => {
    const trace = traceOf(phase(['malloc']), [phase(['free'])], { length: 12, slots: 3 });
    expect(kindsOf(trace)).toMatch(/^mmmfff/);
    expect(trace).toHaveLength(12);
  });

  test('know the heap from the first op on, though the last alone is aimed', () => {
    const medium = SIZE_CLASSES.map((each) => (each === 'medium' ? 1 : 0));
    const asksAgain = (aimed: number): number => {
      let again = 0;
      for (let i = 0; i < 100; i++) {
        const [made, freed, last] = [
          phase(['malloc']),
          phase(['free', 'free-null'], { lifetime: 'checkerboard' }),
          phase(['malloc'], { aimed }),
        ];
        const later = [freed, last].map((each) => ({ ...each, sizeWeights: medium }));
        const profile = {
          ...made,
          sizeWeights: medium,
          everything: false,
          length: 60,
          slots: 60,
          later,
        };
        again += sizesAgain(randomTrace(randomFrom(`heap ${i}`), profile, osmemOurs));
      }
      return again;
    };
    expect(asksAgain(7)).toBeGreaterThan(5 * asksAgain(0));
  });
});

test('a checkerboard leaves no two freed that were made one after the other, nor two that were not', () => {
  const later = [phase(['free'], { lifetime: 'checkerboard' })];
  let [inOrder, neighbours, all] = [0, 0, 0];
  for (let i = 0; i < 50; i++) {
    const profile = { ...phase(['malloc']), everything: false, length: 20, slots: 40, later };
    const trace = randomTrace(randomFrom(`board ${i}`), profile, osmemOurs);
    const made = trace.slice(0, 10).map(({ slot }) => slot);
    const ranks = trace.slice(10, 15).map(({ slot }) => made.indexOf(slot));
    for (const [at, rank] of ranks.entries()) {
      all++;
      if (rank === 2 * at) inOrder++;
      if (ranks.includes(rank + 1)) neighbours++;
    }
  }
  // One victim in eight is anyone.
  expect(inOrder / all).toBeGreaterThan(0.5);
  expect(neighbours / all).toBeLessThan(0.3);
});

function halves(trace: Trace): [Trace, Trace] {
  return [trace.slice(0, trace.length / 2), trace.slice(trace.length / 2)];
}

/** Mallocs that ask, aligned, for what was freed before them. */
function sizesAgain(trace: Trace): number {
  const aligned = (size: unknown): number => 8 * Math.ceil(Number(size) / 8);
  const live = new Map<number, number>();
  const freed = new Set<number>();
  let again = 0;
  for (const { kind, slot, size } of trace) {
    if (kind === 'free') freed.add(live.get(slot) ?? 0);
    if (kind !== 'malloc') continue;
    if (freed.has(aligned(size))) again++;
    live.set(slot, aligned(size));
  }
  return again;
}
