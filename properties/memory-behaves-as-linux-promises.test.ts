// The simulated operating system against a naive one: a Map from pages to bytes.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SIZE_MAX, type SizeT } from '../src/contract/size-t.ts';
import {
  type Address,
  HEAP_LIMIT,
  HEAP_START,
  MAPPING_START,
  NULL,
  PAGE,
} from '../src/memory/address.ts';
import { MemoryFault, OutOfFuel } from '../src/memory/process-events.ts';
import { SimulatedOs } from '../src/memory/simulated-os.ts';
import { formatSyscall } from '../src/memory/strace.ts';
import { EINVAL, ENOMEM, PROT_READ } from '../src/memory/syscall.ts';

/** As simple as can be: pages exist or do not, and bytes are in them. */
class NaiveOs {
  readonly pages = new Map<number, Uint8Array>();
  brk: Address = HEAP_START;
  next: Address = MAPPING_START;
  private readonly heapHoles = new Set<number>();

  sbrk(delta: number): Address {
    const before = this.brk;
    if (before + delta < HEAP_START) return -1;
    this.brk = before + delta;
    const last = Math.ceil(this.brk / PAGE);
    for (let page = HEAP_START / PAGE; page < last; page++) {
      if (!this.pages.has(page) && !this.heapHoles.has(page)) this.pages.set(page, newPage());
    }
    for (let page = last; page < Math.ceil(before / PAGE); page++) {
      this.pages.delete(page);
      this.heapHoles.delete(page);
    }
    return before;
  }

  mmap(length: number): Address {
    const start = this.next;
    const pages = Math.ceil(length / PAGE);
    for (let i = 0; i < pages; i++) this.pages.set(start / PAGE + i, newPage());
    this.next += (pages + 1) * PAGE;
    return start;
  }

  munmap(address: Address, length: number): number {
    if (address % PAGE !== 0 || length === 0) return -1;
    for (let at = address; at < address + length; at += PAGE) {
      const page = at / PAGE;
      this.pages.delete(page);
      if (at >= HEAP_START && at < this.brk) this.heapHoles.add(page);
    }
    return 0;
  }

  read(address: Address): number {
    const page = this.pages.get(Math.floor(address / PAGE));
    if (page === undefined) throw new MemoryFault(address, 'read');
    return page[address % PAGE] as number;
  }

  write(address: Address, value: number): void {
    const page = this.pages.get(Math.floor(address / PAGE));
    if (page === undefined) throw new MemoryFault(address, 'write');
    page[address % PAGE] = value;
  }

  readBytes(address: Address, length: number): number[] {
    return Array.from({ length }, (_, i) => this.read(address + i));
  }

  /** As a word store does: all or nothing. */
  writeWord(address: Address, bytes: readonly number[]): void {
    bytes.forEach((_, i) => {
      if (!this.pages.has(Math.floor((address + i) / PAGE))) {
        throw new MemoryFault(address + i, 'write');
      }
    });
    bytes.forEach((byte, i) => {
      this.write(address + i, byte);
    });
  }

  copy(to: Address, from: Address, length: number): void {
    const source: number[] = [];
    let fault: unknown;
    for (let i = 0; i < length && fault === undefined; i++) {
      fault = thrownBy(() => source.push(this.read(from + i)));
    }
    source.forEach((byte, i) => {
      this.write(to + i, byte);
    });
    if (fault !== undefined) throw fault;
  }
}

function newPage(): Uint8Array {
  return new Uint8Array(PAGE);
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}

/** What an access came to, comparable: its value, or where and how it faulted. */
function outcomeOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (thrown) {
    if (!(thrown instanceof MemoryFault)) throw thrown;
    return { fault: thrown.address, access: thrown.access };
  }
}

type Event =
  | { readonly kind: 'sbrk'; readonly delta: number }
  | { readonly kind: 'mmap'; readonly length: number }
  | { readonly kind: 'munmap'; readonly address: Address; readonly length: number }
  | { readonly kind: 'read' | 'write'; readonly address: Address; readonly width: Width }
  | { readonly kind: 'fill'; readonly address: Address; readonly length: number }
  | {
      readonly kind: 'copy';
      readonly to: Address;
      readonly from: Address;
      readonly length: number;
    };
type Width = 1 | 2 | 4 | 8;

