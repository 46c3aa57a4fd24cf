// Where compiled targets are kept, by their content, so that checking the same file again starts at once.
//
// A build is done in a directory of its own and renamed into the cache, so that any number of processes
// may share it.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { OperatingError } from '../contract/operating-error.ts';

/** The path of `file` in the cache entry `key`, made by `build` if it is not there. */
export async function cached(
  key: string,
  file: string,
  build: (directory: string) => Promise<void>,
): Promise<string> {
  const root = cacheRoot();
  const entry = join(root, key);
  if (existsSync(join(entry, file))) return join(entry, file);
  const directory = mkdtempSync(join(root, 'build-'));
  try {
    await build(directory);
    return join(moveInto(directory, entry), file);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Somebody else may have been faster; theirs is as good. */
function moveInto(directory: string, entry: string): string {
  try {
    renameSync(directory, entry);
  } catch (error) {
    if (!existsSync(entry)) throw new OperatingError(`cannot write ${entry}: ${String(error)}`);
  }
  return entry;
}

/** The user's cache directory, or the system's temporary one where that cannot be written. */
function cacheRoot(): string {
  const wanted = join(envPaths('allocheck', { suffix: '' }).cache, 'native');
  for (const root of [wanted, join(tmpdir(), `allocheck-${process.getuid?.() ?? 0}`)]) {
    try {
      mkdirSync(root, { recursive: true, mode: 0o700 });
      rmSync(mkdtempSync(join(root, 'probe-')), { recursive: true });
      return root;
    } catch {
      // The next one, then.
    }
  }
  throw new OperatingError(`cannot write ${wanted}: no place for compiled targets`);
}

export function hashOf(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 32);
}
