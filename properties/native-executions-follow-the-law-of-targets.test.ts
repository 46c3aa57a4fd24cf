// A native target executes traces as target.ts says, bit for bit as the simulated one does, whichever
// way its memory is made new between traces.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { osmem } from '../src/contract/osmem.ts';
import { traces as endless } from '../src/generate/traces.ts';
import { ENOMEM } from '../src/memory/syscall.ts';
import { keepStep, keepWalk, type Step } from '../src/target/execution.ts';
import { createNativeTarget, type NativeOptions, type NativeTarget } from '../src/target/native.ts';
import { SimulatedTarget } from '../src/target/simulated.ts';
import type { Density } from '../src/target/target.ts';
import {
  calloc,
  failMmap,
  failSbrk,
  free,
  freeNull,
  malloc,
  type Op,
  realloc,
  staleFree,
  staleRealloc,
} from '../src/trace/op.ts';
import type { Trace } from '../src/trace/trace.ts';
import { bump, CFiles, runOn, stepsOf } from './support/c-target.ts';
import { requireTool } from './support/require-tool.ts';

const HEAP = 0x1000_0000_0000;
const MAPPINGS = 0x2000_0000_0000;
const COURSE_LIST = fileURLToPath(
  new URL('../corpus/allocators/sound/course-list.c', import.meta.url),
);

const files = new CFiles();
afterAll(() => files.remove());

const open = (file: string, more: Partial<NativeOptions> = {}): Promise<NativeTarget> =>
  createNativeTarget({ contract: osmem, ...more, files: [file] });

async function withTarget<T>(
  text: string,
  use: (target: NativeTarget) => Promise<T>,
  more: Partial<NativeOptions> = {},
): Promise<T> {
  const target = await open(files.write(text), more);
  try {
    return await use(target);
  } finally {
    await target.close();
  }
}

const run = (text: string, trace: Trace, density: Density = 'hunting'): Promise<Step[]> =>
  runOn(files.write(text), trace, { density });

function randomTraces(seed: string, count: number): Trace[] {
  const source = endless(seed, osmem);
  return Array.from({ length: count }, () => source.next().value.trace);
}

describe.runIf(requireTool('gcc'))('the same traces', () => {
  test.runIf(existsSync(COURSE_LIST))(
    'give the same steps forked, restored, and on the simulator',
    async () => {
      for (const density of ['hunting', 'everything'] as const) {
        const traces = randomTraces(`same ${density}`, 12);
        const simulated = await stepsOf(new SimulatedTarget({ contract: osmem }), traces, density);
        for (const isolation of ['fork', 'snapshot', 'auto'] as const) {
          const target = await open(COURSE_LIST, { isolation });
          expect(await stepsOf(target, traces, density)).toEqual(simulated);
          await target.close();
        }
      }
    },
  );

  test('give the same steps in another process, and in the same one again', async () => {
    const file = files.write(bump());
    const traces = randomTraces('again', 20);
    const [one, two] = [await open(file), await open(file)];
    const first = await stepsOf(one, traces);
    expect(await stepsOf(two, traces)).toEqual(first);
    expect(await stepsOf(one, traces)).toEqual(first);
    await Promise.all([one.close(), two.close()]);
  });

  test('give the same steps where links are asked for, and these are told', async () => {
    const contract = { ...osmem, links: true };
    const before = 'static struct block *last;';
    const text = bump({ before }).replace(
      'b->size = need;',
      'b->size = need; b->prev = last; b->next = (void *)-1; last = b;',
    );
    const trace = [malloc(0, 8), malloc(1, 8), malloc(2, 8)];
    const steps = await withTarget(text, async (t) => (await stepsOf(t, [trace]))[0]!, {
      contract,
    });
    expect(steps[2]!.heap).toMatchObject({
      word16: [0, HEAP, HEAP + 40],
      word24: [-1, -1, -1],
      payloadSize: [8, 8, 8],
    });
  });
});

