// The bytes that a violation is about, as a drawing marks them: taken from the evidence of the step where there is any,
// else from the addresses in the sentence.

import { describe, expect, test } from 'vitest';
import { osmem } from '../src/contract/osmem.ts';
import { Model } from '../src/oracle/model.ts';
import type { InvariantName, Violation } from '../src/oracle/violation.ts';
import { marksInSentence, marksOf } from '../src/report/marks.ts';
import { type BrokenByte, emptyWalk, type HeapWalk, type Step } from '../src/target/execution.ts';
import { calloc, malloc, type Op } from '../src/trace/op.ts';
import { stepOf } from './support/step.ts';

const START = 0x1000_0000;

function violation(invariant: InvariantName, says = 'nothing'): Violation {
  return {
    invariant,
    tier: 'safety',
    says,
    step: 0,
    opKind: 'malloc',
    cause: 'test',
    clause: 'of the test',
  };
}

const step = (op: Op, told: Partial<Step> = {}): Step => stepOf(START, { op, ...told });

/** A heap with these payloads: of slot i, the distance from heap start and the size. */
function model(...payloads: readonly (readonly [at: number, size: number])[]): Model {
  const made = new Model(osmem);
  made.begin(START);
  for (const [slot, [at, size]] of payloads.entries()) made.place(slot, START + at, size);
  return made;
}

describe('marks', () => {
  test('of an overlap are the bytes shared with each payload but its own', () => {
    const before = model([0x20, 8], [0x48, 8], [0x60, 16], [0x90, 8]);
    const told = step(calloc(0, 3, 16), { result: START + 0x20 });
    expect(marksOf(violation('disjointness'), told, before)).toEqual([
      { from: 0x48, to: 0x50, label: 'p0 and p1 share 8 bytes' },
    ]);
    const one = step(malloc(4, 0x31), { result: START + 0x18 });
    expect(marksOf(violation('disjointness'), one, before)).toEqual([
      { from: 0x20, to: 0x28, label: 'p4 and p0 share 8 bytes' },
      { from: 0x48, to: 0x49, label: 'p4 and p1 share 1 byte' },
    ]);
  });

  test.each([
    ['contents', 'contents', 0x48 + 3],
    ['zeroing', 'zeroing', 0x100 + 3],
    ['realloc-prefix', 'prefix', 0x100 + 3],
  ] as const)(
    'of %s are the broken byte, where its payload was or is',
    (invariant, check, from) => {
      const broken: BrokenByte = { slot: 1, offset: 3, expected: 0, actual: 0xab, check };
      const told = step(malloc(1, 8), { result: START + 0x100, broken: [broken] });
      expect(marksOf(violation(invariant), told, model([0x20, 8], [0x48, 8]))).toEqual([
        { from, to: from + 1, label: 'p1[3]: expected 0x00, found 0xab' },
      ]);
    },
  );

  test('say where a byte is not even mapped any more, and are no more than a drawing holds', () => {
    const broken = Array.from(
      { length: 40 },
      (_, offset): BrokenByte => ({
        slot: 0,
        offset,
        expected: 0x1f,
        actual: -1,
        check: 'contents',
      }),
    );
    const marks = marksOf(violation('contents'), step(malloc(1, 8), { broken }), model([0x20, 64]));
    expect(marks).toHaveLength(32);
    expect(marks[0]?.label).toBe('p0[0]: expected 0x1f, found unmapped');
  });

  test('of a list that breaks off are the header where it does, whole', () => {
    const heap: HeapWalk = {
      ...emptyWalk(START),
      taken: true,
      header: 32,
      flaw: 'overrun',
      flawAt: START + 0x40,
      flawSize: 999,
    };
    const marks = (walk: HeapWalk) =>
      marksOf(violation('block-list'), step(malloc(0, 8), { heap: walk }), model());
    expect(marks(heap)).toEqual([{ from: 0x40, to: 0x60, label: 'this header says 999 bytes' }]);
    expect(marks({ ...heap, flaw: '' })).toEqual([]);
    expect(marks({ ...heap, taken: false })).toEqual([]);
  });

  test.each([
    ['unknown', 'fault'],
    ['read', 'read fault'],
    ['write', 'write fault'],
  ] as const)('of a crash are the byte of the fault: %s', (access, label) => {
    const fault = { address: START + 0x77, access };
    expect(marksOf(violation('termination'), step(malloc(0, 8), { fault }), model())).toEqual([
      { from: 0x77, to: 0x78, label },
    ]);
  });

  test('are of the sentence where the step tells nothing', () => {
    const says = `[heap+0x20, heap+0x28) and heap+0x40 and 0x${(START + 0x7000_0000_0000).toString(16)}, 0x10 bytes`;
    for (const invariant of ['termination', 'placement', 'zeroing'] as const) {
      const marks = marksOf(violation(invariant, says), step(malloc(0, 8)), model());
      expect(marks.map(({ from, to }) => [from, to])).toEqual([
        [0x20, 0x28],
        [0x40, 0x41],
        [0x7000_0000_0000, 0x7000_0000_0001],
      ]);
      expect(marks[0]?.label).toBe('[heap+0x20, heap+0x28)');
    }
  });

  test('of an empty range are one byte still', () => {
    expect(marksInSentence('[heap+0x20, heap+0x20)', START)).toMatchObject([{ from: 32, to: 33 }]);
    expect(marksInSentence('16 bytes, and 0x10 of them', START)).toEqual([]);
  });
});
