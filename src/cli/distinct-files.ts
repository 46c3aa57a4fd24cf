// No output may overwrite another, or what the command reads: found out before anything is opened.

import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { OperatingError } from '../contract/operating-error.ts';
import type { Settings } from './options.ts';

const OUTPUTS = ['json', 'html', 'junit', 'sarif', 'coverage'] as const;

/** `inputs` are arguments as they were given; those that are no files do not matter. Throws an OperatingError. */
export function keepApart(settings: Settings, inputs: readonly string[], cwd: string): void {
  const owners = new Map<string, string>();
  for (const input of inputs) {
    const path = pathOf(input, cwd);
    if (statOf(path)?.isFile()) owners.set(path, 'what is read');
  }
  for (const name of OUTPUTS) {
    const file = settings[name];
    if (file === undefined || (file === '-' && name === 'json')) continue;
    const path = pathOf(file, cwd);
    if (statOf(path)?.isFile() === false) continue; // devices and pipes bear it, folders are refused later
    const owner = owners.get(path);
    if (owner !== undefined) {
      throw new OperatingError(
        `--${name} ${file} would overwrite ${owner}: give it a file of its own`,
      );
    }
    owners.set(path, `--${name}`);
  }
}

/** Links are followed; a file that is not there yet is known by its folder. */
function pathOf(name: string, cwd: string): string {
  const path = resolve(cwd, name);
  return realOf(path) ?? join(realOf(dirname(path)) ?? dirname(path), basename(path));
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function statOf(path: string): { isFile(): boolean } | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
