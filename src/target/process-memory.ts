// The memory of a process that we have started, read and written by way of /proc, while it is stopped. The
// kernel tells what is there; the process is not asked.

import { closeSync, openSync, readdirSync, readFileSync, readSync, writeSync } from 'node:fs';
import type { Address } from '../memory/address.ts';
import type { PayloadMemory } from './payload-keeper.ts';

/** Larger stretches are not looked at: nobody asks for them in a trace that is witnessed. */
const MOST_BYTES = 64 << 20;

export class ProcessMemory implements PayloadMemory {
  stretchBytes = new Uint8Array(new ArrayBuffer(1 << 16));
  stretchInts = new Int32Array(this.stretchBytes.buffer);
  readonly stretchIndex = 0;
  private readonly pid: number;
  private readonly file: number;
  /** Pages that can be read and written, as the kernel has them; undefined until somebody asks. */
  private pages: readonly (readonly [from: number, to: number])[] | undefined;
  private from: Address = 0;
  private length = 0;

  /** Throws where the process is gone, or is not ours. */
  constructor(pid: number) {
    this.pid = pid;
    this.file = openSync(`/proc/${pid}/mem`, 'r+');
  }

  close(): void {
    closeSync(this.file);
  }

  /** The process has run since. */
  forget(): void {
    this.pages = undefined;
  }

  /** A copy of it; `flush` writes it back. */
  stretch(address: Address, length: number): number {
    const mapped = Math.min(this.writable(address, length), MOST_BYTES);
    this.reserve(mapped);
    this.from = address;
    this.length = this.read(address, this.stretchBytes, mapped);
    return this.length;
  }

  flush(): void {
    let at = 0;
    while (at < this.length) {
      at += writeSync(this.file, this.stretchBytes, at, this.length - at, this.from + at);
    }
  }

  /** As far as it can be read. */
  read(address: Address, into: Uint8Array, length: number): number {
    let at = 0;
    while (at < length) {
      const got = readSync(this.file, into, at, length - at, address + at);
      if (got <= 0) break;
      at += got;
    }
    return at;
  }

  /** That is the driver's to find. */
  findPastBreak(): undefined {
    return undefined;
  }

  noteWrite(): void {}

  /** How many of the bytes at `address` lie in pages that can be written. */
  private writable(address: Address, length: number): number {
    this.pages ??= writablePages(readFileSync(`/proc/${this.pid}/maps`, 'latin1'));
    let end = address;
    for (const [from, to] of this.pages) if (from <= end && end < to) end = to;
    return Math.min(end - address, length);
  }

  private reserve(length: number): void {
    if (length <= this.stretchBytes.length) return;
    this.stretchBytes = new Uint8Array(new ArrayBuffer((length + 7) & ~7));
    this.stretchInts = new Int32Array(this.stretchBytes.buffer);
  }
}

/** In order, as the kernel lists them. */
function writablePages(maps: string): (readonly [number, number])[] {
  return [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm)].map(([, from, to]) => [
    Number.parseInt(from as string, 16),
    Number.parseInt(to as string, 16),
  ]);
}

/**
 * The process that calls itself `inner`, in whatever process namespace, among those that come from `root`. A
 * stranger names it, so nobody else's is ever taken. Undefined if there is none.
 */
export function descendant(root: number, inner: number): number | undefined {
  const waiting = [root];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    const status = textOf(`/proc/${pid}/status`);
    const names = /^NSpid:(.*)$/m.exec(status)?.[1]?.trim().split(/\s+/) ?? [];
    if (pid !== root && Number(names.at(-1)) === inner) return pid;
    waiting.push(...childrenOf(pid));
  }
  return undefined;
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      textOf(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
