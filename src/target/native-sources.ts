// Which C or C++ files a native target consists of, and where its headers are, or which library it is:
// what the user named, made explicit. A Makefile is not run.

import { readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { OperatingError } from '../contract/operating-error.ts';
import { readSource } from './read-source.ts';

export interface NativeSources {
  /** C and C++ files, absolute, in a fixed order. */
  readonly files: readonly string[];
  /** Directories for -I, absolute, the nearest first. */
  readonly includes: readonly string[];
  /** Instead of files: the path of a shared library, or LIBC. */
  readonly library?: string;
}

/** The name for the C library that everything is linked with; its path does as well. */
export const LIBC = 'libc';

/** Directories that a submission's own allocator is not in. */
const ASIDE = new Set(['tests', 'test', 'checker', 'build', 'node_modules', '__MACOSX']);
/** Where the headers of a file in `src` may be, seen from its directory. */
const NEAR = ['.', '..', '../utils', '../include', '../src'];
const DEPTH = 4;
/** What comes with the malloc lab round an mm.c, and is not the allocator: ours stands in for it. */
const HANDOUT = new Set(
  ['mdriver', 'memlib', 'fcyc', 'fsecs', 'ftimer', 'clock', 'stree'].map((name) => `${name}.c`),
);

/**
 * What is behind `paths`: C files, one directory (its src/*.c and utils/*.c, or all of its *.c), or one library.
 * Throws an OperatingError if there is nothing to compile.
 */
export function findSources(paths: readonly string[]): NativeSources {
  if (paths.length === 0) throw new OperatingError('no C file given');
  const library = paths.find(isLibrary);
  if (library !== undefined) return findLibrary(library, paths);
  const files: string[] = [];
  const includes: string[] = [];
  for (const path of paths) {
    const full = resolve(path);
    if (stateOf(path, full).isDirectory()) {
      files.push(...sourcesIn(path, full));
      includes.push(...headerDirectories(full));
    } else {
      if (!isSource(full)) throw new OperatingError(`${path}: not a C file (.c) and no directory`);
      files.push(full);
      includes.push(...NEAR.map((near) => join(dirname(full), near)).filter(isDirectory));
    }
  }
  return { files: [...new Set(files)], includes: [...new Set(includes)] };
}

/** Whether a name is that of a shared library: `libc`, x.so, x.so.2. */
export function isLibrary(path: string): boolean {
  return path === LIBC || basename(path) === LIBC || /\.so(\.\d+)*$/.test(path);
}

function findLibrary(library: string, paths: readonly string[]): NativeSources {
  if (paths.length > 1) throw new OperatingError(`${library}: a library is a target of its own`);
  if (/^libc(-[\d.]+)?(\.so[.\d]*)?$/.test(basename(library))) {
    return { files: [], includes: [], library: LIBC };
  }
  const full = resolve(library);
  if (stateOf(library, full).isDirectory()) throw new OperatingError(`${library}: is a directory`);
  return { files: [], includes: [], library: full };
}

function sourcesIn(named: string, directory: string): string[] {
  const course = ['src', 'utils'].flatMap((name) => sourcesOf(join(directory, name)));
  const own = course.length > 0 ? course : sourcesOf(directory);
  const files = own.length > 0 ? own : subdirectories(directory).flatMap(sourcesOf);
  if (files.length === 0) throw new OperatingError(`${named}: no C files in this directory`);
  return files.filter((path) => !isIncluded(path, files));
}

/** Whether another of the files includes this one: then it is a part of that, and no unit of its own. */
function isIncluded(path: string, files: readonly string[]): boolean {
  const name = basename(path).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const line = new RegExp(`^[ \\t]*#[ \\t]*include[ \\t]*"(?:[^"\\n]*/)?${name}"`, 'm');
  return files.some((other) => other !== path && line.test(textOf(other)));
}

function textOf(path: string): string {
  try {
    return readSource(path);
  } catch {
    return '';
  }
}

function headerDirectories(directory: string): string[] {
  const likely = ['src', 'utils', 'include'].map((name) => join(directory, name));
  const withHeaders = subdirectories(directory).filter((path) =>
    namesIn(path).some((name) => name.endsWith('.h')),
  );
  return [directory, ...likely.filter(isDirectory), ...withHeaders];
}

/** All directories below, in a fixed order, tests and hidden ones left out. */
function subdirectories(directory: string, depth = DEPTH): string[] {
  if (depth === 0) return [];
  return namesIn(directory)
    .filter((name) => !name.startsWith('.') && !ASIDE.has(name))
    .map((name) => join(directory, name))
    .filter(isDirectory)
    .flatMap((path) => [path, ...subdirectories(path, depth - 1)]);
}

function sourcesOf(directory: string): string[] {
  return namesIn(directory)
    .filter(isSource)
    .map((name) => join(directory, name))
    .filter((path) => !isDirectory(path));
}

/** Whether a name is that of a file to be compiled. */
export function isSource(path: string): boolean {
  return /^[^.].*\.(c|cc|cpp|cxx)$/.test(basename(path)) && !HANDOUT.has(basename(path));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function stateOf(named: string, full: string): Stats {
  let state: Stats | undefined;
  try {
    state = statSync(full, { throwIfNoEntry: false });
  } catch (error) {
    throw new OperatingError(`${named}: ${(error as Error).message}`);
  }
  if (state === undefined) throw new OperatingError(`${named}: no such file or directory`);
  return state;
}
