// The shape of the heap in two numbers, kept up from step to step by what changed: how many blocks are FREE, and
// how large the largest of them is, to a power of two. No step looks at a block that stayed as it was.

import type { HeapBlocks } from '../target/heap-blocks.ts';
import { powerOf } from './powers.ts';

const FREE = 0;

export class HeapShape {
  /** FREE blocks. */
  free = 0;
  /** FREE blocks by the power of two of their payload. */
  private readonly byPower = new Int32Array(32);
  /** Bit p is set where there are any of power p. */
  private powers = 0;

  begin(): void {
    if (this.free > 0) this.byPower.fill(0);
    this.free = 0;
    this.powers = 0;
  }

  /** The power of two of the largest FREE payload; -1 where there is none. */
  get largest(): number {
    return 31 - Math.clz32(this.powers);
  }

  /** Of a step that changed something. */
  follow({ blocks, added, same, removed }: HeapBlocks): void {
    const end = same + removed;
    for (let i = same; i < end; i++) {
      if (blocks.status[i] === FREE) this.count(blocks.payloadSize[i] as number, -1);
    }
    for (let i = 0; i < added.count; i++) {
      if (added.status[i] === FREE) this.count(added.payloadSize[i] as number, 1);
    }
  }

  private count(payloadSize: number, by: number): void {
    const power = powerOf(payloadSize);
    const left = (this.byPower[power] as number) + by;
    this.byPower[power] = left;
    this.free += by;
    if (left > 0) this.powers |= 1 << power;
    else this.powers &= ~(1 << power);
  }
}
