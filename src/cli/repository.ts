// C files as they are shown where others look: by their paths from the root of the repository, as GitHub and
// code scanning want them.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { OperatingError } from '../contract/operating-error.ts';
import type { SourceText } from '../report/source-place.ts';
import { findSources } from '../target/native-sources.ts';
import { commonFolder } from '../target/source-lines.ts';
import type { Io } from './io.ts';
import type { Choice } from './targets.ts';

/** The text of the C files of a target; none where it is not in C, nor where it cannot be read: that is told
 * by whoever compiles it. */
export function sourcesOf({ sources = [] }: Choice, { cwd, env = {} }: Io): SourceText[] {
  const { GITHUB_WORKSPACE: workspace = '' } = env;
  const root = workspace === '' ? rootOf(cwd) : workspace;
  const files = filesOf(sources);
  const folder = commonFolder(files);
  return files.flatMap((file) => {
    const text = textOf(file);
    const path = pathFrom(resolve(cwd, root), file);
    return text === undefined ? [] : [{ path, file: relative(folder, file), text }];
  });
}

function filesOf(sources: readonly string[]): readonly string[] {
  try {
    return sources.length === 0 ? [] : findSources(sources).files;
  } catch (error) {
    if (error instanceof OperatingError) return [];
    throw error;
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The nearest folder above that is a repository; the working directory where there is none. */
function rootOf(cwd: string): string {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (folder === dirname(folder)) return cwd;
  }
}

/** Absolute where it lies outside. */
function pathFrom(root: string, file: string): string {
  const path = relative(root, file);
  const isOutside = path.startsWith('..') || isAbsolute(path);
  return (isOutside ? file : path).split(sep).join('/');
}
