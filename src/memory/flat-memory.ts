// Memory in one buffer whose first byte has address 0: what the ArrayBuffer and the WebAssembly memory
// have in common. Byte order is little-endian on any host.

import { type SizeT, sizeT } from '../contract/size-t.ts';
import { type Address, NULL } from './address.ts';
import { FAILED, type Memory } from './memory.ts';
import { MemoryFault } from './process-events.ts';
import { ENOMEM } from './syscall.ts';

const TWO_32 = 4294967296;

export abstract class FlatMemory implements Memory {
  readonly heapStart: Address;
  abstract readonly maps: boolean;
  errno = 0;
  protected bytes: Uint8Array;
  private view: DataView;

  constructor(buffer: ArrayBuffer, heapStart: Address) {
    if (heapStart <= NULL || heapStart % 8 !== 0) {
      throw new RangeError(
        `the heap cannot start at ${heapStart}: a multiple of 8 above 0 is needed`,
      );
    }
    this.heapStart = heapStart;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  /** The buffer that addresses index: what the user of an allocator reads and writes. */
  get buffer(): ArrayBufferLike {
    return this.bytes.buffer;
  }

  abstract sbrk(delta: number): Address;
  abstract mmap(hint: Address, length: SizeT): Address;
  abstract munmap(address: Address, length: SizeT): number;

  read8(address: Address): number {
    this.demand(address, 1, 'read');
    return this.view.getUint8(address);
  }

  write8(address: Address, value: number): void {
    this.demand(address, 1, 'write');
    this.view.setUint8(address, value);
  }

  read16(address: Address): number {
    this.demand(address, 2, 'read');
    return this.view.getUint16(address, true);
  }

  write16(address: Address, value: number): void {
    this.demand(address, 2, 'write');
    this.view.setUint16(address, value, true);
  }

  read32(address: Address): number {
    this.demand(address, 4, 'read');
    return this.view.getUint32(address, true);
  }

  write32(address: Address, value: number): void {
    this.demand(address, 4, 'write');
    this.view.setUint32(address, value, true);
  }

  readWord(address: Address): number {
    this.demand(address, 8, 'read');
    return this.view.getInt32(address + 4, true) * TWO_32 + this.view.getUint32(address, true);
  }

  writeWord(address: Address, value: number): void {
    this.demand(address, 8, 'write');
    this.view.setUint32(address, value, true);
    this.view.setUint32(address + 4, Math.floor(value / TWO_32), true);
  }

  readSize(address: Address): SizeT {
    this.demand(address, 8, 'read');
    return sizeT(this.view.getBigUint64(address, true));
  }

  writeSize(address: Address, value: SizeT): void {
    this.demand(address, 8, 'write');
    this.view.setBigUint64(address, BigInt(value), true);
  }

  fill(address: Address, length: number, byte: number): void {
    const writable = this.within(address, length);
    this.bytes.fill(byte, address, address + writable);
    if (writable < length) throw new MemoryFault(address + writable, 'write');
  }

  copy(to: Address, from: Address, length: number): void {
    const readable = this.within(from, length);
    const writable = this.within(to, length);
    const copied = Math.min(readable, writable);
    if (copied > 0) this.bytes.copyWithin(to, from, from + copied);
    if (copied === length) return;
    if (readable <= writable) throw new MemoryFault(from + copied, 'read');
    throw new MemoryFault(to + copied, 'write');
  }

  /** Called when the buffer has been detached: somebody else grew the memory behind it. */
  protected refresh(): void {}

  /** The buffer was replaced by a larger one. */
  protected adopt(buffer: ArrayBufferLike): void {
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  protected fail(): typeof FAILED {
    this.errno = ENOMEM;
    return FAILED;
  }

  /** How many of the bytes are in the buffer; those below 8 are NULL's and never are. */
  private within(address: Address, length: number): number {
    if (this.bytes.length === 0) this.refresh();
    if (address < 8 || address >= this.bytes.length) return 0;
    return Math.min(length, this.bytes.length - address);
  }

  private demand(address: Address, length: number, access: 'read' | 'write'): void {
    const found = this.within(address, length);
    if (found < length) throw new MemoryFault(address + found, access);
  }
}
