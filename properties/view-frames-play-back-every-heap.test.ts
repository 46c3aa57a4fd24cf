// The frames of a view: what they play back is what was observed, whichever frame is asked for.

import { describe, expect, test } from 'vitest';
import { openMutant } from '../src/cli/mutants.ts';
import { osmemOurs } from '../src/contract/osmem.ts';
import { traceFromSeed } from '../src/generate/traces.ts';
import type { Violation } from '../src/oracle/violation.ts';
import { framesOf } from '../src/report/frames.ts';
import { heapSvg } from '../src/report/heap-svg.ts';
import { blockSpans } from '../src/report/page/spans.js';
import { interestOf, wholeOf } from '../src/report/page/stretch.js';
import { stateBefore, Track } from '../src/report/page/track.js';
import type { ViewData } from '../src/report/page-data.ts';
import type { HeapWalk, Step } from '../src/target/execution.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import { parseTrace } from '../src/trace/notation.ts';
import type { Trace } from '../src/trace/trace.ts';
import { brokenTarget } from './support/broken-targets.ts';
import { stepsOf } from './support/run.ts';

const seeds = Array.from({ length: 6 }, (_, i) => `frames ${i}`);

async function viewOf(trace: Trace): Promise<ViewData> {
  const view = await framesOf(createSimulatedTarget(), { name: 'a', trace });
  return JSON.parse(JSON.stringify(view)) as ViewData;
}

function blocksOf({ heap }: Step): unknown[] {
  const blocks: unknown[] = [];
  for (let i = 0; heap.taken && i < heap.count; i++) blocks.push(blockOf(heap, i));
  return blocks;
}

function blockOf({ address, payloadSize, status, start }: HeapWalk, i: number): unknown {
  return [(address[i] as number) - start, payloadSize[i], status[i]];
}

const textOf = (rows: readonly unknown[]): string => JSON.stringify(rows);

function playedBack(track: Track, frame: number): unknown[] {
  const { blocks, block } = track.at(frame);
  return Array.from(blocks, (at) => [at, ...(block.get(at) ?? [])]);
}

