// The simulated target: which ops it skips, what it observes, and that it never judges and never hides
// a fault of its own. The law is the comment at the head of target.ts.

import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { type AllocatorParts, soundParts } from '../src/allocator/parts.ts';
import type { Contract } from '../src/contract/contract.ts';
import { osmem, osmemOurs } from '../src/contract/osmem.ts';
import { SIZE_MAX, type SizeT } from '../src/contract/size-t.ts';
import { HEAP_START, MAPPING_START } from '../src/memory/address.ts';
import { ProcessExit } from '../src/memory/process-events.ts';
import { emptyWalk, keepStep, type Step } from '../src/target/execution.ts';
import { createSimulatedTarget, type SimulatedOptions } from '../src/target/simulated.ts';
import type { Density } from '../src/target/target.ts';
import { inferHeader, WALK_LIMIT, walkHeap } from '../src/target/walk.ts';
import {
  calloc,
  failMmap,
  failSbrk,
  free,
  freeNull,
  malloc,
  realloc,
  staleFree,
  staleRealloc,
} from '../src/trace/op.ts';
import type { Trace } from '../src/trace/trace.ts';

function stepsOf(
  trace: Trace,
  options: SimulatedOptions = {},
  density: Density = 'hunting',
): Step[] {
  const steps: Step[] = [];
  createSimulatedTarget(options).run(trace, density, {
    begin: (_, beginning) => expect(beginning.heapStart).toBe(HEAP_START),
    step: (step) => steps.push(keepStep(step)) > 0,
    end: () => {},
  });
  return steps;
}

const outcomes = (steps: readonly Step[]) => steps.map((step) => step.outcome);
const withParts = (parts: Partial<AllocatorParts>) => ({ parts: { ...soundParts, ...parts } });

