// Each case is a lawful execution, made by the placement specification, in which one step is changed by
// hand. The judge must say exactly one thing, about that step; of the lawful one it says nothing.

import { describe, expect, test } from 'vitest';
import { osmem } from '../src/contract/osmem.ts';
import { HEAP_START, MAPPING_START } from '../src/memory/address.ts';
import { INVARIANTS } from '../src/oracle/invariants.ts';
import { Judge } from '../src/oracle/judge.ts';
import type { InvariantName, Violation } from '../src/oracle/violation.ts';
import { emptyWalk, type Step } from '../src/target/execution.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { brk, failedSbrk, lawfulExecution, mmap, munmap } from './support/spec-execution.ts';

const H = HEAP_START;
const M = MAPPING_START;

interface BadExecution {
  readonly says: string;
  readonly trace: string;
  /** Changes steps; the last step is the bad one unless `at` says otherwise. */
  readonly tamper: (steps: Step[]) => void;
  readonly invariant: InvariantName;
  readonly cause: string;
  readonly at?: number;
}

const last = (steps: Step[]): Step => steps.at(-1) as Step;

const bad: readonly BadExecution[] = [
  {
    says: 'a crash',
    trace: 'a 0 24',
    tamper: (steps) => Object.assign(last(steps), { outcome: 'crashed', detail: 'SIGSEGV' }),
    invariant: 'termination',
    cause: 'crashed',
  },
  {
    says: 'an endless loop',
    trace: 'a 0 24; f 0',
    tamper: (steps) => Object.assign(last(steps), { outcome: 'hung', detail: '1 s' }),
    invariant: 'termination',
    cause: 'hung',
  },
  {
    says: 'an exit without a failed syscall',
    trace: 'a 0 24',
    tamper: (steps) => Object.assign(last(steps), { outcome: 'exited', detail: 'exit status 0' }),
    invariant: 'termination',
    cause: 'exited',
  },
  {
    says: 'a report that breaks off',
    trace: 'a 0 24',
    tamper: (steps) => Object.assign(last(steps), { outcome: 'cut-off' }),
    invariant: 'termination',
    cause: 'cut-off',
  },
  {
    says: 'NULL though memory is owed',
    trace: 'a 0 24; a 1 24',
    tamper: (steps) => Object.assign(last(steps), { result: 0 }),
    invariant: 'result',
    cause: 'null',
  },
  {
    says: 'memory for a request of 0 bytes',
    trace: 'a 0 24; a 1 0',
    tamper: (steps) => Object.assign(last(steps), { result: H + 88 }),
    invariant: 'result',
    cause: 'not-null',
  },
  {
    says: 'memory from a stale realloc',
    trace: 'a 0 24; f 0; s 0 8',
    tamper: (steps) => Object.assign(last(steps), { result: H + 32 }),
    invariant: 'result',
    cause: 'not-null',
  },
  {
    says: 'a payload off by 4',
    trace: 'a 0 24',
    tamper: (steps) => Object.assign(last(steps), { result: H + 36 }),
    invariant: 'alignment',
    cause: 'misaligned',
  },
  {
    says: 'a payload that ends 8 bytes beyond the break',
    trace: 'a 0 131032; a 1 24',
    tamper: (steps) => Object.assign(last(steps), { syscalls: [brk(131072, 131072 + 48)] }),
    invariant: 'containment',
    cause: 'outside',
  },
  {
    says: 'a payload in no mapping',
    trace: 'a 0 200000',
    tamper: (steps) => Object.assign(last(steps), { syscalls: [] }),
    invariant: 'containment',
    cause: 'outside',
  },
  {
    says: 'a payload over the end of another',
    trace: 'a 0 64; a 1 24',
    tamper: (steps) => Object.assign(last(steps), { result: H + 88 }),
    invariant: 'disjointness',
    cause: 'overlap',
  },
  {
    says: 'a payload inside another',
    trace: 'a 0 1000; a 1 8',
    tamper: (steps) => Object.assign(last(steps), { result: H + 200 }),
    invariant: 'disjointness',
    cause: 'overlap',
  },
  {
    says: 'a payload around another',
    trace: 'a 0 8; a 1 400',
    tamper: (steps) => Object.assign(last(steps), { result: H + 24 }),
    invariant: 'disjointness',
    cause: 'overlap',
  },
  {
    says: 'a byte of a bystander changed',
    trace: 'a 0 64; a 1 24; f 1',
    tamper: (steps) => last(steps).broken.push(broken(0, 'contents')),
    invariant: 'contents',
    cause: 'changed',
  },
  {
    says: 'a calloc with a dirty last byte',
    trace: 'c 0 8 8',
    tamper: (steps) => last(steps).broken.push(broken(0, 'zeroing')),
    invariant: 'zeroing',
    cause: 'not-zero',
  },
  {
    says: 'a realloc that loses a byte in place',
    trace: 'a 0 64; r 0 48',
    tamper: (steps) => last(steps).broken.push(broken(0, 'prefix')),
    invariant: 'realloc-prefix',
    cause: 'lost-in-place',
  },
  {
    says: 'a realloc that loses a byte in the move',
    trace: 'a 0 64; a 1 8; r 0 480',
    tamper: (steps) => last(steps).broken.push(broken(0, 'prefix')),
    invariant: 'realloc-prefix',
    cause: 'lost-in-move',
  },
  {
    says: 'a pointer for SIZE_MAX',
    trace: 'a 0 24; a 1 MAX',
    tamper: (steps) => Object.assign(last(steps), { result: H + 88 }),
    invariant: 'overflow',
    cause: 'size-accepted',
  },
  {
    says: 'a pointer for a product beyond size_t',
    trace: 'c 0 0x8000000000000001 2',
    tamper: (steps) => Object.assign(last(steps), { result: H + 32 }),
    invariant: 'overflow',
    cause: 'product-accepted',
  },
  {
    says: 'a break that moved for SIZE_MAX-7',
    trace: 'a 0 24; r 0 MAX-7',
    tamper: (steps) => Object.assign(last(steps), { syscalls: [brk(131072, 131080)] }),
    invariant: 'overflow',
    cause: 'changed-memory',
  },
  {
    says: 'a pointer after the failed sbrk that it needed',
    trace: 'a 0 24',
    tamper: (steps) =>
      Object.assign(last(steps), { syscalls: [failedSbrk(131072)], result: H + 32 }),
    invariant: 'failure',
    cause: 'ignored',
  },
  {
    says: 'a crash in the op whose sbrk failed',
    trace: 'a 0 24',
    tamper: (steps) =>
      Object.assign(last(steps), {
        syscalls: [failedSbrk(131072)],
        result: 0,
        outcome: 'crashed',
        detail: 'SIGSEGV',
      }),
    invariant: 'failure',
    cause: 'crashed',
  },
  {
    says: 'a live block freed by the realloc that failed',
    trace: 'a 0 131032; a 1 8; r 0 131040',
    tamper: (steps) => {
      const step = last(steps);
      Object.assign(step, { result: 0, syscalls: [{ ...mmap(0, 131072), error: 12 }] });
      step.heap.status[0] = 0;
    },
    invariant: 'failure',
    cause: 'changed-block',
  },
  {
    says: 'a last size that overshoots the break',
    trace: 'a 0 24',
    tamper: (steps) => {
      Object.assign(last(steps).heap, { flaw: 'overrun', flawAt: H + 56, flawSize: 131016 });
    },
    invariant: 'block-list',
    cause: 'untiled',
  },
  {
    says: 'a size below the request',
    trace: 'a 0 24',
    tamper: (steps) => {
      last(steps).heap.payloadSize[0] = 16;
    },
    invariant: 'block-list',
    cause: 'short',
  },
  {
    says: 'a first payload that fits no header',
    trace: 'a 0 24',
    tamper: (steps) => {
      const step = last(steps);
      step.result = H + 40;
      step.heap.taken = false;
      step.heap.header = 0;
    },
    invariant: 'block-list',
    cause: 'header',
  },
  {
    says: 'a freed block that stays ALLOC',
    trace: 'a 0 24; a 1 24; f 0',
    tamper: (steps) => {
      last(steps).heap.status[0] = 1;
    },
    invariant: 'status',
    cause: 'not-free',
  },
  {
    says: 'a block given out that stays FREE',
    trace: 'a 0 24; a 1 24',
    tamper: (steps) => {
      last(steps).heap.status[1] = 0;
    },
    invariant: 'status',
    cause: 'not-alloc',
  },
  {
    says: 'a bystander marked FREE',
    trace: 'a 0 24; a 1 24; a 2 24; f 2',
    tamper: (steps) => {
      last(steps).heap.status[0] = 0;
    },
    invariant: 'status',
    cause: 'live-not-alloc',
  },
  {
    says: 'a status of 3',
    trace: 'a 0 24; a 1 24; f 0',
    tamper: (steps) => {
      last(steps).heap.status[0] = 3;
    },
    invariant: 'status',
    cause: 'unknown',
  },
  {
    says: 'free neighbours left apart after a search',
    trace: 'a 0 24; a 1 24; a 2 24; a 3 24; f 0; f 1; a 4 200',
    tamper: (steps) => {
      const { heap } = last(steps);
      heap.address.splice(1, 0, H + 56);
      heap.payloadSize.splice(0, 1, 24, 24);
      heap.status.splice(1, 0, 0);
      heap.count++;
    },
    invariant: 'coalescing',
    cause: 'adjacent',
  },
  {
    says: 'first fit where a smaller hole was there',
    trace: 'a 0 200; a 1 8; a 2 100; a 3 8; f 0; f 2; a 4 100',
    tamper: (steps) => {
      const step = last(steps);
      step.result = H + 32;
      step.heap.status[2] = 0;
      step.heap.payloadSize.splice(0, 1, 104, 64);
      step.heap.address.splice(1, 0, H + 32 + 104);
      step.heap.status.splice(0, 1, 1, 0);
      step.heap.count++;
    },
    invariant: 'placement',
    cause: 'not-best-fit',
  },
  {
    says: 'a break that grew though a hole fits',
    trace: 'a 0 131032; f 0; a 1 131032',
    tamper: (steps) => {
      const step = last(steps);
      step.syscalls.push(brk(131072, 131072 + 131064));
      step.result = H + 131072 + 32;
      Object.assign(step.heap, { end: H + 131072 + 131064, count: 2 });
      step.heap.address.push(H + 131072);
      step.heap.payloadSize.push(131032);
      step.heap.status.splice(0, 1, 0, 1);
    },
    invariant: 'placement',
    cause: 'grew-though-fit',
  },
  {
    says: 'a block not split though the rest holds one',
    trace: 'a 0 200; a 1 8; f 0; a 2 100',
    tamper: (steps) => {
      const { heap } = last(steps);
      heap.address.splice(1, 1);
      heap.payloadSize.splice(0, 2, 200);
      heap.status.splice(1, 1);
      heap.count--;
    },
    invariant: 'placement',
    cause: 'slack',
  },
  {
    says: 'a threshold that compares another number',
    trace: 'a 0 131072',
    tamper: (steps) => onHeap(last(steps), 131072),
    invariant: 'syscalls',
    cause: 'not-mapped',
  },
  {
    says: 'a mapping that stays though its block needs fewer pages',
    trace: 'a 0 200000; r 0 140000',
    tamper: (steps) => Object.assign(last(steps), { result: M + 32, syscalls: [] }),
    invariant: 'placement',
    cause: 'stayed',
  },
  {
    says: 'a mapping below the threshold',
    trace: 'a 0 100',
    tamper: (steps) => mapped(last(steps), 136),
    invariant: 'syscalls',
    cause: 'mapped',
  },
  {
    says: 'a first growth by the block alone',
    trace: 'a 0 100',
    tamper: (steps) => onHeap(last(steps), 104),
    invariant: 'syscalls',
    cause: 'preallocation',
  },
  {
    says: 'an mmap longer than the block',
    trace: 'a 0 200000',
    tamper: (steps) => Object.assign(last(steps), { syscalls: [mmap(M, 204800)] }),
    invariant: 'syscalls',
    cause: 'mmap-length',
  },
  {
    says: 'a munmap of the payload only',
    trace: 'a 0 200000; f 0',
    tamper: (steps) => Object.assign(last(steps), { syscalls: [munmap(M, 200000)] }),
    invariant: 'syscalls',
    cause: 'munmap-arguments',
  },
  {
    says: 'a mapping left behind',
    trace: 'a 0 200000; f 0',
    tamper: (steps) => Object.assign(last(steps), { syscalls: [] }),
    invariant: 'syscalls',
    cause: 'leak',
  },
  {
    says: 'a break that goes down',
    trace: 'a 0 100; f 0',
    tamper: (steps) => {
      Object.assign(last(steps), { syscalls: [brk(131072, 65536)] });
      Object.assign(last(steps).heap, { end: H + 65536 });
      last(steps).heap.payloadSize[1] = 65536 - 136 - 32;
    },
    invariant: 'syscalls',
    cause: 'break-lowered',
  },
  {
    says: 'an mremap',
    trace: 'a 0 200000; r 0 200000',
    tamper: (steps) =>
      last(steps).syscalls.push({ ...mmap(M, 200032), name: 'mremap', address: M }),
    invariant: 'syscalls',
    cause: 'mremap',
  },
  {
    says: 'NULL after a growth that no system would grant',
    trace: 'a 0 24; a 1 64',
    tamper: (steps) => {
      const { heap } = steps[0] as Step;
      Object.assign(last(steps), { syscalls: [failedSbrk(2 ** 40)], result: 0, heap });
    },
    invariant: 'syscalls',
    cause: 'absurd',
  },
  {
    says: 'an extra query that maps',
    trace: 'a 0 100; f 0; f -1',
    tamper: (steps) => last(steps).syscalls.push(brk(131072, 131080)),
    invariant: 'syscalls',
    cause: 'nothing',
  },
];

