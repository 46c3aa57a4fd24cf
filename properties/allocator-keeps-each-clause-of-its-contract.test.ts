// Each clause of the contract, on the allocator alone, as one concrete sequence of calls.

import { describe, expect, it } from 'vitest';
import { nextOf, previousOf } from '../src/allocator/block.ts';
import { osmemRules } from '../src/allocator/rules.ts';
import { heapUsage, snapshot } from '../src/allocator/snapshot.ts';
import { SIZE_MAX, type SizeT } from '../src/contract/size-t.ts';
import { HEAP_START, MAPPING_START, NULL } from '../src/memory/address.ts';
import { SimulatedOs } from '../src/memory/simulated-os.ts';
import { ENOMEM } from '../src/memory/syscall.ts';
import { Desk, offset } from './support/allocator-desk.ts';

describe('malloc', () => {
  it('of 0 bytes is NULL without a syscall', () => {
    const desk = new Desk();
    expect(desk.malloc(0)).toBe(NULL);
    expect(desk.calls).toBe('');
    expect(desk.errno).toBe(0);
  });

  it('grows the break by 128 KiB at the first use of the heap, and splits that block', () => {
    const desk = new Desk();
    expect(offset(desk.malloc(20))).toBe(0x20);
    expect(desk.calls).toBe('sbrk 131072');
    expect(desk.blocks).toBe('0x0 allocated 24 | 0x38 free 130984');
  });

  it('preallocates once, also when mapped blocks came first', () => {
    const desk = new Desk();
    desk.malloc(200_000);
    desk.malloc(8);
    desk.malloc(8);
    expect(desk.calls).toBe('mmap 200032, sbrk 131072');
  });

  it('maps from the block size of 128 KiB on, exactly that block', () => {
    const desk = new Desk();
    expect(offset(desk.malloc(131_032))).toBe(0x20);
    expect(desk.calls).toBe('sbrk 131072');
    expect(desk.malloc(131_033)).toBe(MAPPING_START + 32);
    expect(desk.strace).toEqual([
      'mmap(NULL, 131072, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x200000000000',
    ]);
  });

  it('takes the smallest free block that is large enough, the lowest of equals', () => {
    const desk = new Desk();
    const [a, , b, , c] = [400, 8, 200, 8, 200, 8].map((size) => desk.malloc(size)) as number[];
    for (const payload of [a, b, c]) desk.free(payload as number);
    expect(desk.malloc(150)).toBe(b);
    expect(desk.malloc(200)).toBe(c);
    expect(desk.malloc(200)).toBe(a);
    expect(desk.calls).toBe('sbrk 131072');
  });

  it('splits if the rest can hold a header and 8 bytes, and gives the whole block otherwise', () => {
    const desk = new Desk();
    const first = desk.malloc(96);
    desk.malloc(8);
    desk.free(first);
    desk.malloc(64);
    expect(desk.blocks).toMatch(/^0x0 allocated 96 \| 0x80 allocated 8/);
    desk.free(first);
    desk.malloc(56);
    expect(desk.blocks).toMatch(/^0x0 allocated 56 \| 0x58 free 8 \| 0x80 allocated 8/);
  });

  it('coalesces every run of free blocks before it searches', () => {
    const desk = new Desk();
    const all = Array.from({ length: 8 }, () => desk.malloc(32));
    for (const index of [5, 1, 4, 0, 2]) desk.free(all[index] as number);
    const last = desk.malloc(64);
    expect(offset(last)).toBe(offset(all[4] as number));
    expect(desk.blocks).toMatch(
      /^0x0 free 160 \| 0xc0 allocated 32 \| 0x100 allocated 96 \| 0x180 allocated 32/,
    );
  });

  it('grows the break by what a free last block lacks, else by the whole block', () => {
    const desk = new Desk();
    desk.malloc(100_000);
    desk.malloc(40_000);
    expect(desk.calls).toBe(`sbrk 131072, sbrk ${100_000 + 32 + 40_000 + 32 - 131_072}`);
    desk.malloc(1000);
    expect(desk.calls).toBe('sbrk 1032');
  });

  it('links the heap blocks in order of address, and mapped ones not at all', () => {
    const desk = new Desk();
    desk.malloc(8);
    const mapped = desk.malloc(300_000) - 32;
    desk.malloc(16);
    const { os } = desk;
    expect([HEAP_START, HEAP_START + 40].map((block) => nextOf(os, block))).toEqual([
      HEAP_START + 40,
      HEAP_START + 88,
    ]);
    expect(nextOf(os, HEAP_START + 88)).toBe(NULL);
    expect(previousOf(os, HEAP_START + 88)).toBe(HEAP_START + 40);
    expect(previousOf(os, HEAP_START)).toBe(NULL);
    expect([nextOf(os, mapped), previousOf(os, mapped)]).toEqual([NULL, NULL]);
  });
});