describe.runIf(requireTool('gcc'))('memory that is new for each trace', () => {
  const counting = (counter: string): string =>
    bump({ before: counter, malloc: 'n += 8 * counter++;' });
  const traces: Trace[] = Array.from({ length: 40 }, () => [malloc(0, 8), malloc(1, 8)]);
  const sizes = (steps: Step[]): number[] => steps.at(-1)!.heap.payloadSize.slice();

  test('is so for globals and thread-local variables by a snapshot', async () => {
    for (const kind of ['', 'static ', 'static _Thread_local ']) {
      await withTarget(counting(`${kind}long counter = 1;`), async (target) => {
        const all = await stepsOf(target, traces);
        for (const steps of all) expect(sizes(steps)).toEqual([16, 24]);
        expect(target.isolation).toBe('snapshot');
      });
    }
  });

  test('is so for state that no snapshot reaches, by a fork for each, found out in time', async () => {
    const text = counting('#define counter (rand() % 7 +)').replace('counter++', 'rand() % 1000');
    await withTarget(text, async (target) => {
      const all = await stepsOf(target, traces);
      for (const steps of all) expect(steps).toEqual(all[0]);
      expect(target.isolation).toBe('fork');
    });
  });

  test('is so where a crash comes of what the trace before left behind', async () => {
    const before = 'static int calls(void) { char *c = getenv("C"); return c ? *c - 48 : 0; }';
    const text = bump({ before, malloc: 'if (calls()) abort(); if (n == 9) setenv("C", "1", 1);' });
    await withTarget(text, async (target) => {
      const all = await stepsOf(target, [[malloc(0, 9)], [malloc(0, 8)], [malloc(0, 8)]]);
      for (const steps of all) expect(steps).toMatchObject([{ outcome: 'returned' }]);
      expect(target.isolation).toBe('fork');
      expect(await stepsOf(target, [[malloc(0, 9), malloc(1, 8)]])).toMatchObject([
        [{ outcome: 'returned' }, { outcome: 'crashed', detail: 'SIGABRT' }],
      ]);
    });
  });
});