describe('the judge', () => {
  test.each(bad)('on $says: $invariant/$cause', ({ trace, tamper, invariant, cause, at }) => {
    const steps = lawfulExecution(parseTrace(trace));
    expect(judge(lawfulExecution(parseTrace(trace)))).toEqual([]);
    tamper(steps);
    const violations = judge(steps);
    expect(violations.map((v) => `${v.invariant}/${v.cause} at ${v.step}`)).toEqual([
      `${invariant}/${cause} at ${at ?? steps.length - 1}`,
    ]);
    expect(judge(steps, new Set([invariant])).map((v) => v.cause)).toContain(cause);
  });

  test.each([
    ['fails at the first', [failedSbrk(32)]],
    ['is taken back when a later one fails', [brk(0, 32), failedSbrk(131040), brk(32, 0)]],
  ])('says nothing of a growth made in pieces that %s', (_, syscalls) => {
    const [step] = lawfulExecution(parseTrace('a 0 24')) as [Step];
    const heap = { ...emptyWalk(H), end: H };
    expect(judge([{ ...step, result: 0, syscalls, heap }])).toEqual([]);
  });

  test('says nothing of a preallocation that stays when a size that cannot be had is refused', () => {
    const [preallocated] = lawfulExecution(parseTrace('a 0 24')) as [Step];
    const [refused] = lawfulExecution(parseTrace('a 0 68719476737')) as [Step];
    const { heap } = preallocated;
    heap.count = 1;
    heap.payloadSize.splice(0, 2, 131040);
    heap.status.splice(0, 2, 0);
    const failedMmap = { ...mmap(-1, 68719476776), error: 12 };
    const syscalls = [failedMmap, brk(0, 131072), failedSbrk(68719345704)];
    expect(judge([{ ...refused, result: 0, syscalls, heap }])).toEqual([]);
  });

  test('does not read a header of 32 from a refused preallocation, where a mapping showed 24', () => {
    const text = 'a 0 131041; r 0 131033; r 0 131041';
    const [given, refused, kept] = lawfulExecution(parseTrace(text), osmem.placement, 24) as Step[];
    Object.assign(refused as Step, {
      result: 0,
      syscalls: [failedSbrk(131072)],
      heap: given?.heap,
    });
    Object.assign(kept as Step, { result: given?.result, syscalls: [], heap: given?.heap });
    expect(judge([given, refused, kept] as Step[])).toEqual([]);
  });

  test('tells bytes that changed from bytes that are not there any more', () => {
    const said = (actual: number) => {
      const steps = lawfulExecution(parseTrace('a 0 64; a 1 24; f 1'));
      last(steps).broken.push({ ...broken(0, 'contents'), actual });
      return judge(steps).map((violation) => violation.says);
    };
    expect(said(0xab)).toEqual([
      'byte 7 of p0 (heap+0x27) is 0xab, not 0x1, though nobody wrote there',
    ]);
    expect(said(-1)).toEqual([
      'byte 7 of p0 (heap+0x27) is lost: its memory is not mapped any more, though p0 is live',
    ]);
  });

  test.each([
    [4096, 'says 4096 bytes, which ends at heap+0x1020, beyond the break at heap+0x20000'],
    [2 ** 64, 'says nearly 2^64 bytes, far beyond the break at heap+0x20000'],
    [2 ** 60, 'says about 1.15e+18 bytes, far beyond the break at heap+0x20000'],
  ])('says of a header no more than it knows: %d', (flawSize, says) => {
    const steps = lawfulExecution(parseTrace('a 0 24'));
    Object.assign(last(steps).heap, { flaw: 'overrun', flawAt: H, flawSize, count: 0 });
    expect(judge(steps)[0]?.says).toBe(`the header at heap+0x0 ${says}`);
  });

  test.each([
    [{ fd: 0 }, 'mmap with fd 0, where'],
    [{ flags: 0x21 }, 'mmap with MAP_SHARED | MAP_ANON, where'],
    [{ flags: 0x4022 }, 'mmap with protection 0x3, flags 0x4022, where'],
    [{ address: H }, 'mmap with hint heap+0x0, where'],
  ])('names the argument of mmap that is another: %j', (other, says) => {
    const steps = lawfulExecution(parseTrace('a 0 200000'));
    Object.assign(last(steps).syscalls[0] as object, other);
    expect(judge(steps)[0]?.says).toContain(says);
  });

  test('knows a size that counts the header by where the walk ends', () => {
    const steps = lawfulExecution(parseTrace('a 0 24'));
    const { heap } = last(steps);
    heap.payloadSize[0] = 56;
    Object.assign(heap, { flaw: 'too-small', flawAt: H + 88, flawSize: 0, count: 1 });
    expect(judge(steps)[0]?.says).toMatch(
      /^the header of heap\+0x20 says 56 bytes, where the payload is 24: it counts the header of 32/,
    );
  });

  test('has a bad execution for each invariant', () => {
    const missing = INVARIANTS.filter((each) => !bad.some((b) => b.invariant === each.name));
    expect(missing.map((each) => each.name)).toEqual([]);
  });
});

function judge(steps: readonly Step[], only?: ReadonlySet<InvariantName>): Violation[] {
  const judge = new Judge(osmem, only === undefined ? {} : { only });
  judge.begin({ heapStart: H });
  return steps.flatMap((step) => [...judge.step(step)]);
}

function broken(slot: number, check: 'contents' | 'zeroing' | 'prefix'): Step['broken'][number] {
  return { slot, offset: 7, expected: 1, actual: 0, check };
}

/** The step's payload of `size` bytes is the only heap block, the break right behind it. */
function onHeap(step: Step, size: number): void {
  step.result = H + 32;
  step.syscalls.length = 0;
  step.syscalls.push(brk(0, 32 + size));
  Object.assign(step.heap, { taken: true, header: 32, count: 1, end: H + 32 + size });
  step.heap.address.splice(0, 9, H);
  step.heap.payloadSize.splice(0, 9, size);
  step.heap.status.splice(0, 9, 1);
}

/** The step's payload is in a mapping of `block` bytes, the heap unused. */
function mapped(step: Step, block: number): void {
  step.result = M + 32;
  step.syscalls.length = 0;
  step.syscalls.push(mmap(M, block));
  Object.assign(step.heap, { taken: false, header: 0, count: 0, end: H });
}
