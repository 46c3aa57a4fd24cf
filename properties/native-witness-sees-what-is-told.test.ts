// What the witness makes of a driver that lies, differs from itself, or is gone.

import { describe, expect, test } from 'vitest';
import { corpusAllocators } from '../fuzz/corpora.ts';
import { isoC } from '../src/contract/iso-c.ts';
import { osmem } from '../src/contract/osmem.ts';
import type { DriverProcess } from '../src/target/driver-process.ts';
import { RECORD } from '../src/target/driver-report.ts';
import { keepStep } from '../src/target/execution.ts';
import { createNativeTarget, type NativeTarget } from '../src/target/native.ts';
import { NativeStep } from '../src/target/native-step.ts';
import type { Visitor } from '../src/target/target.ts';
import { witness } from '../src/target/witness.ts';
import { Eyes } from '../src/target/witness-eyes.ts';
import { type Seen, WitnessRun } from '../src/target/witness-run.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { free, malloc } from '../src/trace/op.ts';
import { requireTool } from './support/require-tool.ts';

describe('the witness of a driver', () => {
  const layout = { heapStart: 0x10000, links: undefined };
  const trace = [malloc(0, 8), free(0)];

  /** A driver that says this, and is asked nothing. */
  function seen(say: (run: WitnessRun) => void, witnessed = true) {
    const run = new WitnessRun(trace, 7, layout as never, osmem, witnessed);
    let isTold = false;
    const write = (): void => {
      if (!isTold) queueMicrotask(() => say(run));
      isTold = true;
    };
    const driver = { pid: process.pid, attach() {}, write };
    return run.drive(driver as unknown as DriverProcess);
  }

  function words(...ints: number[]) {
    const whole = new Int32Array(64);
    whole.set(ints);
    const { buffer } = whole;
    return { ints: whole, doubles: new Float64Array(buffer), bytes: new Uint8Array(buffer) };
  }
  const END = words(1 | (RECORD.end << 24), 0);
  const skip = (index: number) => words(2 | (RECORD.step << 24), index, 1, 0);

  test('that is gone has seen nothing for sure', async () => {
    expect(await seen((run) => run.gone())).toEqual({
      steps: [],
      lie: '',
      damage: '',
      unsureFrom: 0,
    });
  });

  test('sees that a trace was ended too early, where it looks', async () => {
    const say = (run: WitnessRun) => run.record(END, 0, RECORD.end);
    expect((await seen(say)).lie).toBe('the trace was said to be over after op 0 of 2');
    expect((await seen(say, false)).lie).toBe('');
  });

  test('sees that an op was skipped that is to be run', async () => {
    const { lie, steps } = await seen((run) => {
      run.record(skip(0), 0, RECORD.step);
      run.record(END, 0, RECORD.end);
    });
    expect(lie).toBe('op 1 was said to be skipped, and is to be run');
    expect(steps).toEqual(['0 skipped']);
  });

  test('wants nothing more when it has ended', async () => {
    let late: WitnessRun | undefined;
    await seen((run) => {
      late = run;
      run.gone();
    });
    expect(late?.record(END, 0, RECORD.end)).toBe(false);
  });

  /** A malloc of 8 bytes that returned this, and nothing else. */
  function returned(result: number) {
    const record = words(5 | (RECORD.step << 24), 0);
    record.doubles[3] = result;
    return record;
  }

  test.each([
    [0, true],
    [0x50000, false],
    [0x50004, false],
  ])('knows that a trace goes on after a malloc that returned %i: %j', async (result, goesOn) => {
    const { lie, unsureFrom } = await seen((run) => {
      run.record(returned(result), 0, RECORD.step);
      run.record(END, 0, RECORD.end);
    });
    expect(lie !== '').toBe(goesOn);
    expect(unsureFrom).toBe(-1);
  });

  test('sees that a process was named that is none of the target’s', async () => {
    const { lie, steps } = await seen((run) => {
      run.record(returned(0), 0, RECORD.step);
      run.record(words(1 | (RECORD.stopped << 24), 1), 0, RECORD.stopped);
      run.gone();
    });
    expect(lie).toMatch(/^process 1, /);
    expect(steps).toHaveLength(1);
  });

  test('takes no process for the target’s that it has not started', () => {
    const eyes = new Eyes(trace, 7, osmem);
    eyes.open(process.pid, 1);
    expect(eyes.lie).toBe("process 1, which was said to be the target's, is none of those started");
    const steps = ['0 skipped'];
    eyes.end(steps);
    eyes.close();
    expect(steps).toEqual(['0 skipped']);
  });
});

