// Coverage: a C target compiled so that it tells which edges of its code a trace took. It must change nothing but
// that: what is executed and judged stays the same, and so does every report for its seed.

import { describe, expect, it } from 'vitest';
import { campaign } from '../src/check/campaign.ts';
import type { Contract } from '../src/contract/contract.ts';
import { malloclab } from '../src/contract/malloclab.ts';
import { osmem } from '../src/contract/osmem.ts';
import { DEFAULT_PIECES, type Pieces, without } from '../src/generate/pieces.ts';
import { traces } from '../src/generate/traces.ts';
import { createNativeTarget } from '../src/target/native.ts';
import type { Density, Target, Visitor } from '../src/target/target.ts';
import { parseTrace } from '../src/trace/notation.ts';
import type { Trace } from '../src/trace/trace.ts';
import { requireTool } from './support/require-tool.ts';

const FED: Pieces = without('phases', 'holes');

const open = (file: string, coverage: boolean, contract: Contract = osmem) =>
  createNativeTarget({
    files: [`corpus/allocators/${file}`],
    contract,
    coverage,
    cpuLimitMs: 150,
  });

/** Everything that a target tells of the traces, and the edges of each. */
async function told(target: Target, batch: readonly Trace[], density: Density = 'hunting') {
  const steps: string[] = [];
  const edges: string[][] = [];
  let ofTrace: string[] = [];
  const visitor: Visitor = {
    begin: () => {
      ofTrace = [];
    },
    step: ({ index, outcome, result, errno, syscalls, broken, detail, heap }) => {
      const { count, end, flaw } = heap;
      const calls = syscalls.map(({ name, moved, length }) => `${name} ${moved} ${length}`);
      const said = { index, outcome, result, errno, calls, broken, detail, count, end, flaw };
      steps.push(JSON.stringify(said));
      return true;
    },
    edges: (words, from, count) => {
      ofTrace = [...words.subarray(from, from + count)].map((word) => word.toString(16));
    },
    end: () => {
      edges.push(ofTrace);
    },
  };
  await target.execute(batch, density, visitor);
  return { steps, edges };
}

const first = (count: number, contract = osmem): Trace[] => {
  const source = traces('coverage', contract);
  return Array.from({ length: count }, () => source.next().value.trace);
};

describe.runIf(requireTool('gcc'))('a target with coverage', () => {
  it.each([
    ['sound/thread-local.c', osmem],
    ['broken/dangling-list-head.c', osmem],
    ['malloclab/explicit-list.c', malloclab],
  ] as const)('does what it does without: %s', async (file, contract) => {
    const [plain, covered] = [await open(file, false, contract), await open(file, true, contract)];
    const batch = first(60, contract);
    const [before, after] = [await told(plain, batch), await told(covered, batch)];
    expect(after.steps).toEqual(before.steps);
    expect(covered.isolation).toBe(plain.isolation);
    expect(before.edges.flat()).toEqual([]);
    expect(new Set(after.edges.flat()).size).toBeGreaterThan(30);
    await Promise.all([plain.close(), covered.close()]);
  });

  it('tells the same edges of a trace whatever ran before, in another process too', async () => {
    const [one, other] = [
      await open('sound/size-bins.c', true),
      await open('sound/size-bins.c', true),
    ];
    const batch = first(40);
    const forth = (await told(one, batch)).edges;
    const back = (await told(other, batch.toReversed())).edges;
    expect(back.toReversed()).toEqual(forth);
    await Promise.all([one.close(), other.close()]);
  });

  it('tells one edge more for one branch more, and how often it was taken', async () => {
    const target = await open('sound/course-list.c', true);
    const run = async (text: string) => (await told(target, [parseTrace(text)])).edges[0] ?? [];
    const places = (edges: readonly string[]) =>
      edges.map((edge) => Number.parseInt(edge, 16) & 0xffff);
    const [few, more, mapped] = [
      await run('a 0 8'),
      await run('a 0 8; a 1 8'),
      await run('a 0 200000'),
    ];
    expect(places(few).every((edge) => places(more).includes(edge))).toBe(true);
    expect(more).not.toEqual(few);
    expect(places(mapped).some((edge) => !places(more).includes(edge))).toBe(true);
    await target.close();
  });

  it('tells nothing where everything is looked at', async () => {
    const target = await open('sound/course-list.c', true);
    expect((await told(target, first(5), 'everything')).edges).toEqual([[], [], [], [], []]);
    await target.close();
  });
});

describe.runIf(requireTool('gcc'))('a campaign with feedback', () => {
  const report = async (file: string, pieces: Pieces): Promise<unknown> => {
    const target = await open(file, pieces.has('coverage'));
    try {
      const budget = { kind: 'runs', runs: 200 } as const;
      const { elapsedMs: _, ...rest } = await campaign({ target, seed: 'again', budget, pieces });
      return { ...rest, judged: [...rest.judged] };
    } finally {
      await target.close();
    }
  };

  it.each([
    ['by code', DEFAULT_PIECES],
    ['by code and shapes', FED],
  ])('says the same again for the same seed: %s', async (_name, pieces) => {
    const once = await report('broken/forgets-the-33rd-block.c', pieces);
    expect(await report('broken/forgets-the-33rd-block.c', pieces)).toEqual(once);
    expect(once).toMatchObject({ verdict: 'failed' });
  });

  it('says nothing of a sound allocator, and runs other traces than without', async () => {
    const withIt = await report('sound/address-free-list.c', FED);
    const withoutIt = await report(
      'sound/address-free-list.c',
      without('coverage', 'feedback', 'phases', 'holes'),
    );
    expect([withIt, withoutIt]).toMatchObject([{ verdict: 'passed' }, { verdict: 'passed' }]);
    expect(withIt).not.toEqual(withoutIt);
  });
});
