import { describe, expect, test } from 'vitest';
import { osmem, osmemOurs } from '../src/contract/osmem.ts';
import { SIZE_MAX } from '../src/contract/size-t.ts';
import { randomProfile } from '../src/generate/profile.ts';
import { randomFrom } from '../src/generate/seed.ts';
import { SIZE_CLASSES } from '../src/generate/sizes.ts';
import { traces } from '../src/generate/traces.ts';
import { TABLE_SIZE, weightTable } from '../src/generate/weights.ts';
import { SimulatedTarget } from '../src/target/simulated.ts';
import { OP_KINDS, type Op } from '../src/trace/op.ts';
import { requested, slotsOf, type Trace } from '../src/trace/trace.ts';
import { stepsOf } from './support/run.ts';

const RUNS = 2000;

function campaign(root: string, failures = true): Trace[] {
  const taken: Trace[] = [];
  for (const { trace } of traces(root, osmemOurs, 0, { failures })) {
    if (taken.push(trace) === RUNS) break;
  }
  return taken;
}

const runs = campaign('boundaries');
const ops = runs.flat();

describe('2000 random runs', () => {
  test.each(OP_KINDS)('make ops of kind %s', (kind) => {
    expect(ops.filter((op) => op.kind === kind).length).toBeGreaterThan(100);
  });

  const asks = (size: (bytes: number) => boolean) => (op: Op) => {
    const bytes = requested(op);
    return /alloc/.test(op.kind) && typeof bytes === 'number' && size(bytes);
  };
  test.each<[string, (op: Op) => boolean]>([
    ['nothing', asks((bytes) => bytes === 0)],
    ['one byte', asks((bytes) => bytes === 1)],
    ['one less than a multiple of 8', asks((bytes) => bytes % 8 === 7)],
    ['one more than a multiple of 8', asks((bytes) => bytes % 8 === 1)],
    ['the last malloc whose block stays under the threshold', asks((bytes) => bytes === 131032)],
    ['the first whose block reaches it', asks((bytes) => bytes === 131033)],
    ['the first that reaches it itself', asks((bytes) => bytes === 131072)],
    ['the last under it', asks((bytes) => bytes === 131071)],
    ['the same with the older header', asks((bytes) => bytes === 131048 || bytes === 131041)],
    ['a block of exactly a page', asks((bytes) => bytes >= 4057 && bytes <= 4064)],
    ['a block just over a page', asks((bytes) => bytes === 4065)],
    ['a page', asks((bytes) => bytes === 4096)],
    ['megabytes', asks((bytes) => bytes >= 2 ** 20 && bytes < 2 ** 30)],
    ['what cannot be had', asks((bytes) => bytes >= 2 ** 40)],
    ['SIZE_MAX', (op) => op.size === SIZE_MAX],
    ['SIZE_MAX-7', (op) => op.size === SIZE_MAX - 7n],
    ['SIZE_MAX-8', (op) => op.size === SIZE_MAX - 8n],
    ['SIZE_MAX-31', (op) => op.size === SIZE_MAX - 31n],
    ['SIZE_MAX-39', (op) => op.size === SIZE_MAX - 39n],
    ['a product that does not fit', (op) => requested(op) === undefined],
    ['a product that wraps to zero', (op) => op.count === 2 ** 32 && op.size === 2 ** 32],
    [
      'a product that wraps to a small size',
      (op) => requested(op) === undefined && wrapped(op) > 0n && wrapped(op) < 4096n,
    ],
    ['a calloc of no elements', (op) => op.kind === 'calloc' && op.count === 0 && op.size !== 0],
    ['a calloc of empty elements', (op) => op.kind === 'calloc' && op.size === 0 && op.count !== 0],
    ['a realloc to nothing', (op) => op.kind === 'realloc' && op.size === 0],
    ['a second failure', (op) => op.kind === 'fail-sbrk' && op.count === 2],
  ])('ask for %s', (_, matches) => {
    expect(ops.some(matches)).toBe(true);
  });

  const differences = new Map<number, number>();
  for (const trace of runs) countDifferences(trace, differences);
  test.each([0, 1, -1, 8, -8, 24, -24, 32, -32, 40, -40, 48, -48])(
    'ask again for what was freed, and %d more',
    (difference) => {
      expect(differences.get(difference) ?? 0).toBeGreaterThan(10);
    },
  );

  test('skip few ops: less than one call in twenty', () => {
    const target = new SimulatedTarget();
    let skipped = 0;
    let calls = 0;
    for (const trace of runs.slice(0, 300)) {
      for (const step of stepsOf(target, trace, 'hunting')) {
        if (step.op.kind.startsWith('fail')) continue;
        calls++;
        if (step.outcome === 'skipped') skipped++;
      }
    }
    expect(skipped / calls).toBeLessThan(0.05);
  });

  test('are mostly short and use few slots, but not all of them', () => {
    const lengths = runs.map((trace) => trace.length).sort((a, b) => a - b);
    expect(lengths[0]).toBe(1);
    expect(lengths[RUNS / 2]).toBeLessThan(50);
    expect(lengths.at(-1)).toBeGreaterThan(400);
    expect(lengths.at(-1)).toBeLessThanOrEqual(1200);
    const slots = runs.map(slotsOf).sort((a, b) => a - b);
    expect(slots[RUNS / 2]).toBeLessThan(8);
    expect(slots.at(-1)).toBeGreaterThan(100);
  });

  test('never fail a syscall where that was not asked for', () => {
    const failing = campaign('boundaries', false)
      .flat()
      .filter((op) => op.kind.startsWith('fail'));
    expect(failing).toEqual([]);
  });
});

