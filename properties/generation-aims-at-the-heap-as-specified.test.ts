// What sizes are aimed at is a heap of the generator's own, for speed. Were it another one than the specification's,
// the aim would be off, and nobody would see it: the allocators would only be found sound more often.

import { expect, test } from 'vitest';
import { osmemOurs } from '../src/contract/osmem.ts';
import { HeapModel } from '../src/generate/heap-model.ts';
import { EVERY_PIECE, type SearchPiece, without } from '../src/generate/pieces.ts';
import { traces } from '../src/generate/traces.ts';
import { PlacementSpec } from '../src/oracle/placement.ts';
import { requested, type Trace } from '../src/trace/trace.ts';

const rules = osmemOurs.placement!;
const RUNS = 1500;

interface Heaps {
  readonly model: string[];
  readonly spec: string[];
  calls: number;
  refused: number;
}

/** The heap after each call that is defined and can be had, as blocks with their owners. */
function replay(trace: Trace, header: number): Heaps {
  const spec = new PlacementSpec(rules, header);
  const model = new HeapModel();
  const { pageSize: page, mmapThreshold: threshold, preallocation } = rules;
  model.begin({ header, page, threshold, preallocation });
  const live = new Set<number>();
  const growths = { seen: 0, failing: new Set<number>() };
  const maps = { seen: 0, failing: new Set<number>() };
  const heaps: Heaps = { model: [], spec: [], calls: 0, refused: 0 };
  for (const op of trace) {
    const bytes = requested(op);
    const { kind, slot } = op;
    const nth = Number(op.count);
    if (kind === 'fail-sbrk') {
      growths.failing.add(growths.seen + nth);
      model.failGrowth(nth);
      continue;
    }
    if (kind === 'fail-mmap') {
      maps.failing.add(maps.seen + nth);
      model.failMap(nth);
      continue;
    }
    if (kind === 'free') {
      if (!live.delete(slot)) continue;
      spec.predict(op);
      model.release(slot);
    } else if (kind === 'malloc' || kind === 'calloc' || kind === 'realloc') {
      if (typeof bytes !== 'number' || bytes === 0 || bytes > 2 ** 32) continue;
      if (kind !== 'realloc' && live.has(slot)) continue;
      const isMapped = align8(bytes) + header >= (kind === 'calloc' ? page : threshold);
      const syscalls = isMapped ? maps : growths;
      const { result } = spec.predict(op, () => {
        syscalls.seen += 1;
        const isRefused = syscalls.failing.has(syscalls.seen);
        if (isRefused) heaps.refused += 1;
        return isRefused;
      });
      if (live.has(slot)) model.resize(slot, bytes);
      else model.allocate(slot, bytes, kind === 'calloc');
      if (result.base !== 'null') live.add(slot);
    } else continue;
    heaps.calls += 1;
    heaps.spec.push(spec.blocks.map((each) => `${each.payloadSize}:${each.owner}`).join(' '));
    const blocks = Array.from({ length: model.count }, (_, i) => i);
    heaps.model.push(blocks.map((i) => `${model.sizes[i]}:${model.owners[i]}`).join(' '));
  }
  return heaps;
}

function align8(bytes: number): number {
  return 8 * Math.ceil(bytes / 8);
}

test.each([32, 24])('the heap aimed at is the one of the specification, header %d', (header) => {
  let calls = 0;
  let refused = 0;
  for (const { index, seed, trace } of traces(`heap ${header}`, osmemOurs, 0, {
    pieces: EVERY_PIECE,
  })) {
    if (index === RUNS) break;
    const heaps = replay(trace, header);
    calls += heaps.calls;
    refused += heaps.refused;
    expect(heaps.model, seed).toEqual(heaps.spec);
  }
  expect(calls).toBeGreaterThan(40_000);
  expect(refused).toBeGreaterThan(200);
});

test('a trace that is aimed asks for a hole to the byte far more often than one that is not', () => {
  const exact = (...off: SearchPiece[]): number => {
    let fits = 0;
    const options = { pieces: without('phases', 'holes', ...off), failures: false };
    for (const { index, trace } of traces('exact', osmemOurs, 0, options)) {
      if (index === 400) break;
      fits += exactFits(trace);
    }
    return fits;
  };
  expect(exact()).toBeGreaterThan(1.5 * exact('aimed'));
});

/** Mallocs whose size is just that of a run of FREE blocks that does not end the heap. */
function exactFits(trace: Trace): number {
  const spec = new PlacementSpec(rules);
  const live = new Set<number>();
  let fits = 0;
  for (const op of trace) {
    const bytes = requested(op);
    if (op.kind === 'free' ? !live.delete(op.slot) : op.kind === 'malloc' && live.has(op.slot))
      continue;
    if (op.kind === 'malloc' && typeof bytes === 'number' && runsOf(spec).has(align8(bytes)))
      fits++;
    if (spec.predict(op).result.base !== 'null') live.add(op.slot);
  }
  return fits;
}

function runsOf({ blocks }: PlacementSpec): Set<number> {
  const runs = new Set<number>();
  let run = 0;
  for (const { owner, payloadSize } of blocks) {
    if (owner < 0) run += payloadSize + rules.headers[0]!;
    else if (run > 0) {
      runs.add(run - rules.headers[0]!);
      run = 0;
    }
  }
  return runs;
}
