// A readable list of the heap's blocks: for reports, statistics and tests. Reads the memory only.

import { type Address, NULL } from '../memory/address.ts';
import { ALLOCATED, FREE, HEADER, nextOf, payloadSize, statusOf } from './block.ts';
import type { Heap } from './heap.ts';

export interface BlockView {
  /** Bytes from the start of the heap to the header. */
  readonly offset: number;
  readonly payloadSize: number;
  readonly status: 'free' | 'allocated' | 'unknown';
}

export function snapshot(heap: Heap): readonly BlockView[] {
  const { memory } = heap;
  const views: BlockView[] = [];
  for (let block = heap.head; block !== NULL; block = nextOf(memory, block)) {
    views.push(viewOf(heap, block));
  }
  return views;
}

/** `0x0 allocated 24 | 0x38 free 131016`, sizes without the headers. */
export function formatSnapshot(views: readonly BlockView[]): string {
  return views
    .map((view) => `0x${view.offset.toString(16)} ${view.status} ${view.payloadSize}`)
    .join(' | ');
}

/** Bytes of payload in use, in FREE blocks, and of headers. */
export function heapUsage(views: readonly BlockView[]): {
  readonly allocated: number;
  readonly free: number;
  readonly headers: number;
} {
  let allocated = 0;
  let free = 0;
  for (const view of views) {
    if (view.status === 'free') free += view.payloadSize;
    else allocated += view.payloadSize;
  }
  return { allocated, free, headers: views.length * HEADER };
}

function viewOf({ memory }: Heap, block: Address): BlockView {
  const status = statusOf(memory, block);
  return {
    offset: block - memory.heapStart,
    payloadSize: payloadSize(memory, block),
    status: status === FREE ? 'free' : status === ALLOCATED ? 'allocated' : 'unknown',
  };
}