/** Near the edges of the heap and of the first mappings, where everything is decided. */
const address = fc.oneof(
  fc.integer({ min: -8, max: 5 * PAGE }).map((offset) => HEAP_START + offset),
  fc.integer({ min: -8, max: 8 * PAGE }).map((offset) => MAPPING_START + offset),
  fc
    .tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: -9, max: 9 }), fc.boolean())
    .map(([page, near, heap]) => (heap ? HEAP_START : MAPPING_START) + page * PAGE + near),
);
const length = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 3 * PAGE }));
const width = fc.constantFrom<Width>(1, 2, 4, 8);
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant('sbrk' as const),
    delta: fc.integer({ min: -3 * PAGE, max: 4 * PAGE }),
  }),
  fc.record({ kind: fc.constant('mmap' as const), length: fc.integer({ min: 1, max: 3 * PAGE }) }),
  fc.record({
    kind: fc.constant('munmap' as const),
    address: fc.oneof(
      address,
      address.map((at) => Math.floor(at / PAGE) * PAGE),
    ),
    length,
  }),
  fc.record({ kind: fc.constantFrom('read' as const, 'write' as const), address, width }),
  fc.record({ kind: fc.constant('fill' as const), address, length }),
  fc.record({ kind: fc.constant('copy' as const), to: address, from: address, length }),
);

function onReal(os: SimulatedOs, now: Event, byte: number): unknown {
  switch (now.kind) {
    case 'sbrk':
      return os.sbrk(now.delta);
    case 'mmap':
      return os.mmap(0, now.length);
    case 'munmap':
      return os.munmap(now.address, now.length);
    case 'read':
      return readReal(os, now.address, now.width);
    case 'write':
      return writeReal(os, now.address, now.width, byte);
    case 'fill':
      return os.fill(now.address, now.length, byte);
    case 'copy':
      return os.copy(now.to, now.from, now.length);
  }
}

function readReal(os: SimulatedOs, at: Address, bytes: Width): SizeT {
  if (bytes === 1) return os.read8(at);
  if (bytes === 2) return os.read16(at);
  return bytes === 4 ? os.read32(at) : os.readSize(at);
}

function writeReal(os: SimulatedOs, at: Address, bytes: Width, byte: number): void {
  const value = Number(wordOf(bytes, byte));
  if (bytes === 1) os.write8(at, value);
  else if (bytes === 2) os.write16(at, value);
  else if (bytes === 4) os.write32(at, value);
  else os.writeSize(at, canonical(wordOf(8, byte)));
}

function onNaive(os: NaiveOs, now: Event, byte: number): unknown {
  switch (now.kind) {
    case 'sbrk':
      return os.sbrk(now.delta);
    case 'mmap':
      return os.mmap(now.length);
    case 'munmap':
      return os.munmap(now.address, now.length);
    case 'read':
      return canonical(bigOf(os.readBytes(now.address, now.width)));
    case 'write': {
      const word = wordOf(now.width, byte);
      const bytes = Array.from({ length: now.width }, (_, i) =>
        Number((word >> BigInt(8 * i)) & 255n),
      );
      return os.writeWord(now.address, bytes);
    }
    case 'fill':
      for (let i = 0; i < now.length; i++) os.write(now.address + i, byte);
      return undefined;
    case 'copy':
      return os.copy(now.to, now.from, now.length);
  }
}

/** A word whose bytes all differ. */
function wordOf(bytes: Width, byte: number): bigint {
  return bigOf(Array.from({ length: bytes }, (_, i) => (byte + 37 * i) & 255));
}

