// From a submission to files in a folder of ours: copied or unpacked entry by entry, so that nothing but
// plain files below that folder comes of it, whatever an archive or a tree of links says.

import { createHash } from 'node:crypto';
import { constants, lstatSync, mkdirSync, opendirSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OperatingError } from '../contract/operating-error.ts';
import type { Submission } from './submission.ts';
import { unpackTar, unpackZip } from './unpack.ts';

/** Files of a submission, and bytes of one and of all. Real ones have a few dozen of some kilobytes. */
export const INTAKE_LIMITS = { files: 2000, fileBytes: 8 << 20, bytes: 32 << 20, depth: 16 };

/** What was taken, and what was passed over. */
export interface Intake {
  /** Of the bytes of all files, whatever they are called: the same work handed in twice has the same. */
  readonly hash: string;
  readonly files: number;
  /** Names of links and devices that were left out. */
  readonly leftOut: readonly string[];
}

/** Where each file goes: it refuses what goes astray, and counts. Throws an OperatingError. */
export class Tray {
  readonly #folder: string;
  readonly #hashes = new Map<string, string>();
  readonly #leftOut: string[] = [];
  #bytes = 0;

  /** `folder` is there, and empty. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Bytes that there is room for. */
  get room(): number {
    return Math.min(INTAKE_LIMITS.fileBytes, INTAKE_LIMITS.bytes - this.#bytes);
  }

  add(name: string, data: Buffer): void {
    const path = this.#pathOf(name);
    if (this.#hashes.has(path)) throw new OperatingError(`${shown(name)} is in it twice`);
    if (this.#hashes.size >= INTAKE_LIMITS.files)
      throw new OperatingError(`it has more than ${INTAKE_LIMITS.files} files`);
    if (data.length > this.room) throw this.tooLarge(name);
    this.#bytes += data.length;
    this.#hashes.set(path, createHash('sha256').update(data).digest('hex'));
    try {
      mkdirSync(dirname(join(this.#folder, path)), { recursive: true });
      writeFileSync(join(this.#folder, path), data, { flag: 'wx', mode: 0o644 });
    } catch (error) {
      throw new OperatingError(`${shown(name)}: ${(error as NodeJS.ErrnoException).code}`);
    }
  }

  leaveOut(name: string): void {
    this.#leftOut.push(shown(name));
  }

  tooLarge(name: string): OperatingError {
    const { fileBytes, bytes } = INTAKE_LIMITS;
    const limit = `${fileBytes >> 20} MiB for a file and ${bytes >> 20} MiB for all`;
    return new OperatingError(`${shown(name)} is too large (${limit})`);
  }

  done(): Intake {
    const hashes = [...this.#hashes.values()].sort();
    const hash = createHash('sha256').update(hashes.join()).digest('hex');
    return { hash, files: hashes.length, leftOut: this.#leftOut.slice(0, 20).sort() };
  }

  /** A path that stays below the folder on every system. */
  #pathOf(name: string): string {
    const path = name.replace(/^(\.\/)+/, '');
    const parts = path.split('/');
    const astray = path.startsWith('/') || /^[A-Za-z]:/.test(path) || parts.includes('..');
    if (astray) throw new OperatingError(`${shown(name)} leads out of it`);
    if (/[\p{Cc}\p{Cf}\\]/u.test(path)) {
      throw new OperatingError(`${shown(name)} has signs in its name that no file of C needs`);
    }
    const isLong = path.length > 1000 || parts.some((part) => Buffer.byteLength(part) > 200);
    if (isLong || parts.length > INTAKE_LIMITS.depth || parts.some((part) => part === ''))
      throw new OperatingError(`${shown(name)} is no name for a file`);
    return path;
  }
}

/** Takes the submission into the empty `folder`. Rejects with an OperatingError: the submission is refused. */
export async function takeIn(submission: Submission, folder: string): Promise<Intake> {
  const { kind, path, id } = submission;
  const tray = new Tray(folder);
  if (kind === 'folder') await copyFolder(path, '', tray, INTAKE_LIMITS.depth);
  else if (kind === 'file') tray.add(plain(id), await readPlain(path, tray, id));
  else if (kind === 'zip') await unpackZip(path, tray);
  else await unpackTar(path, tray);
  const intake = tray.done();
  if (intake.files === 0) throw new OperatingError('there is no file in it');
  return intake;
}

/** A name for a C file: the submission's own may have any signs in it. */
function plain(id: string): string {
  return id
    .replaceAll(/[^A-Za-z0-9._-]/g, '_')
    .slice(-120)
    .replace(/^\.+/, '');
}

/** Links are not followed: they may lead to other submissions, or anywhere. */
async function copyFolder(path: string, at: string, tray: Tray, depth: number): Promise<void> {
  if (depth === 0) throw new OperatingError(`${shown(at)} lies too deep`);
  for (const name of namesOf(path)) {
    const from = join(path, name);
    const to = at === '' ? name : `${at}/${name}`;
    const state = lstatSync(from, { throwIfNoEntry: false });
    if (name === '.git' || name === 'node_modules' || name === '__MACOSX') continue;
    if (state === undefined) tray.leaveOut(to);
    else if (state.isDirectory()) await copyFolder(from, to, tray, depth - 1);
    else if (state.isFile()) tray.add(to, await readPlain(from, tray, to));
    else tray.leaveOut(to);
  }
}

function namesOf(path: string): string[] {
  try {
    const directory = opendirSync(path);
    const names: string[] = [];
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      names.push(entry.name);
      if (names.length > INTAKE_LIMITS.files) break;
    }
    directory.closeSync();
    return names.sort();
  } catch (error) {
    throw new OperatingError(`cannot read it: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Of a file that is no link now, whatever it was when it was listed. */
async function readPlain(path: string, tray: Tray, name: string): Promise<Buffer> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size } = await file.stat();
      if (size > tray.room) throw tray.tooLarge(name);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof OperatingError) throw error;
    throw new OperatingError(
      `cannot read ${shown(name)}: ${(error as NodeJS.ErrnoException).code}`,
    );
  }
}

/** A stranger's name in a message: short, and with nothing in it that a terminal obeys. */
export function shown(name: string): string {
  return JSON.stringify(name.slice(0, 100)).replaceAll(/[\p{Cc}\p{Cf}]/gu, '?');
}
