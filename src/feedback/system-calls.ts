// What the system calls of a trace have done so far, as far as features tell of it.

import type { Step } from '../target/execution.ts';

/** Which call failed, by place in FAILING of feature-space.ts. */
const SBRK = 0;
const MMAP = 1;

export class SystemCalls {
  /** The break. */
  heapEnd = 0;
  /** Mappings that are there, and how often the break has moved up. */
  mappings = 0;
  growths = 0;
  /** Of the step in hand: whether the break moved up, whether mappings came or went, and what failed (-1: nothing). */
  grew = false;
  remapped = false;
  failed = -1;

  begin(heapStart: number): void {
    this.heapEnd = heapStart;
    this.mappings = 0;
    this.growths = 0;
    this.forget();
  }

  follow(step: Step): void {
    this.forget();
    if (step.syscalls.length > 0) this.take(step);
  }

  private forget(): void {
    this.grew = false;
    this.remapped = false;
    this.failed = -1;
  }

  private take({ syscalls }: Step): void {
    const { heapEnd, mappings } = this;
    for (let i = 0; i < syscalls.length; i++) {
      const { name, error, moved } = syscalls[i]!;
      if (error !== 0) {
        if (name !== 'munmap') this.failed = name === 'mmap' ? MMAP : SBRK;
      } else if (name === 'mmap') this.mappings++;
      else if (name === 'munmap') this.mappings--;
      else this.heapEnd += moved;
    }
    this.remapped = mappings !== this.mappings;
    this.grew = this.heapEnd > heapEnd;
    if (this.grew) this.growths++;
  }
}
