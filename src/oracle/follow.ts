// Follows an execution with the placement specification and says where the two part: address by
// address, syscall by syscall, block by block. For ours, which must match exactly.

import type { PlacementRules } from '../contract/contract.ts';
import { type Address, hex } from '../memory/address.ts';
import type { Syscall } from '../memory/syscall.ts';
import type { HeapWalk, Step } from '../target/execution.ts';
import { type Place, PlacementSpec, type SpecBlock, type SpecSyscall } from './placement.ts';

export class Follower {
  private readonly spec: PlacementSpec;
  private readonly heapStart: Address;
  private readonly header: number;
  /** Mapping n starts at mappings[n - 1]. */
  private readonly mappings: Address[] = [];
  private heapEnd: Address;

  constructor(rules: PlacementRules, heapStart: Address, header = rules.headers[0] as number) {
    this.spec = new PlacementSpec(rules, header);
    this.heapStart = heapStart;
    this.heapEnd = heapStart;
    this.header = header;
  }

  /** The first difference between the step and what the specification predicts, or undefined. */
  follow(step: Step): string | undefined {
    if (step.outcome === 'skipped') return undefined;
    if (step.outcome !== 'returned') return `op ${step.index} ${step.outcome}: ${step.detail}`;
    const made = step.syscalls.filter(isEffective);
    const answers = made.filter((call) => call.name !== 'munmap').map((call) => call.error !== 0);
    let asked = 0;
    const predicted = this.spec.predict(step.op, () => answers[asked++] ?? false);
    return (
      this.differInSyscalls(step, predicted.syscalls, made) ??
      differ(step, 'result', name(predicted.result), name(this.placeOf(step.result))) ??
      this.differInHeap(step)
    );
  }

  private differInSyscalls(
    step: Step,
    predicted: readonly SpecSyscall[],
    made: readonly Syscall[],
  ): string | undefined {
    if (predicted.length === 0 && made.length === 0) return undefined;
    const seen = made.map((call) => this.describe(call));
    const owed = predicted.map((call) => describe(call));
    return differ(step, 'syscalls', owed.join('; '), seen.join('; '));
  }

  private describe(call: Syscall): string {
    const failed = call.error !== 0;
    if (call.name === 'brk' || call.name === 'sbrk') {
      const end = this.heapEnd - this.heapStart + call.moved;
      if (!failed) this.heapEnd += call.moved;
      return describe({ name: 'brk', end, failed });
    }
    if (call.name === 'mmap') {
      const number = failed ? 0 : this.mappings.push(call.result);
      return describe({ name: 'mmap', length: call.length, number, failed });
    }
    const number = this.mappings.indexOf(call.address) + 1;
    return describe({ name: 'munmap', number, length: Number(call.length) });
  }

  private placeOf(address: Address): Place {
    if (address === 0) return { base: 'null' };
    if (address >= this.heapStart && address < this.heapEnd) {
      return { base: 'heap', offset: address - this.heapStart };
    }
    const number = this.mappings.indexOf(address - this.header) + 1;
    return { base: 'mapping', number, offset: this.header };
  }

  private differInHeap(step: Step): string | undefined {
    const { heap } = step;
    if (!heap.taken || this.hasBlocksOf(heap)) return undefined;
    const owed = this.spec.blocks.map(
      (block) => `${block.payloadSize}${block.owner < 0 ? ' free' : ''}`,
    );
    const seen: string[] = [];
    for (let i = 0; i < heap.count; i++) {
      seen.push(`${heap.payloadSize[i]}${heap.status[i] === 0 ? ' free' : ''}`);
    }
    return differ(step, 'blocks', owed.join(', '), seen.join(', '));
  }

  /** Without a word, for this is asked at every step of long campaigns. */
  private hasBlocksOf(heap: HeapWalk): boolean {
    const { blocks } = this.spec;
    if (blocks.length !== heap.count) return false;
    for (let i = 0; i < heap.count; i++) {
      const { payloadSize, owner } = blocks[i] as SpecBlock;
      if (payloadSize !== heap.payloadSize[i] || owner < 0 !== (heap.status[i] === 0)) return false;
    }
    return true;
  }
}

/** A query moves nothing, and nobody is held to how often it is made. */
function isEffective(call: Syscall): boolean {
  return (call.name !== 'brk' && call.name !== 'sbrk') || call.moved !== 0;
}

export function describe(call: SpecSyscall): string {
  if (call.name === 'munmap') return `munmap(mapping ${call.number}, ${call.length})`;
  const failed = call.failed ? ' = ENOMEM' : '';
  return call.name === 'brk'
    ? `brk(heap+${hex(call.end)})${failed}`
    : `mmap(${call.length})${failed === '' ? ` = mapping ${call.number}` : failed}`;
}

export function name(place: Place): string {
  if (place.base === 'null') return 'NULL';
  return place.base === 'heap'
    ? `heap+${hex(place.offset)}`
    : `mapping ${place.number}+${hex(place.offset)}`;
}

function differ(step: Step, what: string, owed: string, seen: string): string | undefined {
  if (owed === seen) return undefined;
  return `op ${step.index}: ${what} should be [${owed}], but are [${seen}]`;
}