describe.runIf(requireTool('gcc'))('a call', () => {
  test('is made where its slot allows, and skipped elsewhere', async () => {
    const trace: Op[] = [
      free(0),
      malloc(0, 8),
      malloc(0, 8),
      calloc(0, 1, 8),
      realloc(1, 8),
      staleRealloc(1, 8),
      free(1),
      staleRealloc(0, 8),
      staleRealloc(1, 0),
      staleFree(1),
      staleRealloc(1, 8),
      staleRealloc(1, 8),
      freeNull(),
      realloc(0, 0),
      staleRealloc(0, 16),
      failSbrk(1),
    ];
    const steps = await run(bump(), trace);
    const made = steps.flatMap((step, i) => (step.outcome === 'returned' ? [i] : []));
    expect(made).toEqual([1, 4, 6, 10, 12, 13, 14]);
    expect(steps.map((step) => step.index)).toEqual(trace.map((_, i) => i));
    expect(steps[10]).toMatchObject({ given: HEAP + 72, result: 0, op: trace[10] });
  });

  test('fails when its turn has come, and only then', async () => {
    const trace = [failSbrk(2), failMmap(1), ...[0, 1, 2, 3, 4].map((slot) => malloc(slot, 8))];
    const steps = await run(bump(), [...trace, malloc(5, 200_000), malloc(5, 200_000)]);
    expect(steps.slice(2).map((step) => step.result !== 0)).toEqual([
      true,
      false,
      true,
      true,
      true,
      false,
      true,
    ]);
    expect(steps[3]).toMatchObject({
      errno: ENOMEM,
      syscalls: [{ name: 'sbrk', moved: 40, result: -1, error: ENOMEM }],
    });
    expect(steps[7]!.syscalls[0]).toMatchObject({ name: 'mmap', length: 200_032, result: -1 });
  });

  test('fails for a length that cannot be had', async () => {
    const text = bump({
      malloc: 'if (n == 1) n = 1UL << 31; if (n == 2) n = 0x7fffffffffffff00; ',
    });
    const steps = await run(text, [malloc(0, 1), malloc(1, 2), malloc(2, 8)]);
    expect(steps.map((step) => step.result)).toEqual([0, 0, HEAP + 32]);
    expect(steps[1]!.syscalls[0]!.length).toBe(0x7fffffffffffff20n);
    expect(steps[1]!.syscalls[0]!.error).toBe(ENOMEM);
  });

  test('reaches the same system by brk, mmap64, mremap and syscall', async () => {
    const malloc_ = `
      char *heap = sbrk(0);
      if (brk(heap + 100) || sbrk(0) != heap + 100 || brk((void *)8) == 0) abort();
      if ((char *)syscall(12, heap + 50) != heap + 50 || getpagesize() != 4096) abort();
      char *p = (char *)syscall(9, 0, 5000, 3, 34, -1, 0);
      p[4999] = 7;
      char *q = mremap(p, 5000, 20000, MREMAP_MAYMOVE);
      if (q == p || q[4999] != 7 || mremap(q, 20000, 9000, 0) != q) abort();
      if (mremap(q, 9000, 90000, 0) != MAP_FAILED || mremap(p, 4096, 1, 0) != MAP_FAILED) abort();
      if (mremap(q, 4096, 0, 0) != MAP_FAILED || mremap(q, 9000, 1UL << 40, 1) != MAP_FAILED) abort();
      if (syscall(11, q, 9000) != 0 || munmap(q + 1, 4096) == 0 || munmap(q, 0) == 0) abort();
      if (syscall(39) != getpid() || syscall(3, 999) != -1) abort();
      char *r = mmap64(0, 3 * 4096, 3, 34, -1, 0);
      munmap(r + 4096, 4096);
      r[0] = r[8192] = 1;
      if ((void *)syscall(25, r + 8192, 4096, 4096, 0) != r + 8192 || mmap(0, 0, 3, 34, -1, 0) != MAP_FAILED) abort();
      return 0;`;
    const [step] = await run(bump({ malloc: malloc_ }), [malloc(0, 8)]);
    expect(step).toMatchObject({ outcome: 'returned', result: 0, detail: '' });
    const told = step!.syscalls.map((call) => `${call.name} ${call.moved || call.length}`);
    expect(told).toEqual([
      'sbrk 0',
      'brk 100',
      'sbrk 0',
      `brk ${8 - HEAP - 100}`,
      'brk -50',
      'mmap 5000',
      'mremap 5000',
      'mremap 20000',
      'mremap 9000',
      'mremap 4096',
      'mremap 4096',
      'mremap 9000',
      'munmap 9000',
      'munmap 4096',
      'munmap 0',
      'mmap 12288',
      'munmap 4096',
      'mremap 4096',
      'mmap 0',
    ]);
  });

  test('gives the heap back and gets it again, zero', async () => {
    const text = bump({
      malloc: `
        char *p = sbrk(300000);
        memset(p, 1, 300000);
        sbrk(-300000);
        p = sbrk(300000);
        for (int i = 0; i < 300000; i++) if (p[i] && i >= 4096) abort();
        sbrk(-300000);
        munmap((void *)(((long)p + 4095) & -4096L), 4096);`,
    });
    const steps = await run(text, [malloc(0, 8), malloc(1, 5000)]);
    expect(steps.map((step) => step.outcome)).toEqual(['returned', 'returned']);
  });

  test('unmaps a page of the heap: the walk cannot be read there', async () => {
    const malloc_ = 'if (n == 9) munmap((void *)0x100000001000, 4096);';
    const steps = await run(bump({ malloc: malloc_ }), [
      malloc(0, 4040),
      malloc(1, 9000),
      malloc(2, 9),
    ]);
    expect(steps[2]!.heap).toMatchObject({ taken: true, count: 1, flaw: 'unreadable' });
    expect(steps[3]).toMatchObject({
      index: 3,
      outcome: 'skipped',
      broken: [{ slot: 1, actual: -1, check: 'contents' }],
    });
  });
});

