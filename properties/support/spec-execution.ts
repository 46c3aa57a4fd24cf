// Executions made from the placement specification alone: no memory, no allocator. A lawful execution
// is what the judge must be silent on; tampering with one step makes the bad ones.

import type { PlacementRules } from '../../src/contract/contract.ts';
import { osmem } from '../../src/contract/osmem.ts';
import { HEAP_START, MAPPING_START, pageCeil } from '../../src/memory/address.ts';
import { ENOMEM, type Syscall } from '../../src/memory/syscall.ts';
import { type Place, PlacementSpec, type SpecSyscall } from '../../src/oracle/placement.ts';
import { emptyWalk, type HeapWalk, type Step } from '../../src/target/execution.ts';
import type { Op } from '../../src/trace/op.ts';
import type { Trace } from '../../src/trace/trace.ts';

/** Steps as a perfect allocator would show them; ops are taken to be on slots in the right state. */
export function lawfulExecution(
  trace: Trace,
  rules: PlacementRules = osmem.placement as PlacementRules,
  header = 32,
): Step[] {
  const world = new World(rules, header);
  return trace.map((op, index) => world.step(op, index));
}

class World {
  private readonly spec: PlacementSpec;
  private readonly header: number;
  private readonly mappings: { start: number; length: number }[] = [];
  private readonly slots = new Map<number, number>();
  private nextMapping = MAPPING_START;
  private heapUsed = false;

  constructor(rules: PlacementRules, header: number) {
    this.spec = new PlacementSpec(rules, header);
    this.header = header;
  }

  step(op: Op, index: number): Step {
    const given = this.slots.get(op.slot) ?? 0;
    const end = this.spec.heapSize;
    const { result, syscalls } = this.spec.predict(op);
    let at = end;
    const made = syscalls.map((call) => {
      const syscall = this.syscall(call, at);
      if (call.name === 'brk' && !call.failed) at = call.end;
      return syscall;
    });
    const address = this.addressOf(result);
    if (op.kind === 'free' || (op.kind === 'realloc' && op.size === 0)) this.slots.delete(op.slot);
    else if (address !== 0) this.slots.set(op.slot, address);
    return {
      index,
      op,
      outcome: op.kind.startsWith('fail') ? 'skipped' : 'returned',
      result: address,
      given: op.kind === 'realloc' || op.kind === 'free' ? given : 0,
      errno: 0,
      syscalls: made,
      heap: this.walk(),
      broken: [],
      detail: '',
      fault: undefined,
    };
  }

  private addressOf(place: Place): number {
    if (place.base === 'null') return 0;
    if (place.base === 'heap') return HEAP_START + place.offset;
    return (this.mappings[place.number - 1]?.start ?? 0) + place.offset;
  }

  private syscall(call: SpecSyscall, end: number): Syscall {
    if (call.name === 'brk') {
      this.heapUsed = true;
      return brk(end, call.end);
    }
    if (call.name === 'mmap') {
      const length = Number(call.length);
      const start = this.nextMapping;
      this.mappings.push({ start, length });
      this.nextMapping += pageCeil(length) + 4096;
      return mmap(start, length);
    }
    const { start, length } = this.mappings[call.number - 1] as { start: number; length: number };
    return munmap(start, length);
  }

  private walk(): HeapWalk {
    const walk = emptyWalk(HEAP_START);
    let address = HEAP_START;
    for (const block of this.spec.blocks) {
      walk.address.push(address);
      walk.payloadSize.push(block.payloadSize);
      walk.status.push(block.owner >= 0 ? 1 : 0);
      address += this.header + block.payloadSize;
    }
    walk.count = this.spec.blocks.length;
    walk.end = address;
    walk.taken = this.heapUsed;
    walk.header = this.heapUsed ? this.header : 0;
    return walk;
  }
}

const plain = {
  address: 0,
  length: 0,
  moved: 0,
  protection: 0,
  flags: 0,
  fd: 0,
  offset: 0,
  error: 0,
};

export function brk(from: number, to: number): Syscall {
  return { ...plain, name: 'brk', address: HEAP_START + to, moved: to - from, result: 0 };
}

export function failedSbrk(bytes: number): Syscall {
  return { ...plain, name: 'sbrk', moved: bytes, result: -1, error: ENOMEM };
}

export function mmap(start: number, length: number): Syscall {
  return { ...plain, name: 'mmap', length, protection: 3, flags: 0x22, fd: -1, result: start };
}

export function munmap(start: number, length: number): Syscall {
  return { ...plain, name: 'munmap', address: start, length, result: 0 };
}
