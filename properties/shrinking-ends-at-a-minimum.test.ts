import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { campaign } from '../src/check/campaign.ts';
import { causeOf } from '../src/check/finding.ts';
import { osmemOurs } from '../src/contract/osmem.ts';
import { TraceArbitrary } from '../src/generate/trace-arbitrary.ts';
import { traces } from '../src/generate/traces.ts';
import { minimize, minimizeNow } from '../src/shrink/minimize.ts';
import { formatTrace, parseTrace } from '../src/trace/notation.ts';
import { malloc, NO_SLOT, type Op } from '../src/trace/op.ts';
import { compareTraces } from '../src/trace/smaller/order.ts';
import { PASSES, smaller } from '../src/trace/smaller/smaller.ts';
import { requested, type Trace } from '../src/trace/trace.ts';
import { isTrace } from '../src/trace/well-formed.ts';
import { brokenTarget } from './support/broken-targets.ts';

/** What a made-up bug needs; told from the trace alone, so that it costs nothing. */
type Fails = (trace: Trace) => boolean;

const grownOverThreshold: Fails = (trace) => {
  const sizes = new Map<number, Op>();
  return trace.some((op) => {
    const before = sizes.get(op.slot);
    if (op.kind === 'free') sizes.delete(op.slot);
    if (op.kind === 'malloc' && !before) sizes.set(op.slot, op);
    return (
      op.kind === 'realloc' && before !== undefined && before.size >= 131033 && op.size >= 4033
    );
  });
};

const threeLive: Fails = (trace) => {
  const live = new Set<number>();
  return trace.some((op) => {
    if (op.kind === 'free' || requested(op) === 0) live.delete(op.slot);
    else if (/^(malloc|calloc|realloc)$/.test(op.kind)) live.add(op.slot);
    return live.size >= 3;
  });
};

/** A block of 100 or more is freed, and a malloc asks for a little less: not enough less to split. */
const unsplit: Fails = (trace) => {
  const sizes = new Map<number, number>();
  const freed: number[] = [];
  return trace.some((op) => {
    const size = Number(op.size);
    if (op.kind === 'free' && sizes.has(op.slot)) {
      freed.push(sizes.get(op.slot) as number);
      sizes.delete(op.slot);
    }
    if (op.kind !== 'malloc' || sizes.has(op.slot)) return false;
    sizes.set(op.slot, size);
    return size >= 100 && freed.some((before) => before > size && before - size <= 32);
  });
};

const overflows: Fails = (trace) =>
  trace.some((op) => op.kind === 'calloc' && requested(op) === undefined);

const failsSecondMapping: Fails = (trace) =>
  trace.some((op) => op.kind === 'fail-mmap' && op.count >= 2) &&
  trace.filter((op) => Number(requested(op) ?? 0) >= 131072 && op.kind !== 'free').length >= 2;

const bugs: [string, Fails, string][] = [
  ['a block over the threshold that is grown', grownOverThreshold, 'a 0 131033\nr 0 4033\n'],
  ['three live blocks', threeLive, 'a 0 1\na 1 1\na 2 1\n'],
  ['a hole just too small to split', unsplit, 'a 0 101\nf 0\na 0 100\n'],
];

function longFailing(fails: Fails, count: number): Trace[] {
  const found: Trace[] = [];
  for (const { index, trace } of traces('shrinking', osmemOurs)) {
    if (trace.length >= 200 && fails(trace)) found.push(trace);
    if (found.length === count || index > 5000) break;
  }
  return found;
}

describe('a long trace', () => {
  test.each(bugs)('with %s shrinks to the least that shows it, in few tries', (_, fails, least) => {
    const long = longFailing(fails, 10);
    expect(long.length).toBe(10);
    for (const trace of long) {
      const { trace: small, tries } = minimizeNow(trace, fails);
      expect(formatTrace(small)).toBe(least);
      expect(tries).toBeLessThan(700);
    }
  });

  test.each<[string, Fails]>([
    ['an overflowing calloc', overflows],
    ['a second mapping that fails', failsSecondMapping],
    ...bugs.map(([name, fails]): [string, Fails] => [name, fails]),
  ])('with %s keeps it, and can lose no op in the end', (_, fails) => {
    const long = longFailing(fails, 5);
    expect(long.length).toBeGreaterThan(0);
    for (const trace of long) {
      const { trace: small } = minimizeNow(trace, fails);
      expect(fails(small)).toBe(true);
      for (const place of small.keys()) expect(fails(small.toSpliced(place, 1))).toBe(false);
      for (const { trace: candidate } of smaller(small)) expect(fails(candidate)).toBe(false);
    }
  });
});