describe.runIf(requireTool('gcc'))('a payload', () => {
  const stray = (code: string): string => bump({ malloc: `if (n == 99) { ${code} return 0; }` });

  test('that another call changed is found when it is freed, and at the end', async () => {
    const text = stray(`*((char *)${HEAP} + 32 + 5) ^= 1; *((char *)${HEAP} + 72 + 600) ^= 255;`);
    const trace = [malloc(0, 8), malloc(1, 1000), malloc(2, 99), free(0)];
    const steps = await run(text, trace);
    expect(steps[3]!.broken).toMatchObject([{ slot: 0, offset: 5, check: 'contents' }]);
    const { expected, actual } = steps[3]!.broken[0]!;
    expect(expected ^ actual).toBe(1);
    expect(steps).toHaveLength(4);
    const every = await run(text, trace, 'everything');
    expect(every[2]!.broken.map((byte) => [byte.slot, byte.offset])).toEqual([
      [0, 5],
      [1, 600],
    ]);
  });

  test('that is changed to the last is found by the check at the end', async () => {
    const text = stray(`*((char *)${HEAP} + 32) ^= 1;`);
    const steps = await run(text, [malloc(0, 8), malloc(1, 99)]);
    expect(steps[2]).toMatchObject({ index: 2, op: { slot: 1 }, outcome: 'skipped' });
    expect(steps[2]!.broken).toMatchObject([{ slot: 0, offset: 0, check: 'contents' }]);
  });

  test('of calloc that is not zero, of realloc that is not kept', async () => {
    const text = bump({ realloc: 'if (n == 64) return os_malloc(64);' }).replace(
      'memset(p, 0, m * n)',
      '(memset(p, 0, m * n), ((char *)p)[m * n - 1] = 3, p)',
    );
    const trace = [calloc(0, 3, 11), malloc(1, 40), realloc(1, 64), calloc(2, 1, 200_000)];
    const steps = await run(text, trace);
    expect(steps[0]!.broken).toEqual([
      { slot: 0, offset: 32, expected: 0, actual: 3, check: 'zeroing' },
    ]);
    expect(steps[2]!.broken).toMatchObject([{ slot: 1, offset: 0, check: 'prefix' }]);
    expect(steps[3]!.broken).toMatchObject([{ slot: 2, offset: 199_999, check: 'zeroing' }]);
  });

  test('that nobody can use ends the trace', async () => {
    const results = {
      misaligned: '(char *)sbrk(64) + 1',
      'past the break': '(char *)sbrk(64) + 8192',
      'nowhere mapped': '(void *)0x7000',
      'half mapped': '(char *)sbrk(4096) + 4096 - 48',
    };
    for (const result of Object.values(results)) {
      const text = bump({ malloc: `if (n == 99) return ${result};` });
      const steps = await run(text, [malloc(0, 99), malloc(1, 8)]);
      expect(steps.map((step) => step.outcome)).toEqual(['returned']);
    }
    const short = bump({ malloc: 'n &= 0xff;' });
    for (const op of [
      malloc(0, 2n ** 64n - 8n),
      malloc(0, 2 ** 47 + 8),
      calloc(0, 2 ** 33, 2 ** 33),
    ]) {
      const steps = await run(short.replace('m > SIZE_MAX / n', '0 && m'), [op, malloc(1, 8)]);
      expect(steps.length).toBe(steps[0]!.result === 0 ? 2 : 1);
    }
  });
});

describe.runIf(requireTool('gcc'))('the walk', () => {
  test('of the step before stays as it was until the next', async () => {
    const [trace] = randomTraces('walks', 1);
    await withTarget(bump(), async (target) => {
      let last: Step | undefined;
      let lastHeap: Step['heap'] | undefined;
      await target.execute([trace!], 'hunting', {
        begin: () => {},
        step: (step) => {
          if (last !== undefined) expect(keepWalk(lastHeap!)).toEqual(last.heap);
          last = keepStep(step);
          lastHeap = step.heap;
          return true;
        },
        end: () => {},
      });
    });
  });

  test('infers the header of 24 bytes, takes 32 for an unknown one, and what it is told', async () => {
    const old = bump().replace('struct block *prev, *next;', 'struct block *next;');
    const odd = bump().replace('struct block *prev, *next;', 'struct block *next; long more[3];');
    const headers = async (text: string, header?: number): Promise<number> => {
      const more = header === undefined ? {} : { header };
      return withTarget(
        text,
        async (t) => (await stepsOf(t, [[malloc(0, 8)]]))[0]![0]!.heap.header,
        more,
      );
    };
    expect(await headers(old)).toBe(24);
    expect(await headers(odd)).toBe(32);
    expect(await headers(bump(), 24)).toBe(24);
  });

  test('tells its flaw: where, and the size stored there', async () => {
    const flawed = (size: string): string =>
      bump({ free: `*(size_t *)${HEAP} = ${size};` }).replace('b->status = 0', '0');
    for (const [size, flaw, stored] of [
      ['0', 'too-small', 0],
      ['4096', 'overrun', 4096],
      ['(size_t)-1', 'overrun', 2 ** 64],
    ] as const) {
      const steps = await run(flawed(size), [malloc(0, 8), malloc(1, 8), freeNull()]);
      const heap = steps[2]!.heap;
      expect(heap).toMatchObject({ taken: true, flaw, flawAt: HEAP, flawSize: stored, count: 0 });
    }
  });

  test('is not taken while no block is on the heap', async () => {
    const steps = await run(bump(), [malloc(0, 300_000), free(0), malloc(1, 8)]);
    expect(steps.map((step) => step.heap.taken)).toEqual([false, false, true]);
    expect(steps[0]!.result).toBe(MAPPINGS + 32);
  });
});

