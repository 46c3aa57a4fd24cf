// A desk to try the allocator on: calls with relative addresses, blocks and syscalls as text.

import { Allocator, type AllocatorOptions } from '../../src/allocator/allocator.ts';
import { formatSnapshot, snapshot } from '../../src/allocator/snapshot.ts';
import { type Address, HEAP_START, NULL } from '../../src/memory/address.ts';
import { SimulatedOs } from '../../src/memory/simulated-os.ts';
import { formatSyscall } from '../../src/memory/strace.ts';

export class Desk extends Allocator {
  readonly os: SimulatedOs;

  constructor(options: AllocatorOptions & { readonly os?: SimulatedOs } = {}) {
    const os = options.os ?? new SimulatedOs();
    super(os, options);
    this.os = os;
  }

  /** `0x0 allocated 24 | 0x38 free 130984`. */
  get blocks(): string {
    return formatSnapshot(snapshot(this.heap));
  }

  /** The calls since they were last asked for, short: `sbrk 131072`, `mmap 131112`, `munmap 131112`. */
  get calls(): string {
    const calls = this.os.syscalls.map((call) => {
      const bytes = call.name === 'sbrk' ? call.moved : call.length;
      return `${call.name} ${bytes}${call.error === 0 ? '' : ' failed'}`;
    });
    this.os.forgetSyscalls();
    return calls.join(', ');
  }

  get strace(): readonly string[] {
    return this.os.syscalls.map((call) => formatSyscall(call, HEAP_START));
  }

  /** Fills a payload so that a copy can be told. */
  scribble(payload: Address, length: number): void {
    for (let i = 0; i < length; i++) this.os.write8(payload + i, (i * 7 + 1) & 255);
  }

  isScribbled(payload: Address, length: number): boolean {
    for (let i = 0; i < length; i++) {
      if (this.os.read8(payload + i) !== ((i * 7 + 1) & 255)) return false;
    }
    return true;
  }
}

/** Bytes from heap start; -1 for NULL. */
export function offset(payload: Address): number {
  return payload === NULL ? -1 : payload - HEAP_START;
}
