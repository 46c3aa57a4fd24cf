// allocheck as a contender of the native bench, in a process of its own: it makes the traces, has the
// allocator run them and judges every step, as a check does. Prints `calls NANOSECONDS` of the steady
// state, and all calls. The traces are those of osmem, but for the ops that a plain C loop has no use for.

import { osmem } from '../../src/contract/osmem.ts';
import { traces } from '../../src/generate/traces.ts';
import { MEMORY_LIMIT } from '../../src/memory/address.ts';
import { Judge } from '../../src/oracle/judge.ts';
import { createNativeTarget } from '../../src/target/native.ts';
import type { Op } from '../../src/trace/op.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { Judging } from './judging.ts';

/** Requests in bytes: all sizes, but for those that no machine has; or such as stay on the heap. */
export const SIZES = { all: MEMORY_LIMIT / 8, small: 4000 } as const;
export type Sizes = keyof typeof SIZES;
/** As `check` has them. */
const BATCH = 64;
/** Before the clock of the steady state starts: the compilers of both languages have settled by then. */
const WARM_UP_SHARE = 0.25;

/** Endless: what each contender runs. */
export function* benchTraces(seed: string, sizes: Sizes): Generator<Trace, never> {
  for (const { trace } of traces(seed, osmem)) {
    yield trace.filter((op) => isPlain(op, SIZES[sizes]));
  }
  throw new Error('traces end');
}

/** Cheap, as what it costs counts against allocheck. */
function isPlain({ kind, size, count }: Op, below: number): boolean {
  if (kind === 'free') return true;
  if (typeof size !== 'number' || typeof count !== 'number') return false;
  if (kind === 'calloc') return size * count < below;
  return (kind === 'malloc' || kind === 'realloc') && size < below;
}

export async function hunt(
  file: string,
  seed: string,
  sizes: Sizes,
  runs: number,
): Promise<string> {
  const target = await createNativeTarget({ files: [file], contract: osmem });
  const judging = new Judging(new Judge(osmem));
  const source = benchTraces(seed, sizes);
  const take = (): Trace[] => Array.from({ length: BATCH }, () => source.next().value);
  let [before, started] = [0, performance.now()];
  try {
    let batch = take();
    for (let done = 0; done < runs; done += BATCH) {
      if (done <= runs * WARM_UP_SHARE) [before, started] = [judging.calls, performance.now()];
      const running = target.execute(batch, 'hunting', judging);
      await new Promise(setImmediate);
      batch = take();
      await running;
    }
    const nanoseconds = Math.round((performance.now() - started) * 1e6);
    return `${judging.calls - before} ${nanoseconds} ${judging.calls}`;
  } finally {
    await target.close();
  }
}