describe.runIf(requireTool('gcc'))('an execution', () => {
  test('of a long trace arrives whole, in either way', async () => {
    const long: Op[] = [];
    for (let i = 0; i < 20_000; i++)
      long.push(i % 2 === 0 ? malloc(i % 64, 8) : free((i - 1) % 64));
    for (const isolation of ['fork', 'snapshot'] as const) {
      await withTarget(
        bump({ malloc: 'if (sbrk(0) > (void *)(0x100000000000 + 40 * 9000)) abort();' }),
        async (target) => {
          const counts: number[] = [];
          let last: Step | undefined;
          await target.execute([long], 'hunting', {
            begin: () => {},
            step: (step) => {
              last = step;
              return counts.push(step.heap.count) > 0;
            },
            end: () => {},
          });
          expect(counts).toHaveLength(18_003);
          expect(counts.at(-2)).toBe(9_001);
          expect(last).toMatchObject({ index: 18_002, outcome: 'crashed' });
          expect(await stepsOf(target, [[malloc(0, 8)]])).toMatchObject([
            [{ outcome: 'returned', result: HEAP + 32 }],
          ]);
        },
        { isolation },
      );
    }
  });

  test('goes on with the next trace when the visitor has seen enough of one', async () => {
    const trace = [malloc(0, 8), malloc(1, 8), malloc(2, 8)];
    await withTarget(bump(), async (target) => {
      const seen: string[] = [];
      await target.execute([trace, [], trace], 'hunting', {
        begin: () => seen.push('begin'),
        step: (step) => seen.push(String(step.index)) > 0 && step.index < 1,
        end: () => seen.push('end'),
      });
      expect(seen.join(' ')).toBe('begin 0 1 end begin end begin 0 1 end');
    });
  });

  test('passes on what the visitor throws, and the target can be used again', async () => {
    await withTarget(bump(), async (target) => {
      const thrown = new Error('a fault of ours');
      const failing = target.execute([[malloc(0, 8)]], 'hunting', {
        begin: () => {},
        step: () => {
          throw thrown;
        },
        end: () => {},
      });
      await expect(failing).rejects.toBe(thrown);
      expect(await stepsOf(target, [[malloc(0, 8)]])).toMatchObject([[{ outcome: 'returned' }]]);
    });
  });

  test('is refused once the target is closed', async () => {
    const target = await open(files.write(bump()));
    await target.close();
    await expect(stepsOf(target, [[malloc(0, 8)]])).rejects.toThrow('is closed');
  });

  test('ends early when it is aborted, in the middle of a hang', async () => {
    const controller = new AbortController();
    const text = bump({ malloc: 'if (n == 99) for (;;) pause();' });
    await withTarget(
      text,
      async (target) => {
        setTimeout(() => controller.abort(), 100);
        const steps = await stepsOf(target, [[malloc(0, 8)], [malloc(0, 99)], [malloc(0, 8)]]);
        expect(steps.length).toBeLessThan(3);
      },
      { signal: controller.signal },
    );
  });
});