describe('a finding that is shrunk', () => {
  const bugs = ['never-splits', 'leaks-mappings', 'copies-new-size', 'splits-too-early'];

  test.each(bugs)('of %s has its slots numbered by first use, and is a minimum', async (bug) => {
    const target = brokenTarget(bug);
    const found = await campaign({ target, seed: 'again', budget: { kind: 'runs', runs: 24 } });
    expect(found.findings.length).toBeGreaterThan(0);
    for (const { trace, violation } of found.findings) {
      const slots = new Set(trace.map(({ slot }) => slot).filter((slot) => slot !== NO_SLOT));
      expect([...slots]).toEqual(Array.from(slots, (_, at) => at));
      const known = [{ seed: 'shrunk', trace }];
      const again = await campaign({ target, seed: '', budget: { kind: 'runs', runs: 0 }, known });
      const same = again.findings.find((each) => causeOf(each.violation) === causeOf(violation));
      expect(formatTrace(same?.trace ?? [])).toBe(formatTrace(trace));
    }
  });
});

test('a trace that has to be long has its sizes lowered together', () => {
  const long = Array.from({ length: 300 }, (_, slot) => malloc(slot, 1000 + 37 * slot));
  const deep: Fails = (trace) => trace.filter(({ kind }) => kind === 'malloc').length >= 300;
  const { trace, tries } = minimizeNow(long, deep);
  expect(trace.map(({ size }) => size)).toEqual(long.map(() => 0));
  expect(tries).toBeLessThan(1500);
});

describe('a pass of the shrinker', () => {
  test.each(PASSES)('offers only smaller traces: $name', (pass) => {
    let offered = 0;
    fc.assert(
      fc.property(new TraceArbitrary(osmemOurs, { maxLength: 25 }), (trace) => {
        for (const candidate of pass.candidates(trace)) {
          offered++;
          expect(isTrace(candidate.trace)).toBe(true);
          expect(compareTraces(candidate.trace, trace)).toBeLessThan(0);
          for (const next of pass.candidates(candidate.trace, candidate.resume)) {
            expect(compareTraces(next.trace, candidate.trace)).toBeLessThan(0);
            break;
          }
        }
      }),
      { seed: 20260301, numRuns: 60 },
    );
    expect(offered).toBeGreaterThan(20);
  });

  test.each([
    ['drops all ops', 'a 0 8', ''],
    ['drops a malloc with its free', 'a 0 8; a 1 8; f 0', 'a 1 8'],
    ['drops a slot', 'a 0 8; a 1 8; f 0; r 1 9', 'a 1 8; r 1 9'],
    ['merges slots', 'a 0 8; f 0; a 3 9', 'a 0 8; f 0; a 0 9'],
    ['numbers slots by first use', 'a 7 8; a 2 9', 'a 0 8; a 1 9'],
    ['makes calloc malloc', 'c 0 4 8', 'a 0 32'],
    ['makes calloc of one element', 'c 0 4 8', 'c 0 1 32'],
    ['makes realloc of nothing malloc', 'a 1 8; r 0 8', 'a 1 8; a 0 8'],
    ['makes realloc to nothing free', 'a 0 8; r 0 0', 'a 0 8; f 0'],
    ['makes stale ops plain ones', 'a 0 8; f 0; s 0 8; d 0', 'a 0 8; f 0; r 0 8; d 0'],
    ['makes a stale free a free', 'a 0 8; f 0; d 0', 'a 0 8; f 0; f 0'],
    ['lowers a size to an edge', 'a 0 140000', 'a 0 131033'],
    ['lowers a size by one', 'a 0 24', 'a 0 23'],
    ['lowers a huge size by one', 'a 0 MAX', 'a 0 MAX-1'],
    ['lowers which call fails', 'x sbrk 3', 'x sbrk 1'],
    ['lowers equal sizes together', 'a 0 500; f 0; a 0 500', 'a 0 24; f 0; a 0 24'],
    ['lowers two sizes by as much', 'a 0 500; f 0; a 0 540', 'a 0 4; f 0; a 0 44'],
  ])('%s: %s becomes %s', (_, from, to) => {
    const candidates = [...smaller(parseTrace(from))].map(({ trace }) => formatTrace(trace));
    expect(candidates).toContain(formatTrace(parseTrace(to)));
  });

  test('leaves a stale realloc its byte, and a failure its first call', () => {
    const all = [...smaller(parseTrace('s 0 5; x sbrk 2'))].flatMap(({ trace }) => trace);
    expect(all.every((op) => op.kind !== 'stale-realloc' || op.size >= 1)).toBe(true);
    expect(all.every((op) => op.kind !== 'fail-sbrk' || op.count >= 1)).toBe(true);
  });
});