function bigOf(bytes: readonly number[]): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function canonical(value: bigint): SizeT {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** The pages of the first mappings and of the heap, byte by byte. */
function sameBytes(os: SimulatedOs, naive: NaiveOs): void {
  for (const [page, bytes] of naive.pages) {
    expect(os.stretch(page * PAGE, PAGE)).toBe(PAGE);
    const from = os.stretchIndex;
    expect(Buffer.compare(os.stretchBytes.subarray(from, from + PAGE), bytes)).toBe(0);
  }
}

describe('the simulated operating system', () => {
  it('does what a naive one does, call by call and access by access, again and again', () => {
    const os = new SimulatedOs();
    const events = fc.array(event, { maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(events, (sequence) => {
        os.reset();
        const naive = new NaiveOs();
        sequence.forEach((now, index) => {
          const byte = (index * 41 + 1) & 255;
          if (now.kind === 'copy' && overlapping(now)) return;
          const real = outcomeOf(() => onReal(os, now, byte));
          expect(real).toEqual(outcomeOf(() => onNaive(naive, now, byte)));
        });
        sameBytes(os, naive);
      }),
      { numRuns: 1500, seed: 1 },
    );
  });

  it('gives zeros where the break went down and came up again', () => {
    const os = new SimulatedOs();
    os.sbrk(2 * PAGE);
    os.fill(HEAP_START, 2 * PAGE, 7);
    os.sbrk(-PAGE - 1);
    os.sbrk(PAGE + 1);
    expect(os.read8(HEAP_START + PAGE - 1)).toBe(7);
    expect(os.read8(HEAP_START + PAGE)).toBe(0);
  });

  it('lets the page that holds the break be used to its end, and not a byte more', () => {
    const os = new SimulatedOs();
    os.sbrk(1);
    os.write8(HEAP_START + PAGE - 1, 1);
    expect(() => os.write8(HEAP_START + PAGE, 1)).toThrow(MemoryFault);
    expect(outcomeOf(() => os.readWord(HEAP_START + PAGE - 3))).toEqual({
      fault: HEAP_START + PAGE,
      access: 'read',
    });
  });

  it('never maps an address twice, and leaves a guard page behind each mapping', () => {
    const os = new SimulatedOs();
    const first = os.mmap(0, PAGE + 1);
    os.munmap(first, PAGE + 1);
    expect(os.mmap(0, 1)).toBe(first + 3 * PAGE);
    expect(outcomeOf(() => os.read8(first))).toEqual({ fault: first, access: 'read' });
  });

  it('hands out zeroed pages also where the buffer behind them was in use', () => {
    const os = new SimulatedOs();
    const first = os.mmap(0, 5 * PAGE);
    os.fill(first, 5 * PAGE, 255);
    os.munmap(first, 5 * PAGE);
    const second = os.mmap(0, 7 * PAGE);
    os.stretch(second, 7 * PAGE);
    const from = os.stretchIndex;
    expect(os.stretchBytes.subarray(from, from + 7 * PAGE).every((byte) => byte === 0)).toBe(true);
  });

  it('hands out zeroed pages whoever wrote to those before, and through whatever access', () => {
    const os = new SimulatedOs();
    const size = 40 * PAGE;
    const writers: ((at: number) => void)[] = [
      (at) => os.write8(at + 5 * PAGE - 1, 1),
      (at) => os.write16(at + 6 * PAGE - 1, 0x0101),
      (at) => os.write32(at + 7 * PAGE - 2, 0x01010101),
      (at) => os.writeWord(at + 9 * PAGE - 4, 0x0101010101010),
      (at) => os.writeSize(at + size - 8, 2n ** 64n - 1n),
      (at) => os.fill(at + 11 * PAGE - 3, PAGE + 7, 255),
      (at) => os.copy(at + 20 * PAGE - 1, at, 3 * PAGE),
      (at) => {
        os.stretch(at, size);
        os.stretchBytes.fill(9, os.stretchIndex + 30 * PAGE, os.stretchIndex + 31 * PAGE + 1);
        os.noteWrite(at + 30 * PAGE, PAGE + 1);
      },
    ];
    for (const write of writers) {
      const at = os.mmap(0, size);
      expect(os.stretch(at, size)).toBe(size);
      const from = os.stretchIndex;
      expect(os.stretchBytes.subarray(from, from + size).every((byte) => byte === 0)).toBe(true);
      write(at);
      os.munmap(at, size);
    }
  });

  it('keeps what is protected from being written', () => {
    const os = new SimulatedOs();
    const at = os.mmap(0, PAGE, PROT_READ);
    expect(os.read8(at)).toBe(0);
    expect(outcomeOf(() => os.write8(at, 1))).toEqual({ fault: at, access: 'write' });
  });

  it('moves overlapping bytes as memmove does, up and down', () => {
    const os = new SimulatedOs();
    os.sbrk(PAGE);
    for (let i = 0; i < 8; i++) os.write8(HEAP_START + i, i + 1);
    os.copy(HEAP_START + 2, HEAP_START, 8);
    expect(Array.from({ length: 10 }, (_, i) => os.read8(HEAP_START + i))).toEqual([
      1, 2, 1, 2, 3, 4, 5, 6, 7, 8,
    ]);
    os.copy(HEAP_START, HEAP_START + 2, 8);
    expect(os.read8(HEAP_START)).toBe(1);
    expect(os.read8(HEAP_START + 7)).toBe(8);
  });

  it('writes up to the first bad byte of a fill or copy', () => {
    const os = new SimulatedOs();
    os.sbrk(PAGE);
    expect(outcomeOf(() => os.fill(HEAP_START + PAGE - 4, 9, 6))).toEqual({
      fault: HEAP_START + PAGE,
      access: 'write',
    });
    expect(os.read32(HEAP_START + PAGE - 4)).toBe(0x06060606);
    const mapping = os.mmap(0, PAGE);
    expect(outcomeOf(() => os.copy(HEAP_START + PAGE - 2, mapping, 8))).toEqual({
      fault: HEAP_START + PAGE,
      access: 'write',
    });
    expect(outcomeOf(() => os.copy(mapping + PAGE - 8, HEAP_START + PAGE - 4, 8))).toEqual({
      fault: HEAP_START + PAGE,
      access: 'read',
    });
    expect(os.read32(mapping + PAGE - 8)).toBe(0x00000606);
  });

  it('keeps every bit of a 64-bit word, signed or not', () => {
    const os = new SimulatedOs();
    os.sbrk(PAGE);
    for (const offset of [0, 8, 3, PAGE - 8]) {
      const at = HEAP_START + offset;
      for (const size of [0, 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2n ** 53n, 2n ** 63n, SIZE_MAX]) {
        os.writeSize(at, size);
        expect(os.readSize(at)).toBe(size);
      }
      for (const word of [0, -1, 1, -(2 ** 53), 2 ** 53, -4294967296, 0x1000_0000_0020]) {
        os.writeWord(at, word);
        expect(os.readWord(at)).toBe(word);
      }
    }
  });
});

describe('calls that fail', () => {
  it('munmap refuses unaligned starts, no length and lengths that wrap, and no other', () => {
    const os = new SimulatedOs();
    const at = os.mmap(0, 2 * PAGE);
    const refused: [Address, SizeT][] = [
      [at + 8, PAGE],
      [at, 0],
      [-PAGE, PAGE],
      [at, SIZE_MAX],
      [at, 2 ** 47],
    ];
    for (const [start, bytes] of refused) {
      os.errno = 0;
      expect(os.munmap(start, bytes)).toBe(-1);
      expect(os.errno).toBe(EINVAL);
    }
    expect(os.read8(at)).toBe(0);
    expect(os.munmap(at + 64 * PAGE, PAGE)).toBe(0);
  });

  it('mmap refuses no length as EINVAL, and what cannot be had as ENOMEM', () => {
    const os = new SimulatedOs();
    expect(os.mmap(0, 0)).toBe(-1);
    expect(os.errno).toBe(EINVAL);
    expect(os.mmap(0, PAGE, 3, 1)).toBe(-1);
    for (const bytes of [2 ** 31, 2 ** 40, 2 ** 48, 2n ** 63n, SIZE_MAX]) {
      os.errno = 0;
      expect(os.mmap(0, bytes)).toBe(-1);
      expect(os.errno).toBe(ENOMEM);
    }
  });

  it('addresses of mappings run out in the end, unmapped or not', () => {
    const os = new SimulatedOs({ memoryLimit: 2 ** 40 });
    let mapped = 0;
    // Nothing is touched, so nothing is allocated but the buffer, one at a time.
    for (; mapped < 100; mapped++) {
      const at = os.mmap(0, 2 ** 30);
      if (at === -1) break;
      os.munmap(at, 2 ** 30);
    }
    expect(mapped).toBe(63);
    expect(os.errno).toBe(ENOMEM);
  });

  it('the break does not go below the start of the heap, or past its limit', () => {
    const os = new SimulatedOs();
    for (const delta of [-1, HEAP_LIMIT + 1]) {
      os.errno = 0;
      expect(os.sbrk(delta)).toBe(-1);
      expect(os.errno).toBe(ENOMEM);
    }
    expect(os.brk(HEAP_START - 1)).toBe(-1);
    expect(os.brk(HEAP_START + 24)).toBe(0);
    expect(os.brk(0)).toBe(0);
    expect(os.sbrk(0)).toBe(HEAP_START + 24);
  });

  it('the heap can grow to its limit without costing more than what is used of it', () => {
    const os = new SimulatedOs({ memoryLimit: 2 ** 31 });
    expect(os.sbrk(HEAP_LIMIT)).toBe(HEAP_START);
    os.write8(HEAP_START + 40_000_000, 9);
    expect(os.read8(HEAP_START + 40_000_000)).toBe(9);
    os.reset();
    os.sbrk(HEAP_LIMIT);
    expect(os.read8(HEAP_START + 40_000_000)).toBe(0);
  });

  it('the memory limit counts whole pages of heap and mappings together', () => {
    const os = new SimulatedOs({ memoryLimit: 4 * PAGE });
    expect(os.sbrk(PAGE + 1)).toBe(HEAP_START);
    const at = os.mmap(0, PAGE + 1);
    expect(at).toBe(MAPPING_START);
    expect(os.sbrk(PAGE)).toBe(-1);
    expect(os.sbrk(PAGE - 1)).toBe(HEAP_START + PAGE + 1);
    expect(os.mmap(0, 1)).toBe(-1);
    os.munmap(at, PAGE);
    expect(os.mmap(0, 1)).not.toBe(-1);
  });

  it('the n-th growth and the n-th mmap from here fail, several may be armed, nothing else counts', () => {
    const os = new SimulatedOs();
    os.sbrk(8);
    os.failGrowth(1);
    os.failGrowth(3);
    os.failMmap(2);
    expect([os.sbrk(0), os.sbrk(-8), os.mmap(0, 1)]).toEqual([
      HEAP_START + 8,
      HEAP_START + 8,
      MAPPING_START,
    ]);
    expect([os.sbrk(8), os.sbrk(8), os.brk(HEAP_START + 64), os.sbrk(8)]).toEqual([
      -1,
      HEAP_START,
      -1,
      HEAP_START + 8,
    ]);
    expect([os.mmap(0, 1), os.mmap(0, 1)]).toEqual([-1, MAPPING_START + 2 * PAGE]);
    os.failGrowth(1);
    os.reset();
    expect(os.sbrk(8)).toBe(HEAP_START);
  });

  it('an access past the budget is the end, whatever it is; without one there is no end', () => {
    const os = new SimulatedOs();
    os.sbrk(2 * PAGE);
    os.limitFuel(2);
    os.readWord(HEAP_START);
    os.write8(HEAP_START, 1);
    for (const access of [
      () => os.readWord(HEAP_START),
      () => os.writeWord(HEAP_START, 1),
      () => os.read8(HEAP_START),
      () => os.copy(HEAP_START, HEAP_START + 8, 8),
    ]) {
      expect(access).toThrow(OutOfFuel);
    }
    os.limitFuel(0);
    expect(() => os.write32(HEAP_START + 1, 1)).toThrow(OutOfFuel);
    os.limitFuel(1);
    expect(() => os.fill(HEAP_START, 2 * PAGE, 0)).toThrow(OutOfFuel);
    os.limitFuel(undefined);
    for (let i = 0; i < 10; i++) os.fill(HEAP_START, PAGE, 0);
    expect(os.read32(HEAP_START)).toBe(0);
    // Each spends a quarter of what an unlimited budget is refilled by, before it faults.
    for (let i = 0; i < 6; i++) expect(() => os.fill(NULL, 2 ** 40, 0)).toThrow(MemoryFault);
    expect(os.read32(HEAP_START)).toBe(0);
  });
});

describe('the record of calls', () => {
  it('tells each call as strace does', () => {
    const os = new SimulatedOs();
    os.failMmap(2);
    os.sbrk(131072);
    os.brk(HEAP_START + 131080);
    os.brk(0);
    os.mmap(0, 131112);
    os.mmap(0, 4096, 0, 0x22, -1, 0);
    os.mmap(0, 4096, 7, 0, 3, 4096);
    os.munmap(MAPPING_START, 131112);
    os.munmap(MAPPING_START + 1, SIZE_MAX);
    expect(os.syscalls.map((call) => formatSyscall(call, HEAP_START))).toEqual([
      'sbrk(131072) = heap+0x0',
      'brk(heap+0x20008) = 0',
      'brk(NULL) = 0',
      'mmap(NULL, 131112, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x200000000000',
      'mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = -1 ENOMEM (Cannot allocate memory)',
      'mmap(NULL, 4096, PROT_READ|PROT_WRITE|0x4, 0, 3, 4096) = -1 EINVAL (Invalid argument)',
      'munmap(0x200000000000, 131112) = 0',
      'munmap(0x200000000001, 18446744073709551615) = -1 EINVAL (Invalid argument)',
    ]);
    expect(formatSyscall({ ...os.syscalls[0]!, name: 'mremap', error: 7 })).toMatch(/errno 7$/);
    expect(formatSyscall(os.syscalls[0]!)).toBe('sbrk(131072) = 0x100000000000');
    expect(formatSyscall({ ...os.syscalls[6]!, address: -8 })).toMatch(/\(0xfffffffffffffff8, /);
  });

  it('is forgotten on request, and with the process', () => {
    const os = new SimulatedOs();
    os.sbrk(8);
    os.forgetSyscalls();
    expect(os.syscalls).toEqual([]);
    os.sbrk(8);
    os.reset();
    expect(os.syscalls).toEqual([]);
  });
});

function overlapping(now: { to: Address; from: Address; length: number }): boolean {
  return now.to < now.from + now.length && now.from < now.to + now.length;
}
