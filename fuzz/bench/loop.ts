// The plain C loop, loop.c, made into a program with an allocator, and the traces that it reads.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../src/cli/known-traces.ts';
import { BATCH_HEAD, encodeBatch } from '../../src/target/driver-batch.ts';
import { EDGE, LARGE, STRIDE, WHOLE, WIDE_STRIDE } from '../../src/target/payload.ts';
import type { Trace } from '../../src/trace/trace.ts';

/** Below the package's folder. */
export const ALLOCATOR = 'corpus/allocators/sound/course-list.c';
/** Which bytes of a payload are looked at: src/target/payload.ts. */
export const HUNTING: Readonly<Record<string, number>> = {
  WHOLE,
  EDGE,
  STRIDE,
  LARGE,
  WIDE_STRIDE,
};
export const WHOLLY = { ...HUNTING, WHOLE: 2 ** 40 };

/** As the loop's program takes them. */
export function writeBatch(path: string, traces: readonly Trace[]): void {
  const manner = { density: 'hunting', careful: false } as const;
  writeFileSync(path, encodeBatch(traces, 0, traces.length, manner));
}

/** The allocator with the loop, as optimized as allocheck has them: the target -O1, its driver -O2. */
export function compileLoop(
  folder: string,
  name: string,
  compiler: string,
  flags: readonly string[],
  sampling = HUNTING,
): string {
  const defines = Object.entries({ ...sampling, BATCH_HEAD }).map(
    ([key, value]) => `-D${key}=${value}ul`,
  );
  const root = packageFolder();
  const common = ['-w', '-g', '-fno-builtin', '-fno-strict-aliasing', ...flags, ...defines];
  const include = `-I${join(root, 'src/target/include/osmem')}`;
  const objects = [
    ['-O1', join(root, ALLOCATOR), '-Dsbrk=bench_sbrk'],
    ['-O2', join(root, 'fuzz/bench/loop.c')],
  ].map(([level = '', file = '', ...own], i) => {
    const object = join(folder, `${name}${i}.o`);
    execFileSync(compiler, ['-c', level, ...common, ...own, include, '-o', object, file]);
    return object;
  });
  const program = join(folder, name);
  execFileSync(compiler, [...flags, '-o', program, ...objects]);
  return program;
}