describe('2000 profiles', () => {
  const random = randomFrom('profiles');
  const profiles = Array.from({ length: RUNS }, () => randomProfile(random, osmemOurs));
  const share = (matches: (profile: (typeof profiles)[number]) => boolean) =>
    profiles.filter(matches).length / RUNS;
  const failures = OP_KINDS.indexOf('fail-sbrk');

  test('have everything on in about one of five', () => {
    const on = (profile: (typeof profiles)[number]) =>
      [...profile.kindWeights, ...profile.sizeWeights].every((weight) => weight > 0);
    expect(share((profile) => profile.everything)).toBeGreaterThan(0.15);
    expect(share((profile) => profile.everything)).toBeLessThan(0.25);
    expect(profiles.filter((profile) => profile.everything).every(on)).toBe(true);
  });

  test.each(OP_KINDS.map((kind, index) => [kind, index] as const))(
    'turn %s off in some',
    (_, kind) => {
      const off = share((profile) => profile.kindWeights[kind] === 0);
      expect(off).toBeGreaterThan(0.05);
      expect(off).toBeLessThan(0.8);
    },
  );

  test.each(SIZE_CLASSES.map((name, index) => [name, index] as const))(
    'turn sizes of class %s off in some',
    (_, index) => {
      const off = share((profile) => profile.sizeWeights[index] === 0);
      expect(off).toBeGreaterThan(0.2);
      expect(off).toBeLessThan(0.8);
    },
  );

  test('fail no syscalls in most', () => {
    expect(share((profile) => profile.kindWeights[failures] === 0)).toBeGreaterThan(0.5);
  });

  test('can always allocate, and never name a stale pointer without freeing', () => {
    const weight = (weights: readonly number[], kind: (typeof OP_KINDS)[number]) =>
      weights[OP_KINDS.indexOf(kind)] as number;
    for (const { kindWeights: w } of profiles) {
      expect(weight(w, 'malloc') + weight(w, 'calloc') + weight(w, 'realloc')).toBeGreaterThan(0);
      if (weight(w, 'free') === 0) expect(weight(w, 'stale-realloc')).toBe(0);
    }
  });

  test('leave out the second free where the contract does not define it', () => {
    const others = Array.from({ length: 200 }, () => randomProfile(random, osmem));
    const staleFree = OP_KINDS.indexOf('stale-free');
    expect(others.every((profile) => profile.kindWeights[staleFree] === 0)).toBe(true);
  });
});

describe('a table of weights', () => {
  test('holds what is on at least once, what is off never, the rest in proportion', () => {
    const table = weightTable([1, 0, 1000, 500]);
    const count = (choice: number) => table.filter((entry) => entry === choice).length;
    expect(table).toHaveLength(TABLE_SIZE);
    expect([count(0), count(1)]).toEqual([1, 0]);
    expect(count(2) / count(3)).toBeCloseTo(2, 0);
    expect(count(0) + count(2) + count(3)).toBe(TABLE_SIZE);
  });
});

function wrapped(op: Op): bigint {
  return BigInt.asUintN(64, BigInt(op.count) * BigInt(op.size));
}

/** How far each malloc is from the sizes freed before it in its trace. */
function countDifferences(trace: Trace, differences: Map<number, number>): void {
  const sizes = new Map<number, number>();
  const freed = new Set<number>();
  for (const op of trace) {
    const bytes = requested(op);
    if (op.kind === 'free') freed.add(sizes.get(op.slot) ?? -1e9);
    else if (typeof bytes === 'number' && bytes > 100) {
      if (op.kind === 'malloc') {
        for (const size of freed) {
          differences.set(bytes - size, (differences.get(bytes - size) ?? 0) + 1);
        }
      }
      sizes.set(op.slot, bytes);
    }
  }
}
