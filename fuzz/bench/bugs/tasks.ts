// The tasks: 40 broken C allocators, for all tools, and the seeded bugs of our own allocator, for those that can run
// TypeScript.

import { existsSync } from 'node:fs';
import { createNativeTarget } from '../../../src/target/native.ts';
import type { Target } from '../../../src/target/target.ts';
import { type AnyAllocator, anyAllocators } from '../../corpora.ts';
import { MUTANTS, mutantTarget } from '../../mutant-list.ts';
import { C_TASKS } from './c-tasks.ts';

export interface Task {
  /** As the corpus calls it; `mutant:NAME` for one of ours. */
  readonly name: string;
  /** Absent: TypeScript. */
  readonly allocator?: AnyAllocator;
  /** With `coverage` C code tells which of it runs. */
  open(coverage: boolean): Promise<{ readonly target: Target; close(): Promise<void> }>;
}

/** CPU milliseconds of one op, as in a check. */
const CPU_LIMIT_MS = 150;

export function cTasks(): Task[] {
  const all = new Map(anyAllocators().map((each) => [each.name, each]));
  return C_TASKS.map((name) => cTask(name, all.get(name)));
}

export function allTasks(): Task[] {
  return [...cTasks(), ...MUTANTS.map(mutantTask)];
}

function cTask(name: string, allocator: AnyAllocator | undefined): Task {
  if (allocator === undefined || !existsSync(allocator.file))
    throw new Error(`no allocator ${name}`);
  const { file, contract } = allocator;
  const files = [file];
  return {
    name,
    allocator,
    async open(coverage) {
      const how = { files, contract, cpuLimitMs: CPU_LIMIT_MS, coverage };
      const target = await createNativeTarget(how);
      return { target, close: () => target.close() };
    },
  };
}

function mutantTask(mutant: (typeof MUTANTS)[number]): Task {
  const open = async () => ({ target: mutantTarget(mutant), close: async () => {} });
  return { name: `mutant:${mutant.name}`, open };
}