describe('calloc', () => {
  it('of nothing is NULL, whichever factor is 0', () => {
    const desk = new Desk();
    expect([desk.calloc(0, 8), desk.calloc(8, 0), desk.calloc(SIZE_MAX, 0)]).toEqual([0, 0, 0]);
    expect(desk.calls).toBe('');
  });

  it('zeroes a block that was in use', () => {
    const desk = new Desk();
    const first = desk.malloc(100);
    desk.scribble(first, 100);
    desk.free(first);
    const second = desk.calloc(10, 10);
    expect(second).toBe(first);
    for (let i = 0; i < 100; i++) expect(desk.os.read8(second + i)).toBe(0);
  });

  it('maps from the block size of a page on', () => {
    const desk = new Desk();
    desk.calloc(1, 4056);
    expect(desk.calls).toBe('sbrk 131072');
    desk.calloc(1, 4057);
    desk.calloc(4080, 1);
    expect(desk.calls).toBe('mmap 4096, mmap 4112');
  });

  it('refuses a product that does not fit size_t, and changes nothing', () => {
    const desk = new Desk();
    for (const [count, size] of [
      [2 ** 32, 2 ** 32],
      [2n ** 63n, 2],
      [SIZE_MAX, SIZE_MAX],
      [2 ** 33, 2n ** 31n + 1n],
    ] as [SizeT, SizeT][]) {
      desk.errno = 0;
      expect(desk.calloc(count, size)).toBe(NULL);
      expect(desk.errno).toBe(ENOMEM);
    }
    expect(desk.calls).toBe('');
  });
});

