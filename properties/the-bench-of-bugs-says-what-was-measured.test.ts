// The parts of `npm run bench -- bugs` that can be wrong without anybody seeing it: its statistics, what it remembers of
// a run that was stopped, and the checks in C, which must be those of the judge.

import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { commandBatches, uniformBatches } from '../fuzz/bench/bugs/batches.ts';
import { C_TASKS } from '../fuzz/bench/bugs/c-tasks.ts';
import { choose, type Ranked } from '../fuzz/bench/bugs/choose.ts';
import { buildFuzzer } from '../fuzz/bench/bugs/fuzzers.ts';
import { Journal, readTrials, type Trial } from '../fuzz/bench/bugs/journal.ts';
import { Table } from '../fuzz/bench/bugs/results.ts';
import { compare, middle, within } from '../fuzz/bench/bugs/statistics.ts';
import { pathOf } from '../fuzz/bench/bugs/survival.ts';
import { allTasks, cTasks } from '../fuzz/bench/bugs/tasks.ts';
import { main } from '../fuzz/bench/main.ts';
import { type AnyAllocator, anyAllocators } from '../fuzz/corpora.ts';
import { EXIT } from '../src/cli/io.ts';
import { processIo } from '../src/cli/process-io.ts';
import { osmem } from '../src/contract/osmem.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { OP_KINDS } from '../src/trace/op.ts';
import { requireTool } from './support/require-tool.ts';

const folder = mkdtempSync(join(tmpdir(), 'allocheck-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const trialOf = (trial: number, ms?: number): Trial => ({
  tool: 'allocheck',
  task: 'first-fit',
  trial,
  capMs: 60_000,
  startMs: 1,
  ...(ms === undefined ? {} : { ms }),
});

describe('two samples', () => {
  it('are compared as the published example of the test has it', () => {
    // Mann and Whitney's U of 1..5 against 6..10 is 0 of 25; by the normal approximation p is 0.0122.
    const { a12, p } = compare([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]);
    expect(a12).toBe(1);
    expect(p).toBeCloseTo(0.0122, 3);
  });

  it('do not differ where all values are the same, also where nothing was found', () => {
    const never = Number.POSITIVE_INFINITY;
    expect(compare([never, never], [never, never])).toEqual({ a12: 0.5, p: 1 });
    expect(compare([7, 7, 7], [7, 7])).toEqual({ a12: 0.5, p: 1 });
  });

  it('count what was not found as later than all that was', () => {
    const never = Number.POSITIVE_INFINITY;
    expect(compare([1, never], [2, never]).a12).toBe(0.625); // 1 + 1 + 0 + 0.5 of 4
    expect(middle([never, 3, 5])).toBe(5);
    expect(middle([never, never, 3, 5])).toBe(never);
    expect(within([50, 100, 101, 9000, never])).toEqual([2, 3, 4, 4]);
  });
});

describe('a journal', () => {
  it('goes on after a line that was cut in half, and keeps each trial once', () => {
    const file = join(folder, 'journal.ndjson');
    new Journal(file).add(trialOf(0, 5));
    appendFileSync(file, '{"tool":"allocheck","task":"first-fit","tri');
    const again = new Journal(file);
    expect(again.find('allocheck', 'first-fit', 0)?.ms).toBe(5);
    expect(() => again.add(trialOf(0, 6))).toThrow(/measured already/);
    again.add(trialOf(1, 7));
    expect(readTrials(readFileSync(file, 'utf8')).map(({ ms }) => ms)).toEqual([5, 7]);
  });
});

describe('the results', () => {
  it('take trials after the one that found nothing for not found, and no others', () => {
    const stopped = new Table([trialOf(0, 5), trialOf(1)]);
    expect(stopped.times('allocheck', 'first-fit').filter(Number.isFinite)).toEqual([5]);
    expect(stopped.times('allocheck', 'first-fit')).toHaveLength(10);
    const underWay = new Table([trialOf(0, 5), trialOf(1, 6)]);
    expect(underWay.times('allocheck', 'first-fit')).toEqual([5, 6]);
    expect(underWay.isSolved('allocheck', 'first-fit')).toBe(false);
    const whole = new Table(Array.from({ length: 10 }, (_, trial) => trialOf(trial, 5)));
    expect(whole.isSolved('allocheck', 'first-fit')).toBe(true);
  });

  it('draw a curve that ends where the share of what was not found is', () => {
    expect(pathOf([1, Number.POSITIVE_INFINITY])).toBe('M56.0 20.0H56.0V206.0H630.0');
  });
});

