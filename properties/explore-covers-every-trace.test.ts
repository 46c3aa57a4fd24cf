// Exploring visits equal states once, in parts, in any order, and yet loses no trace: what it says of all traces
// is what running all of them says.

import { describe, expect, test } from 'vitest';
import { MUTANTS, mutantTarget } from '../fuzz/mutant-list.ts';
import { examine } from '../src/check/examine.ts';
import { type Exploration, type ExploreOptions, explore } from '../src/check/explore.ts';
import { type ChunkRunner, chunkRunner } from '../src/check/explore-chunk.ts';
import { Hunter, newJudge } from '../src/check/hunt.ts';
import { cs107 } from '../src/contract/cs107.ts';
import { isoC } from '../src/contract/iso-c.ts';
import { malloclab } from '../src/contract/malloclab.ts';
import { osmem, osmemOurs } from '../src/contract/osmem.ts';
import type { SizeT } from '../src/contract/size-t.ts';
import { alphabetOf, nextOps, opOf } from '../src/generate/enumerate.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import type { Target } from '../src/target/target.ts';
import { formatTrace } from '../src/trace/notation.ts';

interface How extends Partial<ExploreOptions> {
  readonly merge?: boolean;
  readonly faults?: boolean;
  readonly sizes?: readonly SizeT[];
  readonly around?: (run: ChunkRunner) => ChunkRunner;
}

function exploring(target: Target, how: How): Promise<Exploration> {
  const { merge = true, faults, sizes, around = (run) => run, depth = 3 } = how;
  const alphabet = alphabetOf(target.contract, { faults, sizes });
  const run = around(chunkRunner(target, newJudge(target, {}), alphabet, merge));
  const hunter = new Hunter(target);
  return explore({
    alphabet,
    depth,
    run,
    width: 1,
    confirm: async (trace) => (await examine(hunter, { seed: 'explore', trace }))[0],
    ...how,
  });
}

const tracesIn = ({ levels }: Exploration): number =>
  levels.reduce((sum, { traces }) => sum + traces, 0);

describe('of the built-in', () => {
  test('the traces that merged states stand for are as many as there are', async () => {
    const how = { depth: 4, sizes: [1, 131072], faults: true };
    const merged = await exploring(createSimulatedTarget(), how);
    const all = await exploring(createSimulatedTarget(), { ...how, merge: false });
    expect(merged).toMatchObject({ verified: 4, ended: '', finding: undefined });
    expect(merged.levels.map(({ traces }) => traces)).toEqual(all.levels.map(({ runs }) => runs));
    expect(tracesIn(merged)).toBe(all.runs);
    expect(merged.runs).toBeLessThan(all.runs / 2);
  });

  test('every state that any trace leads to is met', async () => {
    const [seen, met] = [new Set<string>(), new Set<string>()];
    const noting =
      (texts: Set<string>, tell: boolean) =>
      (run: ChunkRunner): ChunkRunner =>
      async (chunk) => {
        const result = await run(chunk);
        for (const text of result.states) if (text !== '') texts.add(text);
        return tell ? result : { ...result, states: result.states.map(() => '') };
      };
    const how = { depth: 4, sizes: [1, 41, 131033] };
    await exploring(createSimulatedTarget(), { ...how, around: noting(seen, false) });
    await exploring(createSimulatedTarget(), { ...how, around: noting(met, true) });
    expect([...met].sort()).toEqual([...seen].sort());
  });

  test('parts may end in any order', async () => {
    let turn = 0;
    const late =
      (run: ChunkRunner): ChunkRunner =>
      async (chunk) => {
        const result = await run(chunk);
        for (let i = (turn++ * 7) % 5; i > 0; i--) await new Promise(setImmediate);
        return result;
      };
    const inOrder = await exploring(createSimulatedTarget(), { depth: 4 });
    const inAny = await exploring(createSimulatedTarget(), { depth: 4, width: 7, around: late });
    expect(inAny).toEqual(inOrder);
  });

  test('too many states, and a signal, end it with what was verified', async () => {
    const full = await exploring(createSimulatedTarget(), { depth: 5, mostStates: 20 });
    expect(full).toMatchObject({ verified: 2, ended: 'states', finding: undefined });
    const controller = new AbortController();
    const stopped = await exploring(createSimulatedTarget(), {
      depth: 9,
      signal: controller.signal,
      onProgress: ({ level }) => (level === 4 ? controller.abort() : undefined),
    });
    expect(stopped).toMatchObject({ verified: 3, ended: 'stopped', finding: undefined });
  });
});

