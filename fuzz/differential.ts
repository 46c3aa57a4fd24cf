// Ours against our C: course-list.c is written to the same side of every open case as the built-in
// allocator. So step by step both must answer alike: outcome, result, syscalls and blocks, addresses
// taken from heap start, mappings by the order in which they were made.

import { osmem } from '../src/contract/osmem.ts';
import { deriveSeed } from '../src/generate/seed.ts';
import { traces } from '../src/generate/traces.ts';
import { type Address, hex } from '../src/memory/address.ts';
import type { Syscall } from '../src/memory/syscall.ts';
import { minimize } from '../src/shrink/minimize.ts';
import type { Beginning, Step } from '../src/target/execution.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import type { Target, Visitor } from '../src/target/target.ts';
import type { Trace } from '../src/trace/trace.ts';
import { corpusAllocators } from './corpora.ts';
import { type Fuzzer, isSpent, ops } from './fuzzer.ts';
import { NATIVE_BATCH } from './hunt-down.ts';
import { withNative, withoutCompiler } from './native-target.ts';
import { figure, traceLine } from './table.ts';

/** In corpus/allocators/sound. */
const TWIN = 'course-list';

export const differential: Fuzzer = {
  name: 'differential',
  about: `ours against our C (${TWIN}.c): the same results, syscalls and blocks at every step`,
  amount: ops(200_000),
  smoke: ops(10_000),
  async run({ seed, amount, say }) {
    const missing = withoutCompiler();
    if (missing !== undefined) return missing;
    const twin = corpusAllocators('sound').find(({ name }) => name === TWIN);
    if (twin === undefined) throw new Error(`corpus/allocators/sound/${TWIN}.c is gone`);
    const source = traces(deriveSeed(seed, 'differential', 0), osmem);
    return withNative(twin, async (theirs) => {
      const pair = new Pair(theirs);
      let runs = 0;
      while (!isSpent(amount, runs, pair.ops)) {
        const batch = Array.from({ length: NATIVE_BATCH }, () => source.next().value);
        const differing = await pair.firstDiffering(batch.map(({ trace }) => trace));
        runs += batch.length;
        if (differing === undefined) continue;
        const { trace } = await minimize(
          differing,
          async (candidate) => (await pair.firstDiffering([candidate])) !== undefined,
        );
        for (const line of await pair.describe(trace)) say(line);
        return outcome(false, runs, pair.ops);
      }
      return outcome(true, runs, pair.ops);
    });
  },
};

function outcome(passed: boolean, runs: number, done: number) {
  const verdict = passed ? 'no difference' : 'they differ';
  const summary = `${figure(runs)} runs, ${figure(done)} ops on both: ${verdict}`;
  return { passed, summary, figures: { runs, ops: done, differ: !passed } };
}

class Pair {
  /** Calls compared. */
  ops = 0;
  readonly #ours = createSimulatedTarget({ contract: osmem });
  readonly #theirs: Target;

  constructor(theirs: Target) {
    this.#theirs = theirs;
  }

  async firstDiffering(batch: readonly Trace[]): Promise<Trace | undefined> {
    const [ours, theirs] = await this.#tell(batch);
    return batch.find((_, index) => ours[index]?.join('\n') !== theirs[index]?.join('\n'));
  }

  /** The trace, and the first step at which the two part. */
  async describe(trace: Trace): Promise<string[]> {
    const [[ours = []], [theirs = []]] = await this.#tell([trace]);
    const at = ours.findIndex((line, index) => line !== theirs[index]);
    const step = at < 0 ? ours.length : at;
    return [
      traceLine(trace),
      `  ours   ${ours[step] ?? 'ended'}`,
      `  theirs ${theirs[step] ?? 'ended'}`,
    ];
  }

  async #tell(batch: readonly Trace[]): Promise<[string[][], string[][]]> {
    const ours = new Narrator();
    const theirs = new Narrator();
    await this.#ours.execute(batch, 'hunting', ours);
    await this.#theirs.execute(batch, 'hunting', theirs);
    this.ops += ours.calls;
    return [ours.told, theirs.told];
  }
}

/** Tells every step in words that name no absolute address. */
class Narrator implements Visitor {
  /** By trace, a line a step. */
  readonly told: string[][] = [];
  calls = 0;
  #heapStart: Address = 0;
  #heapEnd: Address = 0;
  #mappings: Address[] = [];

  begin(_trace: Trace, { heapStart }: Beginning): void {
    this.told.push([]);
    this.#heapStart = heapStart;
    this.#heapEnd = heapStart;
    this.#mappings = [];
  }

  step(step: Step): boolean {
    if (step.outcome !== 'skipped') this.calls += 1;
    const calls = step.syscalls.flatMap((call) => this.#tellCall(call));
    const broken = step.broken.length > 0 ? ' broken bytes' : '';
    this.told
      .at(-1)
      ?.push(
        `op ${step.index}: ${step.outcome}${broken} ${this.#place(step.result)} ` +
          `[${calls.join('; ')}] blocks ${blocksOf(step)}`,
      );
    return true;
  }

  end(): void {}

  /** Queries are nobody's business. */
  #tellCall(call: Syscall): string[] {
    const failed = call.error === 0 ? '' : ` = error ${call.error}`;
    if (call.name === 'mmap') {
      if (call.error === 0) this.#mappings.push(call.result);
      return [`mmap ${call.length}${failed}`];
    }
    if (call.name !== 'brk' && call.name !== 'sbrk') {
      return [`${call.name} ${this.#place(call.address)} ${call.length}${failed}`];
    }
    if (call.error === 0) this.#heapEnd += call.moved;
    return call.moved === 0 ? [] : [`break ${call.moved}${failed}`];
  }

  #place(address: Address): string {
    if (address === 0) return 'NULL';
    if (address >= this.#heapStart && address < this.#heapEnd) {
      return `heap+${hex(address - this.#heapStart)}`;
    }
    const index = this.#mappings.findLastIndex((start) => start <= address);
    const start = this.#mappings[index];
    return start === undefined ? hex(address) : `mapping ${index + 1}+${hex(address - start)}`;
  }
}

function blocksOf({ heap }: Step): string {
  if (!heap.taken) return '-';
  let text = heap.flaw;
  for (let i = 0; i < heap.count; i++) {
    text += ` ${heap.payloadSize[i]}${heap.status[i] === 0 ? ' free' : ''}`;
  }
  return text;
}
