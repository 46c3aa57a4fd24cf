// What the fuzzers take from `corpus/`: traces by folder, and the C allocators with what their headers say
// of them.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Run } from '../src/check/hunt.ts';
import { packageFolder } from '../src/cli/known-traces.ts';
import type { Contract, Symbols } from '../src/contract/contract.ts';
import { CONTRACTS } from '../src/contract/contract-file.ts';
import { osmem } from '../src/contract/osmem.ts';
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

/** As its header comment describes it. */
export interface AnyAllocator {
  /** Without `.c`; with the folder where it is not one of osmem's: `iso-c/calloc-wraps`. */
  readonly name: string;
  readonly file: string;
  readonly contract: Contract;
  readonly sound: boolean;
  /** The invariants that may catch it; empty for a sound one. */
  readonly expect: readonly string[];
  /** Of these, those that every hunt of some length shows. */
  readonly must: readonly string[];
  /** What its damage may come to break besides, and what it keeps from ever being judged. */
  readonly worse: readonly string[];
  /** That shows the defect; empty for a sound one. */
  readonly trace: string;
}

/** Those of osmem: `corpus/allocators/sound` or `…/broken`, by name. */
export function corpusAllocators(kind: 'sound' | 'broken'): AnyAllocator[] {
  return allocatorsIn(kind);
}

/** All of `corpus/allocators` that are one file: the sound ones of osmem first. */
export function anyAllocators(): AnyAllocator[] {
  return ['sound', 'broken', 'malloclab', 'cs107', 'iso-c'].flatMap(allocatorsIn);
}

function allocatorsIn(kind: string): AnyAllocator[] {
  const folder = join(packageFolder(), 'corpus', 'allocators', kind);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .sort()
    .map((name) => describe(kind, join(folder, name)));
}

function describe(kind: string, file: string): AnyAllocator {
  const text = readFileSync(file, 'utf8');
  const line = (key: string): string =>
    new RegExp(`^ \\* ${key}: (.+)$`, 'm').exec(text)?.[1] ?? '';
  const contract = CONTRACTS.find(({ name }) => name === (line('contract') || osmem.name)) ?? osmem;
  const symbols = line('symbols')
    .split(',')
    .filter((part) => part !== '')
    .map((part) => part.split('='));
  const own = basename(file, '.c');
  return {
    name: contract === osmem ? own : `${kind}/${own}`,
    file,
    contract: symbols.length === 0 ? contract : { ...contract, symbols: asSymbols(symbols) },
    sound: text.startsWith('/* allocheck: sound'),
    expect: [...wordsOf(line('expect')), ...wordsOf(line('also'))],
    must: wordsOf(line('expect')),
    worse: line('worse')
      .split('; ')
      .flatMap((part) => wordsOf(part.split(':', 1)[0] ?? '')),
    trace: line('trace'),
  };
}

function wordsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => /^[a-z-]+$/.test(word));
}

function asSymbols(entries: readonly string[][]): Symbols {
  return Object.fromEntries(entries) as unknown as Symbols;
}
