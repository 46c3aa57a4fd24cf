// Targets that a command has started, each once however many traces ask for it, and all closed at the end.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { OperatingError } from '../contract/operating-error.ts';
import type { Outside } from '../report/reproducer-c-outside.ts';
import type { Target } from '../target/target.ts';
import type { Io } from './io.ts';
import type { Settings } from './options.ts';
import { outsideOf } from './outside.ts';
import { type Choice, chooseTargets } from './targets.ts';

export interface OpenTarget {
  readonly target: Target;
  readonly choice: Choice;
  /** Shows findings as C programs; undefined for what is not in C. */
  readonly outside: Outside | undefined;
}

export interface OpenTargets {
  /** `names` make one target (none: the built-in); files are sought in the working directory, then in
   * `folder`. Rejects with an OperatingError. */
  get(names: readonly string[], folder?: string): Promise<OpenTarget>;
  close(): Promise<void>;
}

export function openTargets(settings: Settings, io: Io): OpenTargets {
  const open = new Map<string, OpenTarget>();
  return {
    async get(names, folder = io.cwd) {
      const found = names.map((name) => locate(name, io.cwd, folder));
      const key = found.join('\n');
      const known = open.get(key);
      if (known !== undefined) return known;
      const choices = await chooseTargets(found, settings, io.cwd);
      const choice = choices[0] as Choice;
      if (choices.length > 1) {
        throw new OperatingError(`--target ${names.join(' ')} is more than one allocator`);
      }
      const target = await choice.open(io.signal);
      const started = { choice, target, outside: outsideOf(choice, target, settings, io) };
      open.set(key, started);
      return started;
    },
    async close() {
      for (const { target, outside } of open.values()) {
        outside?.close();
        await target.close();
      }
    },
  };
}

function locate(name: string, cwd: string, folder: string): string {
  const beside = resolve(folder, name);
  return !existsSync(resolve(cwd, name)) && existsSync(beside) ? beside : name;
}
