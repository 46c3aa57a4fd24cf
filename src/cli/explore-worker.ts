// A thread that runs parts of an exploration, each time on the same target, which it starts with the first.

import type { ChunkResult } from '../check/explore-chunk.ts';
import { type Bench, openBench, type Task } from './explore-bench.ts';

let bench: Promise<Bench> | undefined;

export async function runTask({ wanted, chunk }: Task): Promise<ChunkResult> {
  bench ??= openBench(wanted, new AbortController().signal);
  return (await bench).run(chunk);
}
