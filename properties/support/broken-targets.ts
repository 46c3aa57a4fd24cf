// Targets with a known bug, and targets that a test can steer, for the claims about campaigns.

import { type AllocatorParts, soundParts } from '../../src/allocator/parts.ts';
import { osmemOurs } from '../../src/contract/osmem.ts';
import type { Beginning, Step } from '../../src/target/execution.ts';
import { createSimulatedTarget } from '../../src/target/simulated.ts';
import type { Density, Target, Visitor } from '../../src/target/target.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { stepOf } from './step.ts';

const BUGS: Readonly<{ [name: string]: Partial<AllocatorParts> }> = {
  'never-splits': { isWorthSplitting: () => false },
  'leaks-mappings': { releaseMapping: () => {} },
  'copies-new-size': { copyPayload: (heap, to, from, _, need) => heap.memory.copy(to, from, need) },
  'splits-too-early': { isWorthSplitting: (rest) => rest >= 32 },
};

export function brokenTarget(name: string): Target {
  const bug = BUGS[name];
  if (bug === undefined) throw new Error(`no bug ${name}`);
  return createSimulatedTarget({ name, parts: { ...soundParts, ...bug } });
}

const HEAP: Beginning = { heapStart: 0x1000 };

/** Calls return NULL and no memory is owed, save where `crashes` says so of the n-th trace executed. */
export function scriptedTarget(
  crashes: (density: Density, execution: number, trace: Trace) => boolean,
  outcome: Step['outcome'] = 'crashed',
): Target {
  let executions = 0;
  const run = (trace: Trace, density: Density, visitor: Visitor): void => {
    executions += 1;
    const crash = crashes(density, executions, trace);
    visitor.begin(trace, HEAP);
    for (const [index, op] of trace.entries()) {
      const ends = crash && index === trace.length - 1;
      const told = { index, op, outcome: ends ? outcome : 'skipped', detail: 'scripted' } as const;
      if (!visitor.step(stepOf(HEAP.heapStart, told))) break;
    }
    visitor.end();
  };
  return {
    name: 'scripted',
    contract: osmemOurs,
    execute: async (traces, density, visitor) => {
      for (const trace of traces) run(trace, density, visitor);
    },
    close: async () => {},
  };
}