describe('the tasks', () => {
  it('are forty C allocators that differ, and every mutant', () => {
    expect(new Set(C_TASKS).size).toBe(40);
    expect(cTasks().every(({ allocator }) => allocator?.sound === false)).toBe(true);
    expect(allTasks().length).toBeGreaterThan(100);
  });

  it('are the hardest, then the hardest of each invariant in turn', () => {
    const ranked = (name: string, expect: string, runs: number, ops = 1): Ranked => ({
      ...{ name, expect, runs, ops },
    });
    const never = Number.POSITIVE_INFINITY;
    const all = [
      ...[ranked('deep', 'status', never, 9), ranked('rare', 'status', never, 2)],
      ...[ranked('easy', 'zeroing', 1), ranked('plain', 'status', 3), ranked('hard', 'status', 90)],
    ];
    expect(choose(all, 2, 2)).toEqual(['deep', 'rare']);
    expect(choose(all, 4, 2)).toEqual(['deep', 'easy', 'hard', 'rare']);
  });
});

describe('the other tools', () => {
  it('make the same traces again from the same seed, and shrink by the place of the trace', async () => {
    const batches = commandBatches('seed', osmem, 'best');
    const [first, again] = [batches.take(3), commandBatches('seed', osmem, 'best').take(3)];
    expect(first).toEqual(again);
    const index = first.findIndex((trace) => trace.some(({ kind }) => kind === 'calloc'));
    const fails = async (trace: (typeof first)[number]) =>
      trace.some(({ kind }) => kind === 'calloc');
    const shrunk = await batches.shrink?.(3, index, fails, 5000);
    expect(await fails(shrunk ?? [])).toBe(true);
    expect(shrunk?.length).toBeLessThan(4);
  });

  it('are uniform in what they do', () => {
    const ops = uniformBatches('seed', osmem).take(0).flat();
    const shares = OP_KINDS.filter((kind) => kind !== 'stale-free').map(
      (kind) => ops.filter((op) => op.kind === kind).length / ops.length,
    );
    for (const share of shares) expect(share).toBeCloseTo(1 / shares.length, 1);
  });
});

/** What the harness says of the trace that its header names; undefined: nothing. */
function saidByHarness(allocator: AnyAllocator, text: string): string | undefined {
  const program = buildFuzzer('plain', allocator, folder);
  const lines = parseTrace(text).map(({ kind, slot, count, size }) =>
    [OP_KINDS.indexOf(kind), slot < 0 ? 2 ** 32 - 1 : slot, count, size].join(' '),
  );
  const file = join(folder, 'ops');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const { stdout } = spawnSync(program, ['--ops', file], { encoding: 'utf8', timeout: 10_000 });
  return /^# (\S+)$/m.exec(stdout)?.[1];
}

const named = (name: string): AnyAllocator =>
  anyAllocators().find((each) => each.name === name) as AnyAllocator;

describe.runIf(requireTool('clang') && requireTool('objcopy', 'binutils'))(
  'the checks in C',
  () => {
    it.each(['uses-mremap', 'malloclab/epilogue-lost'])(
      'object to the known trace of %s as it expects, and not to that of a sound allocator',
      (name) => {
        const broken = named(name);
        expect(broken.expect).toContain(saidByHarness(broken, broken.trace));
        const sound = named(name.includes('/') ? 'malloclab/explicit-list' : 'course-list');
        expect(saidByHarness(sound, broken.trace)).toBeUndefined();
      },
    );
  },
);

it('says in one line how a bench cannot be asked for', async () => {
  const said: string[] = [];
  const io = { ...processIo(), stdout() {}, stderr: (text: string) => void said.push(text) };
  expect(await main(['bugs', '--colour', 'red'], io)).toBe(EXIT.error);
  expect(await main(['bugs', '--cap', '5runs'], io)).toBe(EXIT.error);
  expect(said).toHaveLength(2);
  expect(said[0]).toMatch(/^bench: .*--colour.*\n$/);
  expect(said[1]).toMatch(/^bench: --cap 5runs .*\n$/);
});
