// Where submissions lie while they are graded: private, and gone afterwards. What a run that was killed
// left behind is removed by the next.

import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperatingError } from '../contract/operating-error.ts';

const PREFIX = 'allocheck-grade-';
/** For us; others may go through it, not look round: in the sandbox programs are run as nobody. */
const PASSABLE = 0o711;

export class WorkFolder {
  readonly folder: string;
  #count = 0;

  /** Throws an OperatingError. */
  constructor(parent = tmpdir()) {
    removeStale(parent);
    try {
      this.folder = mkdtempSync(join(parent, `${PREFIX}${process.pid}-`));
      chmodSync(this.folder, PASSABLE);
      mkdirSync(this.cache, { mode: PASSABLE });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new OperatingError(`cannot make a temporary folder in ${parent}: ${code}`);
    }
  }

  /** For what is compiled, whosever it is. */
  get cache(): string {
    return join(this.folder, 'cache');
  }

  /** A folder with an empty `in` and `tmp`; all paths are of one length, so that none depends on the order. */
  next(): string {
    this.#count += 1;
    const folder = join(this.folder, String(this.#count).padStart(6, '0'));
    mkdirSync(folder, { mode: PASSABLE });
    mkdirSync(join(folder, 'tmp'), { mode: PASSABLE });
    mkdirSync(join(folder, 'in'), { mode: 0o700 });
    return folder;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Of processes that are gone. */
function removeStale(parent: string): void {
  let names: string[] = [];
  try {
    names = readdirSync(parent).filter((name) => name.startsWith(PREFIX));
  } catch {
    return;
  }
  for (const name of names) {
    const pid = Number(/^allocheck-grade-(\d+)-/.exec(name)?.[1] ?? 0);
    if (pid === 0 || isAlive(pid)) continue;
    try {
      removeFolder(join(parent, name));
    } catch {
      // It is somebody else's.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
