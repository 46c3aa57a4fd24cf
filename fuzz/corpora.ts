// What the fuzzers take from `corpus/`: traces by folder, and the C allocators with what their headers say
// of them.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Run } from '../src/check/hunt.ts';
import { packageFolder } from '../src/cli/known-traces.ts';
import { listTraceFiles, readText } from '../src/corpus/store.ts';
import { readTraceFile } from '../src/trace/trace-file.ts';

/** The traces of `corpus/NAME`, in order; none if there is no such folder. */
export function corpusTraces(name: string): Run[] {
  const folder = join(packageFolder(), 'corpus', name);
  if (!existsSync(folder)) return [];
  return listTraceFiles(folder).map((file) => {
    const { trace } = readTraceFile(readText(file), file);
    return { seed: `${name}/${basename(file)}`, trace };
  });
}

export interface CorpusAllocator {
  /** Without `.c`. */
  readonly name: string;
  readonly file: string;
  /** The invariants that must catch it; empty for a sound one. */
  readonly expect: readonly string[];
}

/** `corpus/allocators/sound` or `…/broken`, by name. */
export function corpusAllocators(kind: 'sound' | 'broken'): CorpusAllocator[] {
  const folder = join(packageFolder(), 'corpus', 'allocators', kind);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.c'))
    .sort()
    .map((file) => {
      const path = join(folder, file);
      return { name: basename(file, '.c'), file: path, expect: expectedOf(path) };
    });
}

/** The words of the header comment's `expect:` line. */
function expectedOf(file: string): string[] {
  const found = /^[ *]*expect:[ \t]*(.+)$/m.exec(readFileSync(file, 'utf8'));
  return (found?.[1] ?? '').split(/[\s,]+/).filter((word) => /^[a-z-]+$/.test(word));
}