describe('realloc', () => {
  it('of NULL is malloc, to 0 is free', () => {
    const desk = new Desk();
    const first = desk.realloc(NULL, 24);
    expect(offset(first)).toBe(0x20);
    expect(desk.realloc(first, 0)).toBe(NULL);
    expect(desk.blocks).toMatch(/^0x0 free 24/);
  });

  it('of a block that is free is NULL, and changes nothing', () => {
    const desk = new Desk();
    const first = desk.malloc(24);
    desk.free(first);
    const before = desk.blocks;
    expect(desk.realloc(first, 8)).toBe(NULL);
    expect(desk.blocks).toBe(before);
  });

  it('shrinks in place, and splits if the rest can hold a block', () => {
    const desk = new Desk();
    const first = desk.malloc(200);
    desk.malloc(8);
    desk.calls;
    expect(desk.realloc(first, 168)).toBe(first);
    expect(desk.blocks).toMatch(/^0x0 allocated 200/);
    expect(desk.realloc(first, 160)).toBe(first);
    expect(desk.blocks).toMatch(/^0x0 allocated 160 \| 0xc0 free 8 \|/);
    expect(desk.calls).toBe('');
  });

  it('merges free blocks behind one at a time, stops when it is enough, and splits', () => {
    const desk = new Desk();
    const [first, ...rest] = [32, 32, 32, 32, 8].map((size) => desk.malloc(size)) as number[];
    for (const payload of rest.slice(0, 3)) desk.free(payload);
    expect(desk.realloc(first as number, 80)).toBe(first);
    expect(desk.blocks).toMatch(/^0x0 allocated 96 \| 0x80 free 32 \| 0xc0 free 32 \| 0x100 alloc/);
  });

  it('keeps what it merged when that was not enough, and moves', () => {
    const desk = new Desk();
    const [first, second] = [32, 32, 8].map((size) => desk.malloc(size)) as [number, number];
    desk.scribble(first, 32);
    desk.free(second);
    const moved = desk.realloc(first, 200);
    expect(desk.blocks).toMatch(/^0x0 free 96 \| 0x80 allocated 8 \| 0xa8 allocated 200/);
    expect(desk.isScribbled(moved, 32)).toBe(true);
    expect(desk.heap.counters.moves).toBe(1);
  });

  it('grows the last block with the break by exactly what is missing, though a hole would fit', () => {
    const desk = new Desk();
    const hole = desk.malloc(120_000);
    desk.malloc(8);
    const last = desk.malloc(130_000);
    desk.free(hole);
    desk.calls;
    expect(desk.realloc(last, 130_100)).toBe(last);
    expect(desk.calls).toBe('sbrk 104');
  });

  it('of a block before a last free run that is not enough goes to a hole that fits', () => {
    const desk = new Desk();
    const hole = desk.malloc(90_000);
    desk.malloc(8);
    const grown = desk.malloc(20_000);
    desk.scribble(grown, 20_000);
    desk.free(hole);
    expect(desk.realloc(grown, 85_000)).toBe(hole);
    expect(desk.isScribbled(hole, 20_000)).toBe(true);
    expect(desk.calls).toBe('sbrk 131072');
  });

  it('of such a block grows with the break, by exactly what is missing, where no hole fits', () => {
    const desk = new Desk();
    desk.malloc(60_000);
    const grown = desk.malloc(40_000);
    desk.calls;
    expect(desk.realloc(grown, 80_000)).toBe(grown);
    expect(desk.calls).toBe(`sbrk ${60_032 + 80_032 - 131_072}`);
  });

  it('to 128 KiB maps, copies and frees, though the block could grow in place', () => {
    const desk = new Desk();
    const first = desk.malloc(5000);
    desk.scribble(first, 5000);
    const moved = desk.realloc(first, 131_040);
    expect(moved).toBe(MAPPING_START + 32);
    expect(desk.isScribbled(moved, 5000)).toBe(true);
    expect(desk.blocks).toMatch(/^0x0 free 5000/);
    expect(desk.calls).toBe('sbrk 131072, mmap 131072');
  });

  it('of a mapped block gets the new one first, copies, then unmaps the old', () => {
    const desk = new Desk();
    const first = desk.malloc(200_000);
    desk.scribble(first, 300);
    const second = desk.realloc(first, 300_000);
    const third = desk.realloc(second, 300);
    expect(desk.calls).toBe('mmap 200032, mmap 300032, munmap 200032, sbrk 131072, munmap 300032');
    expect(offset(third)).toBe(0x20);
    expect(desk.isScribbled(third, 300)).toBe(true);
  });

  it('of a mapped block to the same aligned size stays where it is', () => {
    const desk = new Desk();
    const first = desk.malloc(200_001);
    expect(desk.realloc(first, 200_008)).toBe(first);
    expect(desk.calls).toBe('mmap 200040');
  });

  it('never goes by the page threshold', () => {
    const desk = new Desk();
    expect(desk.realloc(desk.calloc(1, 5000), 2000)).toBe(HEAP_START + 32);
    expect(desk.realloc(desk.calloc(1, 3000), 5000)).toBeLessThan(MAPPING_START);
    expect(desk.calls).toBe('mmap 5032, sbrk 131072, munmap 5032');
  });
});

describe('free', () => {
  it('of NULL, and of a block that is free already, is nothing', () => {
    const desk = new Desk();
    desk.free(NULL);
    const first = desk.malloc(8);
    desk.free(first);
    const before = desk.blocks;
    desk.free(first);
    expect(desk.blocks).toBe(before);
  });

  it('of a heap block never lowers the break', () => {
    const desk = new Desk();
    desk.free(desk.malloc(131_000));
    desk.free(desk.malloc(131_032));
    expect(desk.calls).toBe('sbrk 131072');
  });

  it('of a mapped block unmaps the whole of it at once', () => {
    const desk = new Desk();
    desk.free(desk.malloc(131_033));
    expect(desk.calls).toBe('mmap 131072, munmap 131072');
  });
});