describe('the order of traces', () => {
  test.each([
    ['fewer ops', 'a 0 99', 'f 0; f 0'],
    ['simpler ops', 'a 0 99', 'r 0 8'],
    ['lower slots', 'a 0 8; a 0 8', 'a 0 8; a 1 1'],
    ['fewer bytes', 'a 0 8; a 0 8', 'a 0 9; a 0 8'],
    ['lower counts', 'c 0 1 32', 'c 0 4 8'],
  ])('puts %s first: %s before %s', (_, low, high) => {
    expect(compareTraces(parseTrace(low), parseTrace(high))).toBeLessThan(0);
    expect(compareTraces(parseTrace(high), parseTrace(low))).toBeGreaterThan(0);
    expect(compareTraces(parseTrace(low), parseTrace(low))).toBe(0);
  });
});

describe('the trace arbitrary', () => {
  const arbitrary = new TraceArbitrary(osmemOurs);

  test('shrinks a stored trace as fast-check shrinks an example', () => {
    const stored = longFailing(threeLive, 1)[0] as Trace;
    const property = fc.property(arbitrary, (trace) => !threeLive(trace));
    const details = fc.check(property, { numRuns: 1, examples: [[stored]] });
    expect(details.counterexample?.map(formatTrace)).toEqual(['a 0 1\na 1 1\na 2 1\n']);
    expect(arbitrary.canShrinkWithoutContext('a 0 1')).toBe(false);
  });

  test('shrinks what it generated', () => {
    const property = fc.property(arbitrary, (trace) => !threeLive(trace));
    const details = fc.check(property, { seed: 3, numRuns: 200 });
    expect(details.counterexample?.map(formatTrace)).toEqual(['a 0 1\na 1 1\na 2 1\n']);
  });
});

describe('minimizing', () => {
  const long = longFailing(grownOverThreshold, 1)[0] as Trace;

  test('asks as often as it may, not more, and gives the smallest trace so far', async () => {
    let asked = 0;
    const progress: number[] = [];
    const { trace, tries } = await minimize(
      long,
      async (candidate) => {
        asked++;
        return grownOverThreshold(candidate);
      },
      { maxTries: 20, onProgress: (smallest) => progress.push(smallest.length) },
    );
    expect([asked, tries]).toEqual([20, 20]);
    expect(grownOverThreshold(trace)).toBe(true);
    expect(trace.length).toBe(progress.at(-1));
    expect(trace.length).toBeLessThan(long.length);
    expect(progress).toEqual([...progress].sort((a, b) => b - a));
  });

  test('never asks about the same trace twice', async () => {
    const asked: string[] = [];
    const { tries } = await minimize(long, async (candidate) => {
      asked.push(formatTrace(candidate));
      return grownOverThreshold(candidate);
    });
    expect(new Set(asked).size).toBe(asked.length);
    expect(tries).toBe(asked.length);
  });

  test('gives a trace back that does not fail', async () => {
    expect(await minimize(long, async () => false)).toEqual({ trace: long, tries: 1 });
  });

  test('gives the empty trace where everything fails', () => {
    expect(minimizeNow(long, () => true).trace).toEqual([]);
  });

  test('stops when it is told to', async () => {
    const stop = new AbortController();
    const { trace, tries } = await minimize(
      long,
      async (candidate) => {
        if (candidate.length < long.length) stop.abort();
        return grownOverThreshold(candidate);
      },
      { signal: stop.signal },
    );
    expect(tries).toBe(2);
    expect(grownOverThreshold(trace)).toBe(true);
  });

  test('hands on what the predicate throws, at once', async () => {
    let asked = 0;
    const broken = () => {
      if (++asked === 3) throw new Error('no compiler');
      return true;
    };
    await expect(minimize(long, async () => broken())).rejects.toThrow('no compiler');
    expect(asked).toBe(3);
    asked = 0;
    expect(() => minimizeNow(long, broken)).toThrow('no compiler');
    expect(asked).toBe(3);
  });

  test('of fifty thousand ops ends when its tries are spent', () => {
    const huge = Array.from({ length: 500 }, () => long)
      .flat()
      .slice(0, 50_000);
    const started = performance.now();
    expect(minimizeNow(huge, grownOverThreshold, { maxTries: 300 }).tries).toBeLessThanOrEqual(300);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
