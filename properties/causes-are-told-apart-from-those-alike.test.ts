// A cause is named where the allocator has it, and not of one that is broken nearly alike: the built-in allocator
// with one part replaced, on traces of few calls.

import { describe, expect, test } from 'vitest';
import { type AllocatorParts, soundParts } from '../src/allocator/parts.ts';
import { replay } from '../src/corpus/replay.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import { readTraceFile } from '../src/trace/trace-file.ts';

const HEADER = 32;

type Parts = Partial<AllocatorParts>;
const callocFrom = (least: number): Parts => ({ isMappedCalloc: (_, block) => block > least });
const mallocFrom = (least: number): Parts => ({ isMappedMalloc: (_, block) => block > least });
const copies = (count: (kept: number, need: number) => number): Parts => ({
  copyPayload: (heap, to, from, kept, need) => heap.memory.copy(to, from, count(kept, need)),
});
const zeroes = (count: (length: number) => number): Parts => ({
  zeroPayload: (heap, payload, length) => heap.memory.fill(payload, count(length), 0),
});
const raises = (to: (freed: number) => number): Parts => ({
  raiseThreshold: (heap, freed) => {
    heap.mmapThreshold = Math.max(heap.mmapThreshold, to(freed));
  },
});
const DIRTY = 'a 0 400; f 0; ';

describe('where', () => {
  test.each<readonly [says: string, parts: Parts, trace: string, cause: string | undefined]>([
    [
      'calloc maps by the payload',
      callocFrom(4096 + HEADER),
      'c 0 1 4080',
      'payload-compared-with-threshold',
    ],
    [
      'calloc maps all but one size',
      { isMappedCalloc: (_, block) => block > 4095 && block !== 4112 },
      'c 0 1 4080',
      undefined,
    ],
    ['calloc maps from two pages', callocFrom(8192), 'c 0 1 4080', undefined],
    [
      'calloc maps from two pages, and keeps what is less',
      callocFrom(8192),
      'c 0 1 6000',
      undefined,
    ],
    ['calloc maps as malloc does', callocFrom(131_071), 'c 0 1 6000', 'calloc-threshold-of-malloc'],
    ['calloc never maps', callocFrom(2 ** 40), 'c 0 1 6000', undefined],
    [
      'malloc maps what is more than its threshold',
      mallocFrom(131_072 + HEADER),
      'a 0 131072',
      'threshold-not-reached-by-itself',
    ],
    ['malloc never maps', mallocFrom(2 ** 40), 'a 0 131072', undefined],
    ['malloc maps from twice its threshold', mallocFrom(262_144), 'a 0 200000', undefined],
    [
      'a free raises the threshold to what it freed',
      raises((freed) => freed + 1),
      'a 0 200000; f 0; a 1 150000',
      'threshold-raised-by-a-free',
    ],
    ['a free ends mapping', raises(() => 2 ** 40), 'a 0 200000; f 0; a 1 150000', undefined],
    ['a small free ends mapping', raises(() => 2 ** 40), 'a 0 150000; f 0; a 1 200000', undefined],
    [
      'a free ends the mapping of what is larger than it',
      {
        ...raises(() => 131_080),
        isMappedMalloc: (heap, block) =>
          block >= heap.mmapThreshold && !(heap.mmapThreshold > 131_072 && block > 200_000),
      },
      'a 0 150000; f 0; a 1 200000',
      undefined,
    ],
    [
      'realloc of a calloc maps from the page on, and of a malloc',
      { isMappedRealloc: (_, block) => block > 4096 },
      'c 0 1 100; r 0 5000',
      undefined,
    ],
    [
      'realloc maps from the page on',
      { isMappedRealloc: (_, block) => block > 4096 },
      'a 0 100; r 0 5000',
      undefined,
    ],
    ['a move copies a word less', copies((kept) => kept - 8), 'a 0 32; a 1 1; r 0 200', undefined],
    [
      'a move copies the new size',
      copies((_, need) => need),
      'a 0 8; a 1 1; r 0 200000',
      'copies-new-size',
    ],
    [
      'a move copies a page more',
      copies((kept) => kept + 4096),
      'a 0 130000; a 1 900; r 0 130500',
      undefined,
    ],
    ['a move copies half', copies((kept) => kept >>> 1), 'a 0 32; a 1 1; r 0 200', undefined],
    ['a move copies nothing', copies(() => 0), 'a 0 32; a 1 1; r 0 200', undefined],
    ['calloc zeroes nothing', zeroes(() => 0), `${DIRTY}c 0 10 10`, undefined],
    ['calloc zeroes half', zeroes((length) => length >>> 1), `${DIRTY}c 0 10 10`, undefined],
    ['calloc zeroes a word less', zeroes((length) => length - 8), `${DIRTY}c 0 3 8`, undefined],
    ['calloc zeroes one word alone', zeroes(() => 8), `${DIRTY}c 0 3 8`, undefined],
    [
      'realloc never grows in place',
      { growBlock: () => 'move' },
      'a 0 8; r 0 16',
      'never-grows-in-place',
    ],
    [
      'realloc moves what grows past a page',
      {
        growBlock: (heap, block, need) =>
          need > 4096 ? 'move' : soundParts.growBlock(heap, block, need),
      },
      'a 0 8; r 0 5000',
      undefined,
    ],
    [
      'a shrinking block keeps its size',
      { isWorthSplitting: () => false },
      'a 0 400; r 0 8',
      undefined,
    ],
    [
      'nothing is coalesced',
      { coalesceAll: () => {} },
      'a 0 8; a 1 8; f 0; f 1; a 2 40',
      undefined,
    ],
  ])('%s', async (_, parts, trace, cause) => {
    const target = createSimulatedTarget({ name: 'one part', parts: { ...soundParts, ...parts } });
    const { findings } = await replay(target, readTraceFile(trace, 'trace'), 'trace');
    expect(findings.length).toBeGreaterThan(0);
    const named = new Set(findings.flatMap((each) => each.cause?.name ?? []));
    expect([...named]).toEqual(cause === undefined ? [] : [cause]);
  });
});