describe('a size that cannot be', () => {
  it('is refused where aligning or adding the header would wrap, without a syscall', () => {
    const desk = new Desk();
    const live = desk.malloc(8);
    desk.calls;
    for (const size of [SIZE_MAX, SIZE_MAX - 6n, SIZE_MAX - 7n, SIZE_MAX - 31n]) {
      desk.errno = 0;
      expect([desk.malloc(size), desk.calloc(1, size), desk.realloc(live, size)]).toEqual([
        0, 0, 0,
      ]);
      expect(desk.errno).toBe(ENOMEM);
    }
    expect(desk.calls).toBe('');
  });

  it('that does not wrap is asked for and fails', () => {
    const desk = new Desk();
    expect(desk.malloc(SIZE_MAX - 40n)).toBe(NULL);
    expect(desk.malloc(2 ** 50)).toBe(NULL);
    expect(desk.calls).toBe('mmap 18446744073709551608 failed, mmap 1125899906842656 failed');
  });
});

describe('a call that finds no memory', () => {
  it('leaves the heap unused if the preallocation fails, and preallocates at the next call', () => {
    const desk = new Desk();
    desk.os.failGrowth(1);
    expect(desk.malloc(8)).toBe(NULL);
    expect(desk.errno).toBe(ENOMEM);
    expect(desk.blocks).toBe('');
    expect(offset(desk.malloc(8))).toBe(0x20);
    expect(desk.calls).toBe('sbrk 131072 failed, sbrk 131072');
  });

  it('leaves every block as it was, whatever it was about to do', () => {
    const desk = new Desk();
    desk.malloc(60_000);
    const last = desk.malloc(71_008);
    desk.scribble(last, 1000);
    const mapped = desk.malloc(200_000);
    desk.scribble(mapped, 1000);
    const before = desk.blocks;
    for (const call of [
      () => desk.malloc(100),
      () => desk.realloc(last, 71_016),
      () => desk.realloc(mapped, 100),
      () => desk.calloc(1, 100),
    ]) {
      desk.os.failGrowth(1);
      expect(call()).toBe(NULL);
    }
    for (const call of [
      () => desk.realloc(last, 200_000),
      () => desk.realloc(mapped, 300_000),
      () => desk.malloc(200_000),
      () => desk.calloc(1, 4096),
    ]) {
      desk.os.failMmap(1);
      expect(call()).toBe(NULL);
    }
    expect(desk.blocks).toBe(before);
    expect(desk.isScribbled(last, 1000) && desk.isScribbled(mapped, 1000)).toBe(true);
    expect(desk.heap.counters.failures).toBe(8);
    expect(desk.realloc(mapped, 100)).not.toBe(NULL);
  });

  it('leaves a realloc that has absorbed the run behind it alive in its place', () => {
    const desk = new Desk();
    desk.malloc(60_000);
    const first = desk.malloc(40_000);
    desk.scribble(first, 100);
    desk.os.failGrowth(1);
    expect(desk.realloc(first, 80_000)).toBe(NULL);
    expect(desk.blocks).toBe('0x0 allocated 60000 | 0xea80 allocated 71008');
    expect(desk.isScribbled(first, 100)).toBe(true);
  });
});

describe('a dynamic threshold', () => {
  const rules = { ...osmemRules, dynamicThreshold: { cap: 300_000 } };

  it('is off unless asked for', () => {
    const desk = new Desk();
    desk.free(desk.malloc(200_000));
    desk.malloc(150_000);
    expect(desk.calls).toBe('mmap 200032, munmap 200032, mmap 150032');
  });

  it('rises to the size of a freed mapping, never above its cap, and never falls', () => {
    const desk = new Desk({ rules });
    desk.free(desk.malloc(200_000));
    desk.free(desk.malloc(199_992));
    desk.free(desk.malloc(200_000));
    expect(desk.calls).toBe(
      'mmap 200032, munmap 200032, sbrk 131072, sbrk 68952, mmap 200032, munmap 200032',
    );
    desk.realloc(desk.malloc(1_000_000), 500_000);
    expect(desk.heap.mmapThreshold).toBe(300_000);
  });
});

describe('a snapshot', () => {
  it('tells what is in use, what is free, and what the headers cost', () => {
    const desk = new Desk();
    const first = desk.malloc(100);
    desk.malloc(50);
    desk.free(first);
    expect(heapUsage(snapshot(desk.heap))).toEqual({
      allocated: 56,
      free: 131_072 - 56 - 96,
      headers: 96,
    });
  });

  it('shows a status that no block can have', () => {
    const desk = new Desk({ os: new SimulatedOs() });
    desk.malloc(100);
    desk.os.write32(HEAP_START + 8, 9);
    expect(desk.blocks).toMatch(/^0x0 unknown 104/);
  });
});