describe('an op', () => {
  it('on a slot in the wrong state is skipped and changes nothing', () => {
    const steps = stepsOf([
      free(0),
      malloc(0, 8),
      malloc(0, 16),
      calloc(0, 1, 16),
      failSbrk(9),
      failMmap(9),
      free(0),
      free(0),
      freeNull(),
    ]);
    const [skipped, returned] = ['skipped', 'returned'];
    expect(outcomes(steps)).toEqual([
      skipped,
      returned,
      skipped,
      skipped,
      skipped,
      skipped,
      returned,
      skipped,
      returned,
    ]);
    expect(steps[3]?.heap).toEqual(steps[1]?.heap);
    expect(steps.map((step) => step.syscalls.length)).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('realloc on an empty slot is realloc(NULL, n); to 0 it empties the slot', () => {
    const steps = stepsOf([realloc(0, 8), realloc(0, 24), realloc(0, 0), malloc(0, 8)]);
    expect(outcomes(steps)).toEqual(['returned', 'returned', 'returned', 'returned']);
    expect(steps.map((step) => step.given)).toEqual([0, HEAP_START + 32, HEAP_START + 32, 0]);
  });

  it('that failed leaves a realloc slot live and a malloc slot empty', () => {
    const steps = stepsOf(
      [failSbrk(1), malloc(0, 8), malloc(0, 8), realloc(0, SIZE_MAX), free(0), free(0)],
      {},
      'everything',
    );
    expect(outcomes(steps).slice(1)).toEqual([
      'returned',
      'returned',
      'returned',
      'returned',
      'skipped',
    ]);
    expect(steps.map((step) => step.result !== 0)).toEqual([
      false,
      false,
      true,
      false,
      false,
      false,
    ]);
    expect(steps[1]?.errno).toBe(12);
    expect(steps[1]?.syscalls[0]).toMatchObject({ name: 'sbrk', moved: 131_072, error: 12 });
  });

  it('x mmap N makes the N-th mmap from there fail', () => {
    const steps = stepsOf([
      failMmap(2),
      malloc(0, 200_000),
      malloc(1, 200_000),
      malloc(1, 200_000),
    ]);
    expect(steps.map((step) => step.result > 0)).toEqual([false, true, false, true]);
  });
});

describe('a stale op', () => {
  const stale = (trace: Trace, options: SimulatedOptions = {}) => stepsOf(trace, options).at(-1)!;

  it('runs right after the call that freed the block, skipped ops between them or not', () => {
    expect(stale([malloc(0, 8), free(0), staleRealloc(0, 8)])).toMatchObject({
      outcome: 'returned',
      given: HEAP_START + 32,
      result: 0,
    });
    expect(stale([malloc(0, 8), realloc(0, 0), free(1), failSbrk(1), staleFree(0)])).toMatchObject({
      outcome: 'returned',
      given: HEAP_START + 32,
    });
  });

  it('is skipped after any other call, for another slot, for nothing, for a mapping', () => {
    for (const trace of [
      [malloc(0, 8), free(0), freeNull(), staleRealloc(0, 8)],
      [malloc(0, 8), free(0), staleRealloc(0, 8), staleRealloc(0, 8)],
      [malloc(0, 8), free(0), staleFree(0), staleFree(0)],
      [malloc(0, 8), malloc(1, 8), free(0), staleRealloc(1, 8)],
      [malloc(0, 8), free(0), staleRealloc(0, 0)],
      [malloc(0, 8), malloc(1, 200_000), free(1), staleRealloc(1, 8)],
      [malloc(0, 200_000), free(0), staleFree(0)],
      [malloc(0, 8), staleFree(0)],
    ]) {
      expect(stale(trace).outcome).toBe('skipped');
    }
  });

  it('is skipped where the contract does not define it, or the heap is not walked', () => {
    const { placement: _, ...bare } = osmemOurs;
    const trace = [malloc(0, 8), free(0), staleFree(0)];
    expect(stale(trace, { contract: osmem }).outcome).toBe('skipped');
    expect(stale(trace, { contract: bare }).outcome).toBe('skipped');
    const noStale: Contract = { ...osmemOurs, staleRealloc: false };
    expect(stale([malloc(0, 8), free(0), staleRealloc(0, 8)], { contract: noStale }).outcome).toBe(
      'skipped',
    );
  });
});

describe('the heap walk', () => {
  it('is not taken before the break has moved, and then shows every block and link', () => {
    const steps = stepsOf([malloc(0, 200_000), malloc(1, 20), malloc(2, 8)]);
    expect(steps[0]?.heap.taken).toBe(false);
    expect(steps[2]?.heap).toMatchObject({
      taken: true,
      header: 32,
      start: HEAP_START,
      end: HEAP_START + 131_072,
      count: 3,
      address: [0, 56, 96].map((offset) => HEAP_START + offset),
      payloadSize: [24, 8, 130_944],
      status: [1, 1, 0],
      word16: [0, HEAP_START, HEAP_START + 56],
      word24: [HEAP_START + 56, HEAP_START + 96, 0],
      flaw: '',
    });
  });

  it('shows no links where they are not asked for', () => {
    const [step] = stepsOf([malloc(0, 20)], { contract: osmem });
    expect(step?.heap.word16).toEqual([]);
  });

  it('of the step before is left alone while a step is looked at', () => {
    const walks: Step['heap'][] = [];
    const counts: number[] = [];
    createSimulatedTarget().run([malloc(0, 8), malloc(1, 8), malloc(2, 8)], 'hunting', {
      begin: () => {},
      step: (step) => {
        counts.push(walks.at(-1)?.count ?? 0);
        walks.push(step.heap);
        return true;
      },
      end: () => {},
    });
    expect(counts).toEqual([0, 2, 3]);
    expect(walks[0]).not.toBe(walks[1]);
  });

  it('assumes the first header where the break moved but no payload came of it', () => {
    const first = stepsOf(
      [malloc(0, 8)],
      withParts({ findBestFit: () => 0, growHeap: () => 0 }),
    )[0];
    expect(first?.heap).toMatchObject({ taken: true, header: 32, count: 1 });
  });

  it.each<[string, SizeT]>([
    ['overrun', 1 << 20],
    ['overrun', 131_072 - 40 - 32 + 8],
    ['overrun', SIZE_MAX],
    ['too-small', 0],
  ])('says %s of a header that cannot be', (flaw, size) => {
    const steps = stepsOf(
      [malloc(0, 8), malloc(1, 8)],
      withParts({
        markAllocated: (heap, block) => {
          soundParts.markAllocated(heap, block);
          if (heap.counters.splits === 2) heap.memory.writeSize(block, size);
        },
      }),
    );
    expect(steps[1]?.heap).toMatchObject({ flaw, flawAt: HEAP_START + 40, count: 1 });
  });

  it('ends, whatever it reads: blocks beyond a limit are not listed', () => {
    const blocks = WALK_LIMIT + 1;
    const ints = new Int32Array(blocks * 10);
    for (let block = 0; block < blocks; block++) ints[block * 10] = 8;
    const walk = emptyWalk(HEAP_START);
    const heap = { ints, index: 0, readable: blocks * 40 };
    walkHeap(walk, heap, HEAP_START, HEAP_START + blocks * 40, 32, false);
    expect([walk.flaw, walk.count]).toEqual(['too-many', WALK_LIMIT]);
  });

  it('reads 24-byte headers, where the first payload reveals them', () => {
    const { placement: _, ...bare } = osmem;
    expect(inferHeader(osmem, HEAP_START, HEAP_START + 24)).toBe(24);
    expect(inferHeader(osmem, HEAP_START, HEAP_START + 40)).toBe(32);
    expect(inferHeader(bare, HEAP_START, HEAP_START + 32)).toBe(0);
    const first = [13, 0, 1, 0, 99, 0, 0, 0, 0, 0];
    const second = [8, 0, 0, 0, 0, 0, 0, 0];
    const heap = { ints: Int32Array.from([...first, ...second]), index: 0, readable: 72 };
    const walk = emptyWalk(HEAP_START);
    walkHeap(walk, heap, HEAP_START, HEAP_START + 72, 24, true);
    expect(walk).toMatchObject({
      count: 2,
      payloadSize: [16, 8],
      status: [1, 0],
      word16: [99, 0],
      word24: [0, 0],
      flaw: '',
    });
  });

  it('says unreadable where the allocator has unmapped its own heap', () => {
    const steps = stepsOf(
      [malloc(0, 60_000), malloc(1, 8)],
      withParts({
        markAllocated: (heap, block) => {
          soundParts.markAllocated(heap, block);
          if (heap.counters.splits === 2) heap.memory.munmap(HEAP_START + 57_344, 8192);
        },
      }),
    );
    expect(steps[1]?.heap.flaw).toBe('unreadable');
    expect(steps[1]?.outcome).toBe('returned');
  });
});

describe('an allocator that ends badly', () => {
  const end = (part: Partial<AllocatorParts>, options: SimulatedOptions = {}) =>
    stepsOf([malloc(0, 8), malloc(1, 8)], { ...options, ...withParts(part) });

  it('by a wild access has crashed, at that address', () => {
    const steps = end({ findBestFit: (heap) => heap.memory.readWord(24) });
    expect(steps).toHaveLength(1);
    expect(steps[0]).toMatchObject({
      outcome: 'crashed',
      detail: 'SIGSEGV',
      fault: { address: 24, access: 'read' },
    });
  });

  it('in an endless loop has hung', () => {
    const part = {
      coalesceAll: (heap: Parameters<AllocatorParts['coalesceAll']>[0]) => {
        for (;;) heap.memory.readWord(heap.head);
      },
    };
    expect(end(part)[0]).toMatchObject({ outcome: 'hung' });
    expect(end(part, { fuel: 10 })[0]).toMatchObject({ outcome: 'hung' });
  });

  it('by an exit has exited', () => {
    const exit = () => {
      throw new ProcessExit(3);
    };
    expect(end({ growHeap: exit, findBestFit: exit })[0]).toMatchObject({
      outcome: 'exited',
      detail: 'exit status 3',
    });
  });

  it('by any other throw has crashed, and says how', () => {
    const steps = end({
      findBestFit: () => {
        throw new RangeError('no');
      },
    });
    expect(steps[0]).toMatchObject({ outcome: 'crashed', detail: 'RangeError: no' });
  });

  it('by an assertion of ours is no observation: it is thrown', () => {
    const findBestFit = () => assert.fail('a fault of the harness');
    expect(() => end({ findBestFit })).toThrow('a fault of the harness');
  });
});

describe('a result that nobody can use', () => {
  it.each([
    ['misaligned', 4],
    ['not mapped', 1 << 30],
  ])('(%s) is told, and ends the trace', (_, distance) => {
    const steps = stepsOf(
      [malloc(0, 200_000), malloc(1, 8)],
      withParts({ mapBlock: (heap, block) => soundParts.mapBlock(heap, block) + distance }),
    );
    expect(steps).toHaveLength(1);
    expect(steps[0]?.result).toBe(MAPPING_START + 32 + distance);
    expect(steps[0]?.broken).toEqual([]);
  });

  it('for more than anybody has is told, and ends the trace', () => {
    const parts = withParts({ checkedProduct: () => 8, alignPayload: () => 8 });
    expect(stepsOf([calloc(0, SIZE_MAX, 2), malloc(1, 8)], parts)).toHaveLength(1);
    expect(stepsOf([malloc(0, SIZE_MAX), malloc(1, 8)], parts)).toHaveLength(1);
  });
});

describe.each(['hunting', 'everything'] as const)('at density %s', (density) => {
  const broken = (trace: Trace, parts: Partial<AllocatorParts>) =>
    stepsOf(trace, withParts(parts), density).flatMap((step) =>
      step.broken.map(({ slot, check }) => `${step.index} ${step.outcome} p${slot} ${check}`),
    );

  it('a sound allocator breaks nothing', () => {
    const trace = [malloc(0, 5000), calloc(1, 3, 3000), realloc(0, 200_000), realloc(0, 700)];
    expect(broken(trace, {})).toEqual([]);
  });

  it('a byte of a bystander that changes is found, at the latest at the end of the trace', () => {
    const found = broken([malloc(0, 64), malloc(1, 64)], {
      markAllocated: (heap, block) => {
        soundParts.markAllocated(heap, block);
        if (heap.counters.splits === 2) heap.memory.write8(HEAP_START + 32 + 63, 0xee);
      },
    });
    const whenLate = '2 skipped p0 contents';
    const expected = density === 'hunting' ? [whenLate] : ['1 returned p0 contents', whenLate];
    expect(found).toEqual(expected);
  });

  it('bytes that realloc does not keep are found', () => {
    const trace = [malloc(0, 64), malloc(1, 8), realloc(0, 5000)];
    expect(broken(trace, { copyPayload: () => {} })).toEqual(['2 returned p0 prefix']);
  });

  it('bytes that calloc leaves are found', () => {
    const trace = [malloc(0, 3000), free(0), calloc(0, 1, 3000)];
    expect(broken(trace, { zeroPayload: () => {} })).toEqual(['2 returned p0 zeroing']);
  });

  it('a live payload that is not mapped any more is found', () => {
    const trace = [malloc(0, 200_000), malloc(1, 8), free(1)];
    const found = broken(trace, {
      markFree: (heap) => {
        heap.memory.munmap(MAPPING_START + 4096 * 4, 4096);
      },
    });
    expect(found.at(-1)).toBe('3 skipped p0 contents');
  });
});

describe('a run', () => {
  it('can be stopped by its visitor, and starts from nothing each time', async () => {
    const target = createSimulatedTarget({ name: 'mine' });
    const seen: string[] = [];
    await target.execute([[malloc(0, 8), free(0)], [malloc(3, 8)], []], 'everything', {
      begin: (trace) => seen.push(`begin ${trace.length}`),
      step: (step) => seen.push(`${step.op.kind} ${step.result - HEAP_START}`) < 0,
      end: () => seen.push('end'),
    });
    await target.close();
    expect(seen).toEqual([
      'begin 2',
      'malloc 32',
      'end',
      'begin 1',
      'malloc 32',
      'end',
      'begin 0',
      'end',
    ]);
    expect(target.name).toBe('mine');
  });

  it('counts what it cost', () => {
    const target = createSimulatedTarget();
    const trace = [malloc(0, 1000), malloc(1, 200_000), free(0), realloc(2, 100), realloc(2, 2000)];
    target.run(trace, 'hunting', { begin: () => {}, step: () => true, end: () => {} });
    expect(target.statistics).toEqual({
      calls: 5,
      syscalls: 2,
      peakHeapBytes: 131_072,
      peakLiveHeapBytes: 2000,
      peakLiveBytes: 202_000,
      splits: 3,
      merges: 2,
      moves: 0,
    });
  });

  it('takes the dynamic threshold into the contract that it is judged by', () => {
    const dynamicThreshold = { cap: 1 << 20 };
    const options = { dynamicThreshold };
    const target = createSimulatedTarget(options);
    expect(target.contract.placement?.dynamicThreshold).toBe(dynamicThreshold);
    const steps = stepsOf(
      [malloc(0, 200_000), free(0), malloc(0, 200_000), malloc(1, 150_000)],
      options,
    );
    expect(steps.map((step) => step.syscalls.map((call) => call.name).join())).toEqual([
      'mmap',
      'munmap',
      'mmap',
      'sbrk,sbrk',
    ]);
    const { placement: _, ...bare } = osmemOurs;
    expect(createSimulatedTarget({ contract: bare, ...options }).contract).toBe(bare);
  });

  it('is refused the memory above its limit', () => {
    const steps = stepsOf([malloc(0, 200_000), malloc(1, 8)], { memoryLimit: 150_000 });
    expect(steps.map((step) => step.result > 0)).toEqual([false, true]);
  });
});