/** Shortest counterexamples, worked out by hand from what each mutant does. */
const SHORTEST: Readonly<Record<string, number>> = {
  'align-wraps': 1,
  'product-wraps': 1,
  'maps-late': 1,
  'never-splits': 1,
  'realloc-by-page': 2,
  'preallocates-twice': 2,
  'mapped-first': 2,
  'inside-a-live-block': 2,
  'copies-nothing': 2,
  'leaks-freed': 2,
  'calloc-is-malloc': 3,
  'zeroes-half': 3,
  'never-coalesces': 3,
  'expands-over-live': 3,
  'merges-once': 4,
  'worst-fit': 4,
};

describe('of a mutant', () => {
  test('the shortest counterexample is found', async () => {
    const found: Record<string, number> = {};
    for (const name of Object.keys(SHORTEST)) {
      const mutant = MUTANTS.find((each) => each.name === name)!;
      const { finding, verified } = await exploring(mutantTarget(mutant), { depth: 4 });
      found[name] = finding?.trace.length ?? 0;
      expect(verified).toBe(found[name]! - 1);
    }
    expect(found).toEqual(SHORTEST);
  });

  test('merging equal states makes none longer', async () => {
    for (const mutant of MUTANTS) {
      const how = { depth: 3, faults: true, sizes: [1, 131072] };
      const merged = await exploring(mutantTarget(mutant), how);
      const all = await exploring(mutantTarget(mutant), { ...how, merge: false });
      expect(merged.finding?.trace.length, mutant.name).toBe(all.finding?.trace.length);
      expect(merged.verified, mutant.name).toBe(all.verified);
    }
  });

  test('what does not stand when it is looked into is passed by', async () => {
    const mutant = MUTANTS.find(({ name }) => name === 'calloc-is-malloc')!;
    const looked: string[] = [];
    const passed = await exploring(mutantTarget(mutant), {
      sizes: [40],
      confirm: async (trace) => {
        looked.push(formatTrace(trace));
        return undefined;
      },
    });
    expect(passed).toMatchObject({ verified: 3, finding: undefined, doubtful: looked.length });
    expect(new Set(looked).size).toBe(looked.length);
    expect(looked).not.toEqual([]);
  });
});

describe('the alphabet', () => {
  const contracts = [osmem, osmemOurs, isoC, malloclab, cs107];

  test('names a slot once: the lowest that is empty, and each that is live', () => {
    for (const contract of contracts) {
      const alphabet = alphabetOf(contract, { faults: true });
      for (const standing of [0, 0b1, 0b101, 0b110]) {
        const ops = nextOps(alphabet, standing).map((code) => opOf(alphabet, code));
        const empty = [0, 1, 2, 3].find((slot) => (standing & (1 << slot)) === 0);
        for (const { kind, slot } of ops) {
          const isLive = slot >= 0 && (standing & (1 << slot)) !== 0;
          if (kind === 'free') expect(isLive).toBe(true);
          if (kind === 'malloc' || kind === 'calloc') expect(slot).toBe(empty);
          if (kind === 'realloc' && !isLive) expect(slot).toBe(empty);
        }
        expect(new Set(ops.map((op) => formatTrace([op]))).size).toBe(ops.length);
      }
    }
  });

  test('asks for nothing that the contract leaves undefined', () => {
    for (const contract of contracts) {
      const { letters } = alphabetOf(contract, { faults: true });
      for (const { kind, size } of letters) {
        if (kind === 'calloc') expect(contract.symbols.calloc).toBeDefined();
        if (kind === 'free-null') expect(contract.freeNull).not.toBe(false);
        if (kind.startsWith('fail'))
          expect(contract.tiers ?? ['robustness']).toContain('robustness');
        if (kind === 'malloc' && size === 0) expect(contract.zeroSize).toBe('null');
        const { unasked } = contract;
        if (unasked !== undefined && size >= unasked.from) {
          expect(unasked.below !== undefined && size >= unasked.below).toBe(true);
        }
      }
      expect(letters.filter(({ kind }) => kind === 'malloc').length).toBeGreaterThan(3);
    }
  });
});
