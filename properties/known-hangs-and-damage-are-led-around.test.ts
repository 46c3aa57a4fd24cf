// Steering: what completes the pattern of a known hang is left out and nothing else is; what a known defect ended is
// run on without what ended it, at last without all of its kind; and there is an end to it.

import { describe, expect, test } from 'vitest';
import { aroundPattern, patternOf } from '../src/check/pattern.ts';
import { Steering } from '../src/check/steer.ts';
import { osmemOurs } from '../src/contract/osmem.ts';
import { traceFromSeed } from '../src/generate/traces.ts';
import { formatTrace, parseTrace } from '../src/trace/notation.ts';
import type { Trace } from '../src/trace/trace.ts';

const seeds = Array.from({ length: 20 }, (_, i) => `around ${i}`);

/** What is left of the one trace where the other is known to hang. */
function left(trace: string, hanging: string): Trace {
  return aroundPattern(parseTrace(trace), patternOf(parseTrace(hanging)));
}

describe('the way around a pattern', () => {
  test.each(seeds)('of a trace itself leaves out its last op alone: %s', (seed) => {
    const trace = traceFromSeed(seed, osmemOurs).slice(0, 100);
    expect(aroundPattern(trace, patternOf(trace))).toEqual(trace.slice(0, -1));
  });

  test.each(seeds)('leaves nothing to be led around: %s', (seed) => {
    const trace = traceFromSeed(seed, osmemOurs);
    const pattern = patternOf(parseTrace('a 0 100; f 0; a 1 8'));
    const once = aroundPattern(trace, pattern);
    expect(aroundPattern(once, pattern)).toEqual(once);
  });

  test.each([
    ['others may come between', 'a 0 8; a 1 8; f 0; f 1; a 2 8', 'a 0 8; f 0; a 1 8', [4]],
    ['and all that complete it are', 'a 0 8; f 0; a 1 8; a 2 9', 'a 0 8; f 0; a 1 8', [2, 3]],
    ['a smaller one does not', 'a 0 8; f 0; a 1 7', 'a 0 8; f 0; a 1 8', []],
    ['nor does it where one before is smaller', 'a 0 7; f 0; a 1 8', 'a 0 8; f 0; a 1 8', []],
    ['the elements of calloc count', 'c 0 2 4; c 1 2 3; c 2 4 2', 'a 0 8; a 1 8', [2]],
    ['what no size holds is none', 'a 0 8; c 1 MAX 2; a 2 8', 'a 0 8; a 1 8', [2]],
    ['realloc of NULL gets', 'r 0 8; r 1 8', 'a 0 8; a 1 8', [1]],
    ['realloc to a larger one may get', 'a 0 8; r 0 16', 'a 0 8; a 1 8', [1]],
    ['realloc to a smaller one gets none', 'a 0 16; r 0 8', 'a 0 8; a 1 8', []],
    ['realloc grows what is smaller', 'a 0 8; r 0 9; r 0 9; r 0 10', 'a 0 8; r 0 9; r 0 10', [3]],
    ['realloc to 0 frees', 'a 0 8; r 0 0; r 0 8', 'a 0 8; f 0; a 0 8', [2]],
    [
      'an op that is no call is met like any other',
      'x sbrk 1; a 0 8; a 1 8',
      'x sbrk 1; a 0 8',
      [1, 2],
    ],
    ['what only frees is no growth', 'a 0 8; f 0; f 0', 'a 0 8; r 0 16', []],
  ] as const)('%s: %s', (_, trace, hanging, without) => {
    const ops = parseTrace(trace);
    const kept = ops.filter((_op, index) => !(without as readonly number[]).includes(index));
    expect(formatTrace(left(trace, hanging))).toBe(formatTrace(kept));
  });
});

