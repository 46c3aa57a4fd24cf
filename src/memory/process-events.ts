// How a simulated process can end inside a call: thrown where it happens, turned into an observation by
// the target. Nobody else catches them.

import { type Address, hex } from './address.ts';

/** An access outside of mapped memory, or against its protection: what SIGSEGV is to a C program. */
export class MemoryFault extends Error {
  override readonly name = 'MemoryFault';
  /** The first byte that could not be accessed. */
  readonly address: Address;
  readonly access: 'read' | 'write';

  constructor(address: Address, access: 'read' | 'write') {
    super(`${access} of unmapped memory at ${hex(address)}`);
    this.address = address;
    this.access = access;
  }
}

/** The budget of memory accesses is spent: how an endless loop shows. */
export class OutOfFuel extends Error {
  override readonly name = 'OutOfFuel';

  constructor() {
    super('the budget of memory accesses is spent');
  }
}

/** The program ended itself, as C's `exit(status)`. */
export class ProcessExit extends Error {
  override readonly name = 'ProcessExit';
  readonly status: number;

  constructor(status: number) {
    super(`exit status ${status}`);
    this.status = status;
  }
}
