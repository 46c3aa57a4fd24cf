// C allocators of the corpus as targets, where this machine can compile them. A machine without gcc skips
// what needs it and says so; with ALLOCHECK_REQUIRE_ALL=1, as in CI, skipping is failing.

import { spawnSync } from 'node:child_process';
import { createNativeTarget } from '../src/target/native.ts';
import type { Target } from '../src/target/target.ts';
import type { AnyAllocator } from './corpora.ts';
import type { FuzzReport } from './fuzzer.ts';

export function hasCompiler(): boolean {
  return spawnSync('gcc', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** The report of a fuzzer that needs gcc where there is none; undefined where there is. */
export function withoutCompiler(): FuzzReport | undefined {
  if (hasCompiler()) return undefined;
  const required = isEverythingRequired();
  return {
    passed: !required,
    summary: required ? 'gcc is missing, and everything is required' : 'SKIPPED, gcc is missing',
    figures: { skipped: true },
  };
}

export function isEverythingRequired(): boolean {
  const { ALLOCHECK_REQUIRE_ALL } = process.env;
  return ALLOCHECK_REQUIRE_ALL === '1';
}

/** CPU milliseconds of one op, as in a check: a call takes microseconds, and a shrink meets the limit often. */
const CPU_LIMIT_MS = 150;

/** Runs `use` with the allocator compiled and started, and closes it. With `coverage` it tells which code ran. */
export async function withNative<T>(
  allocator: AnyAllocator,
  use: (target: Target) => Promise<T>,
  coverage = false,
): Promise<T> {
  const { file, name, contract } = allocator;
  const target = await createNativeTarget({
    files: [file],
    contract,
    name,
    cpuLimitMs: CPU_LIMIT_MS,
    coverage,
  });
  try {
    return await use(target);
  } finally {
    await target.close();
  }
}
