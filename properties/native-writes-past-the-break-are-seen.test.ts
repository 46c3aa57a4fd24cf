// Between the break and the end of its page no guard page sees a write. It is seen all the same, and what
// the break moves over is as new as the system's memory.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { osmem } from '../src/contract/osmem.ts';
import { Judge } from '../src/oracle/judge.ts';
import type { InvariantName, Violation } from '../src/oracle/violation.ts';
import type { BrokenByte, Step } from '../src/target/execution.ts';
import { createNativeTarget } from '../src/target/native.ts';
import type { Density, Target } from '../src/target/target.ts';
import { free, freeNull, malloc } from '../src/trace/op.ts';
import type { Trace } from '../src/trace/trace.ts';
import { bump, CFiles, stepsOf } from './support/c-target.ts';
import { requireTool } from './support/require-tool.ts';

/** What the allocator does besides, by the size that it is asked for. It uses 56 bytes for 24. */
const HABITS = `
  char *end = sbrk(0);
  if (n == 1) end[0] = 7;
  if (n == 2) end[0] = 0;
  if (n == 3) end[64 + 256 * 3 + 100] = 7;
  if (n == 4) { end[20] = 7; sbrk(8192); }
  if (n == 5) { end[20] = 7; sbrk(-48); }
  if (n == 6) { sbrk(96); sbrk(-48); sbrk(20000); sbrk(-4000); sbrk(-16000); sbrk(8); sbrk(-40); }
  if (n == 7) {
    char *more = sbrk(10000);
    for (int i = 0; i < 10000; i++) if (more[i] != 0) abort();
    for (int i = 0; i < 10000; i++) more[i] = 7;
    sbrk(-5000);
    more = sbrk(3);
    more = sbrk(9000);
    for (int i = 0; i < 9000; i++) if (more[i] == (char)0xC5) abort();
  }
  if (n == 8) munmap((char *)((size_t)end & -4096), 4096);
  if (n == 9) { sbrk(4096 - (size_t)end % 4096 - 40); }
`;

const files = new CFiles();
let target: Target;

const asking = (...sizes: readonly number[]): Trace => [
  malloc(0, 24),
  ...sizes.map((size, i) => malloc(1 + i, size)),
];

async function run(trace: Trace, density: Density): Promise<Step[]> {
  return (await stepsOf(target, [trace], density))[0]!;
}

const pastBreak = (step: Step): readonly BrokenByte[] =>
  step.broken.filter((broken) => broken.check === 'past-break');

function judged(steps: readonly Step[], only: readonly InvariantName[]): readonly Violation[] {
  const judge = new Judge(osmem, { only: new Set(only) });
  judge.begin({ heapStart: 0x1000_0000_0000 });
  return steps.flatMap((step) => [...judge.step(step)]);
}

describe.runIf(requireTool('gcc'))('past the break, in its page', () => {
  beforeAll(async () => {
    const file = files.write(bump({ malloc: HABITS }));
    target = await createNativeTarget({ contract: osmem, files: [file] });
  });
  afterAll(async () => {
    await target.close();
    files.remove();
  });

  test('a byte written is seen in the op that wrote it, also a zero', async () => {
    for (const [size, actual] of [
      [1, 7],
      [2, 0],
    ] as const) {
      // The break moves over the byte in the same op: it was looked at before.
      const steps = await run(asking(size), 'hunting');
      expect(pastBreak(steps[0]!)).toEqual([]);
      expect(pastBreak(steps[1]!)).toEqual([
        { slot: -1, offset: 56, expected: 0xc5, actual, check: 'past-break' },
      ]);
    }
  });

  test('one far behind the break is seen at the end of the trace, or at once where all is looked at', async () => {
    const hunted = await run([...asking(3), free(0)], 'hunting');
    expect(hunted.slice(0, -1).flatMap(pastBreak)).toEqual([]);
    expect(hunted.at(-1)).toMatchObject({ index: 3, outcome: 'skipped' });
    expect(pastBreak(hunted.at(-1)!)).toHaveLength(1);
    const whole = await run([...asking(3), malloc(2, 24)], 'everything');
    expect(pastBreak(whole[1]!)).toMatchObject([{ offset: 56 + 64 + 768 + 100 }]);
  });

  test('one that the break moved over, or away from, in the same op is seen too', async () => {
    for (const size of [4, 5]) {
      expect(pastBreak((await run(asking(size), 'hunting'))[1]!)).toMatchObject([{ offset: 76 }]);
    }
  });

  test('nothing is seen of a break that moves, of a page that was unmapped, of the end of a page', async () => {
    for (const trace of [asking(6, 24, 6), asking(9, 16, 24, 500), [...asking(6), freeNull()]]) {
      const steps = await run(trace, 'everything');
      expect(steps.map((step) => step.outcome)).toEqual(trace.map(() => 'returned'));
      expect(steps.flatMap((step) => step.broken)).toEqual([]);
    }
    const unmapped = await run(asking(8), 'everything');
    expect(unmapped[1]).toMatchObject({ outcome: 'crashed', fault: { address: 0x1000_0000_0040 } });
  });

  test('new memory is zero, in this trace and the next', async () => {
    for (const steps of await stepsOf(target, [asking(7, 7), asking(1), asking(7)])) {
      expect(steps.map((step) => step.outcome)).not.toContain('crashed');
    }
  });

  test('it is a violation of containment, which no other invariant is needed for', async () => {
    for (const trace of [asking(1), asking(2), asking(3)]) {
      const steps = await run(trace, 'hunting');
      const [violation, ...more] = judged(steps, ['containment']);
      expect(violation).toMatchObject({
        cause: 'past-break',
        tier: 'safety',
        invariant: 'containment',
      });
      expect(more).toEqual([]);
    }
    const [near] = judged(await run(asking(1), 'hunting'), ['containment']);
    expect(near?.says).toBe(
      'the byte at heap+0x38 was written (0x7), before the break was moved over it',
    );
    const [far] = judged(await run(asking(3), 'everything'), ['containment']);
    expect(far?.says).toBe(
      'the byte at heap+0x3dc was written (0x7), which is past the break at heap+0x60',
    );
  });
});
