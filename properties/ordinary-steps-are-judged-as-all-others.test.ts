// The judge has a short way for ordinary steps (oracle/routine.ts). It must never let pass what an
// invariant objects to, nor lose count: with it and without it, every execution gets the same violations.

import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { MUTANTS } from '../fuzz/mutants/index.ts';
import type { Contract } from '../src/contract/contract.ts';
import { osmem } from '../src/contract/osmem.ts';
import { traces } from '../src/generate/traces.ts';
import { HEAP_START } from '../src/memory/address.ts';
import { Judge } from '../src/oracle/judge.ts';
import type { InvariantName, Violation } from '../src/oracle/violation.ts';
import {
  type Beginning,
  emptyWalk,
  type HeapWalk,
  keepStep,
  type Step,
} from '../src/target/execution.ts';
import { HeapBlocks } from '../src/target/heap-blocks.ts';
import { createNativeTarget } from '../src/target/native.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import type { Target, Visitor } from '../src/target/target.ts';
import type { Trace } from '../src/trace/trace.ts';
import { requireTool } from './support/require-tool.ts';

/** Shows every step to both judges. Steps are copied, as in a target each may take the walk for its own. */
class Both implements Visitor {
  readonly short: Judge;
  readonly long: Judge;
  readonly differences: string[] = [];
  violations = 0;

  #walk = emptyWalk(HEAP_START);
  #blocks = new HeapBlocks(HEAP_START, false);

  constructor(contract: Contract) {
    this.short = new Judge(contract);
    this.long = new Judge(contract, { routine: false });
  }

  begin(_trace: Trace, beginning: Beginning): void {
    this.#walk = emptyWalk(HEAP_START);
    this.#blocks.reset();
    this.short.begin(beginning);
    this.long.begin(beginning);
  }

  step(step: Step): boolean {
    const kept = keepStep(step);
    const long = textOf(this.long.step(kept));
    const short = textOf(
      this.short.step(step.blocks === undefined ? this.#withBlocks(kept) : step),
    );
    if (short !== long) this.differences.push(`${step.index}: ${short}, not ${long}`);
    if (long !== '') this.violations += 1;
    return !this.long.over;
  }

  end(): void {}

  /** The simulator does not say what a step changed: here it is found by comparing. */
  #withBlocks(step: Step): Step {
    const before = this.#walk;
    this.#walk = step.heap;
    this.#blocks.settle();
    change(this.#blocks, before, step.heap);
    return { ...step, before, blocks: this.#blocks };
  }

  get judged(): [InvariantName, number][][] {
    return [this.short, this.long].map((judge) => [...judge.judged]);
  }
}

function change(blocks: HeapBlocks, before: HeapWalk, after: HeapWalk): void {
  const isSame = (i: number, j: number): boolean =>
    before.payloadSize[i] === after.payloadSize[j] && before.status[i] === after.status[j];
  const least = Math.min(before.count, after.count);
  let same = 0;
  while (same < least && isSame(same, same)) same++;
  let tail = 0;
  while (tail < least - same && isSame(before.count - 1 - tail, after.count - 1 - tail)) tail++;
  blocks.changed = true;
  blocks.same = same;
  blocks.removed = before.count - same - tail;
  const { taken, header, end, flaw, flawAt, flawSize } = after;
  Object.assign(blocks.frameAfter, { taken, header, end, flaw, flawAt, flawSize });
  const count = after.count - same - tail;
  blocks.added.reserve(count, false);
  blocks.added.count = count;
  for (let i = 0; i < count; i++) {
    blocks.added.offset[i] = (after.address[same + i] ?? 0) - HEAP_START;
    blocks.added.payloadSize[i] = after.payloadSize[same + i] ?? 0;
    blocks.added.status[i] = after.status[same + i] ?? 0;
  }
}

function textOf(violations: readonly Violation[]): string {
  return violations
    .map(({ invariant, cause, says }) => `${invariant}/${cause}: ${says}`)
    .join('; ');
}

async function judgeBoth(target: Target, seed: string, runs: number): Promise<Both> {
  const both = new Both(target.contract);
  const batch: Trace[] = [];
  for (const { trace, index } of traces(seed, target.contract)) {
    if (index === runs) break;
    batch.push(trace);
  }
  await target.execute(batch, 'hunting', both);
  expect(both.differences).toEqual([]);
  expect(both.judged[0]).toEqual(both.judged[1]);
  return both;
}

describe('with the short way and without it', () => {
  it('our allocator has no violation', async () => {
    const target = createSimulatedTarget({ contract: osmem });
    expect((await judgeBoth(target, 'ours', 300)).violations).toBe(0);
  });

  it('each of our mutants has the same violations', async () => {
    let violations = 0;
    for (const { name, parts } of MUTANTS) {
      const target = createSimulatedTarget({ name, parts, contract: osmem });
      violations += (await judgeBoth(target, name, 40)).violations;
    }
    expect(violations).toBeGreaterThan(MUTANTS.length);
  });

  describe.runIf(requireTool('gcc'))('in C', () => {
    const folder = new URL('../corpus/allocators/', import.meta.url).pathname;
    const targets: Target[] = [];
    afterAll(() => Promise.all(targets.map((target) => target.close?.())));

    const filesOf = (kind: string, every: number): string[] =>
      readdirSync(`${folder}${kind}`)
        .filter((_, i) => i % every === 0)
        .map((file) => `${folder}${kind}/${file}`);
    const each = 14;

    it.each([...filesOf('sound', each), ...filesOf('broken', each)])(
      'so it is with %s',
      async (file) => {
        const target = await createNativeTarget({
          files: [file],
          contract: osmem,
          cpuLimitMs: 100,
        });
        targets.push(target);
        await judgeBoth(target, 'c', 150);
      },
      60_000,
    );
  });
});
