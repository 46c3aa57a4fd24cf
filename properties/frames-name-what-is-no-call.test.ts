// A view has frames that are no call of the trace: the allocator's init before it, and the last look at all payloads
// after it. And a call that does not come back is said to end as it did.

import { describe, expect, test } from 'vitest';
import type { Contract } from '../src/contract/contract.ts';
import { osmemOurs } from '../src/contract/osmem.ts';
import { framesOf } from '../src/report/frames.ts';
import type { Step } from '../src/target/execution.ts';
import type { Target } from '../src/target/target.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { stepOf } from './support/step.ts';

const START = 0x1000;
const TRACE = parseTrace('f -1; f -1');

/** Tells these steps of every trace, whatever it is. */
function telling(steps: readonly Partial<Step>[], contract: Contract): Target {
  return {
    name: 'told',
    contract,
    execute: async (traces, _density, visitor) => {
      for (const trace of traces) {
        visitor.begin(trace, { heapStart: START });
        for (const each of steps) if (!visitor.step(stepOf(START, each))) break;
        visitor.end();
      }
    },
    close: async () => {},
  };
}

function view(steps: readonly Partial<Step>[], contract = osmemOurs) {
  return framesOf(telling(steps, contract), { name: 'told', trace: TRACE });
}

const withInit = (init: string): Contract => ({
  ...osmemOurs,
  symbols: { ...osmemOurs.symbols, init },
});

describe('frames', () => {
  test('begin with the init where there is one, by its name, and end with the last look', async () => {
    const steps = [{ index: -1 }, { index: 0 }, { index: 1 }, { index: 2 }];
    const seen = await view(steps, withInit('mm_init'));
    expect(seen.calls).toEqual([
      'mm_init()',
      'os_free(NULL)',
      'os_free(NULL)',
      'all live payloads are read once more',
    ]);
    expect(seen.ops.map((op) => op === '')).toEqual([true, false, false, true]);
    expect([seen.first, seen.rest, seen.decisive]).toEqual([-1, 0, 3]);
    expect((await view(steps)).calls[0]).toBe('init()');
  });

  test.each([
    ['crashed', 'SIGSEGV', 'crashed: SIGSEGV'],
    ['hung', '', 'hung'],
    ['exited', 'exit status 3', 'exited: exit status 3'],
  ] as const)('say that a call %s, and end there', async (outcome, detail, ending) => {
    const seen = await view([{ index: 0, outcome, detail }, { index: 1 }]);
    expect(seen.endings).toEqual({ 0: ending });
    expect([seen.ops.length, seen.rest, seen.results]).toEqual([1, 1, [null]]);
    expect(seen.violations.map(({ invariant, frame }) => [invariant, frame])).toEqual([
      ['termination', 0],
    ]);
  });
});