describe('what is seen and what is told,', () => {
  const trace = [malloc(0, 8)];
  const plain: Seen = { steps: ['0 skipped'], lie: '', damage: '', unsureFrom: -1 };
  const skipped = keepStep(new NativeStep({ heapStart: 0x10000, links: false } as never));
  const target = (contract = osmem, isMute = false) =>
    ({
      contract,
      execute: async (_: unknown, __: unknown, sink: Visitor) => {
        sink.begin(trace, { heapStart: 0x10000 });
        if (!isMute) sink.step({ ...skipped, index: 0, outcome: 'skipped' });
        sink.end();
      },
    }) as unknown as NativeTarget;
  /** Answers in turn: witnessed, told, told again. */
  const saying = (...answers: readonly Partial<Seen>[]) => {
    const left = answers.map((each) => ({ ...plain, ...each }));
    return { observe: async () => left.shift() } as unknown as NativeTarget;
  };
  const other = { steps: [`0 returned ${'9'.repeat(300)}`] };

  test.each([
    ['that are the same', [{}, {}], { kind: 'agrees', says: '', traces: 1 }],
    ['where the kernel shows a lie', [{ lie: 'x' }], { kind: 'forged', says: 'x', traces: 0 }],
    ['that differ each time alike', [{}, other, other], { kind: 'forged', traces: 0 }],
    ['that differ from run to run', [{}, other, {}], { kind: 'unlike', traces: 0 }],
    ['of which one has more', [{}, { steps: ['0 skipped', '1 x'] }, {}], { kind: 'unlike' }],
    ['with a payload over a header', [{ damage: 'd' }, {}], { kind: 'unlike', says: 'd' }],
    ['that differ where nothing is sure', [{ unsureFrom: 0 }, other], { kind: 'unlike' }],
  ])('%s, are a testimony of their own', async (_, answers, testimony) => {
    expect(await witness(target(), saying(...answers), [trace])).toMatchObject(testimony);
  });

  test('where it usually goes otherwise, are unlike, and said in a line that is not long', async () => {
    const { kind, says } = await witness(target(osmem, true), saying(other, other), [trace]);
    expect(kind).toBe('unlike');
    expect(says).toMatch(/^op 1 was reported as \(nothing\), and was \(0 returned 9+…\)$/);
    expect(says.length).toBeLessThan(300);
  });

  test('are not asked for where memory is real, and none is not too few', async () => {
    const agrees = { kind: 'agrees', says: '', traces: 0 };
    expect(await witness(target(isoC), saying(), [trace])).toEqual(agrees);
    expect(await witness(target(), saying(), [])).toEqual(agrees);
  });
});

test.runIf(requireTool('gcc'))('a payload of no bytes has nothing written to it', async () => {
  const [bytesForNone] = corpusAllocators('broken').filter(
    ({ name }) => name === 'zero-size-gives-a-block',
  );
  const files = [bytesForNone?.file ?? ''];
  const target = await createNativeTarget({ files, contract: osmem });
  const own = await createNativeTarget({ files, contract: osmem, isolation: 'fork' });
  try {
    const trace = parseTrace('a 0 58; f 0; a 0 0; a 1 40');
    expect(await witness(target, own, [trace])).toEqual({ kind: 'agrees', says: '', traces: 1 });
  } finally {
    await target.close();
    await own.close();
  }
});