describe('steering', () => {
  const run = (seed: string, text: string) => ({ seed, trace: parseTrace(text) });

  test('leads new runs around each hang that is known, but for one in sixteen while there is time', () => {
    const steering = new Steering();
    const runs = Array.from({ length: 32 }, (_, i) => run(`${i}`, 'a 0 8; f 0; r 1 8'));
    expect(steering.around(runs, true)).toEqual(runs);
    steering.avoid(parseTrace('a 0 8; f 0'));
    const hurried = steering.around(runs, false);
    expect(hurried.map(({ seed }) => seed)).toEqual(runs.map(({ seed }) => `${seed}-around`));
    expect(hurried.map(({ trace }) => formatTrace(trace))).toEqual(
      runs.map(({ trace }) => formatTrace(trace.toSpliced(1, 1))),
    );
    const atEase = steering.around(runs, true);
    expect(atEase.filter(({ seed }) => !seed.endsWith('-around'))).toHaveLength(2);
    const other = run('other', 'a 0 8; a 1 8');
    expect(steering.around([other], false)[0]).toBe(other);
  });

  test('runs on without the op that a run ended at, and not where too little would be left', () => {
    const steering = new Steering();
    const suspect = { ...run('s', 'a 0 8; r 0 9; a 1 8; f 0'), violations: [] };
    steering.learn(suspect);
    steering.learn({ ...suspect, endedAt: -1 });
    steering.learn({ ...suspect, endedAt: 2 });
    expect(steering.take(9)).toEqual([]);
    steering.learn({ ...suspect, endedAt: 1 });
    const [steered, ...more] = steering.take(9);
    expect(more).toEqual([]);
    expect(steered?.seed).toBe('s-1');
    expect(formatTrace(steered?.trace ?? [])).toBe(formatTrace(parseTrace('a 0 8; a 1 8; f 0')));
    expect(steering.take(9)).toEqual([]);
  });

  const MIXED = `${'a 0 8; a 1 5000; a 2 200000; '.repeat(20)}${'f 0; '.repeat(5)}`;

  /** Ended so often at an op of the kind of the first, at the first or at the last of its kind. */
  function endedAt(places: readonly ('first' | 'last')[]): Trace {
    const steering = new Steering();
    let next = run('s', MIXED);
    for (const place of places) {
      const isLast = place === 'last';
      const at = isLast ? next.trace.findLastIndex(({ kind }) => kind === 'malloc') : 0;
      steering.learn({ ...next, violations: [], endedAt: at });
      next = steering.take(1)[0] ?? next;
    }
    return next.trace;
  }

  test('leaves out one op at a time at first', () => {
    expect(endedAt(Array(8).fill('first'))).toEqual(parseTrace(MIXED).slice(8));
  });

  test('leaves out at once all that are like it, when it was eight in a row', () => {
    const trace = endedAt(Array(9).fill('first'));
    const rest = parseTrace(MIXED).slice(8);
    expect(trace).toEqual(rest.filter(({ size }) => size !== rest[0]?.size));
    expect(new Set(trace.map(({ size }) => size)).size).toBe(3);
  });

  test('leaves out all of its kind, when it was twelve in a row', () => {
    const trace = endedAt([...Array(8).fill('first'), ...Array(4).fill('last'), 'first']);
    expect(trace).toEqual(parseTrace('f 0; '.repeat(5)));
  });

  test('mends no trace more than 32 times, whatever it is ended by', () => {
    const steering = new Steering();
    let next = run('s', 'a 0 8; f 0; '.repeat(60));
    let times = 0;
    for (;;) {
      steering.learn({ ...next, violations: [], endedAt: 0 });
      const [taken] = steering.take(1);
      if (taken === undefined) break;
      next = taken;
      times += 1;
    }
    expect(times).toBe(32);
  });

  test('keeps no more than 256 runs waiting, the newest first', () => {
    const steering = new Steering();
    for (let i = 0; i < 300; i++)
      steering.learn({ ...run(`${i}`, 'a 0 8; f 0; a 0 9'), violations: [], endedAt: 0 });
    const taken = steering.take(1000);
    expect(taken).toHaveLength(256);
    expect(taken[0]?.seed).toBe('255-0');
  });
});