describe('frames', () => {
  test.each(seeds)('of %s give each walk back, in any order', async (seed) => {
    const trace = traceFromSeed(seed, osmemOurs).slice(0, 200);
    const steps = stepsOf(createSimulatedTarget(), trace);
    const view = await viewOf(trace);
    expect(view.ops.length).toBe(steps.length);
    const track = new Track(view);
    const frames = steps.map((_, frame) => (frame * 7919) % steps.length);
    const wrong = [...frames, ...steps.keys()].filter(
      (frame) => textOf(playedBack(track, frame)) !== textOf(blocksOf(steps[frame] as Step)),
    );
    expect(wrong).toEqual([]);
  });

  test.each(seeds)('of %s tell the heap before each step, too', async (seed) => {
    const trace = traceFromSeed(seed, osmemOurs).slice(0, 200);
    const steps = stepsOf(createSimulatedTarget(), trace);
    const view = await viewOf(trace);
    const track = new Track(view);
    for (const [frame, step] of steps.slice(1).entries()) {
      const before = stateBefore(track.at(frame + 1));
      const rows = Array.from(before.blocks, (at) => [at, ...(before.block.get(at) ?? [])]);
      expect(textOf(rows)).toBe(textOf(blocksOf(steps[frame] as Step)));
      expect(track.at(frame + 1).end).toBe(Math.max(0, step.heap.end - view.heapStart));
    }
  });

  test('survive more changes than fit between two checkpoints', async () => {
    const text = Array.from(
      { length: 3000 },
      (_, i) => `a ${i % 40} ${24 + (i % 99)}; f ${(i * 7) % 40}`,
    );
    const trace = parseTrace(text.join('\n'));
    const steps = stepsOf(createSimulatedTarget(), trace, 'hunting');
    const track = new Track(await viewOf(trace));
    expect(track.checkpoints.length).toBeGreaterThan(2);
    for (const frame of [5999, 0, 3000, 2999, 5000, 1, 5998]) {
      expect(playedBack(track, frame)).toEqual(blocksOf(steps[frame] as Step));
    }
  });

  test('tell payloads, mappings and the break', async () => {
    const view = await viewOf(parseTrace('a 0 24; a 1 200000; r 0 48; f 1; f 0'));
    const track = new Track(view);
    const { payloads, mappings, end } = track.at(2);
    const mapping = 0x2000_0000_0000 - view.heapStart;
    expect(end).toBe(131072);
    expect(mappings).toEqual([{ from: mapping, to: mapping + 200032 }]);
    expect(payloads).toEqual([
      { slot: 0, from: 32, to: 80 },
      { slot: 1, from: mapping + 32, to: mapping + 200032 },
    ]);
    expect(track.at(4)).toMatchObject({ payloads: [], mappings: [], end: 131072 });
    expect(view.syscalls[1]).toEqual([expect.stringMatching(/^mmap\(NULL, 200032/)]);
  });

  test('say what a call was, how it ended and what it returned', async () => {
    const view = await viewOf(parseTrace('x sbrk 1; a 0 24; f 0; a 0 8; a 0 9'));
    expect(view.calls[3]).toBe('p0 = os_malloc(8)');
    expect(view.results).toEqual([null, -view.heapStart, null, 32, null]);
    expect(view.endings).toEqual({ 2: 'skipped', 4: 'skipped' });
  });

  test('of a broken allocator end at the damage, with its bytes marked', async () => {
    const trace = parseTrace('a 0 1; a 1 1; r 0 41; f 0; f 1');
    const view = await framesOf(await openMutant('expands-over-live'), { name: 'a', trace });
    const [violation] = view.violations;
    expect(violation).toMatchObject({ frame: 2, tier: 'safety', invariant: 'disjointness' });
    expect(violation?.marks).toEqual([{ from: 0x48, to: 0x49, label: 'p0 and p1 share 1 byte' }]);
    expect({ rest: view.rest, decisive: view.decisive }).toEqual({ rest: 2, decisive: 2 });
  });

  test('go on after what is no damage, and show the violation that was asked for', async () => {
    const target = brokenTarget('never-splits');
    const trace = parseTrace('a 0 8; f 0; a 1 16');
    const view = await framesOf(target, { name: 'a', trace });
    expect(view.violations.map(({ frame, invariant }) => [frame, invariant])).toEqual([
      [0, 'placement'],
      [2, 'placement'],
    ]);
    expect({ decisive: view.decisive, rest: view.rest }).toEqual({ decisive: 0, rest: 0 });
    const decisive = violationAt(2);
    expect((await framesOf(target, { name: 'a', trace, decisive })).decisive).toBe(2);
  });

  test('tell a violation that does not show again as it was seen', async () => {
    const trace = parseTrace('a 0 8; f 0');
    const decisive = violationAt(1);
    const view = await framesOf(createSimulatedTarget(), { name: 'a', trace, decisive });
    expect(view.violations).toMatchObject([
      { frame: 1, actual: 'at heap+0x20', marks: [{ from: 0x20, to: 0x21 }] },
    ]);
  });
});

function violationAt(step: number): Violation {
  return {
    invariant: 'placement',
    tier: 'policy',
    says: 'at heap+0x20',
    step,
    opKind: 'malloc',
    cause: 'test',
    clause: 'of the test',
  };
}

describe('a drawing', () => {
  test.each(seeds)('of %s covers each byte of the heap once, however far away', async (seed) => {
    const view = await viewOf(traceFromSeed(seed, osmemOurs).slice(0, 200));
    const track = new Track(view);
    for (let frame = 0; frame < view.ops.length; frame += 7) {
      const state = track.at(frame);
      if (state.end === 0) continue;
      for (const width of [200, 1000]) {
        const whole = { from: 0, to: state.end };
        const spans = blockSpans({ view, state, ...whole, width, marks: [], found: undefined });
        expect(spans[0]?.from).toBe(0);
        expect(spans.at(-1)?.to).toBe(state.end);
        expect(spans.slice(1).every((span, i) => span.from === spans[i]?.to)).toBe(true);
        const blocks = spans.reduce((sum, { count }) => sum + count, 0);
        expect(blocks).toBe(state.blocks.length);
        expect(spans.length).toBeLessThanOrEqual(width / 2 + 2 * state.blocksBefore.size + 2);
      }
    }
  });

  test('has what changed in sight', async () => {
    const view = await viewOf(traceFromSeed('frames 3', osmemOurs));
    const track = new Track(view);
    for (const frame of view.ops.keys()) {
      const state = track.at(frame);
      const whole = wholeOf(state, [], undefined);
      const shown = interestOf(view, state, [], whole);
      for (const at of state.blocksBefore.keys()) {
        if (at >= whole.to) continue;
        expect(shown?.from).toBeLessThanOrEqual(at);
        expect(shown?.to).toBeGreaterThan(at);
      }
    }
  });

  test('as a still tells the violation, and is the same each time', async () => {
    const trace = parseTrace('a 0 1; a 1 1; r 0 41');
    const target = await openMutant('expands-over-live');
    const still = async () => heapSvg(await framesOf(target, { name: 'a', trace }));
    const svg = await still();
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="984"/);
    expect(svg).toContain('✕ p0 and p1 share 1 byte');
    expect(svg).not.toContain('var(');
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(await still()).toBe(svg);
  });
});
