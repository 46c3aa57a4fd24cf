// Which way a step took, told from its result, its system calls and what became of the blocks: for what the heap's
// headers tell. Writes what it finds into its fields, as it stands in the path of every call.

import type { HeapBlocks } from '../target/heap-blocks.ts';
import { ROUTES, type Route } from './routes.ts';

export const code = (route: Route): number => ROUTES.indexOf(route);

const FITS_WHOLE = code('fits whole');
const FITS_SPLIT = code('fits and is split');
const EXTENDS = code('extends the last block');
const APPENDS = code('appends a block');
const BEGINS = code('begins the heap');
const STAYS = code('stays');
const STAYS_CUT = code('stays and is cut');
const ABSORBS = code('absorbs the next');
const ABSORBS_PART = code('absorbs a part of the next');
const STAYS_EXTENDS = code('stays and extends the heap');
const LEFT_FREE = code('leaves a free block');
const JOINS_BEFORE = code('joins the block before');
const JOINS_BEHIND = code('joins the block behind');
const JOINS_BOTH = code('joins both neighbours');

const FREE = 0;
/** Sides: none, a free block, a used one. */
const SIDES = 3;

export class RouteReader {
  route = -1;
  /** Bytes of the block or run that served the request which it did not need; -1 where nothing was served. */
  leftOver = -1;
  /** Left and right neighbour (left * 3 + right); -1 where they are not known. */
  neighbours = -1;
  /** Headers that went. */
  merged = 0;

  begin(): void {
    this.route = -1;
    this.leftOver = -1;
    this.neighbours = -1;
    this.merged = 0;
  }

  /** A block on the heap was given out, its header at `place` from heap start, for so many bytes, a multiple of 8;
   * `grew`: the break moved up. */
  gain(heap: HeapBlocks, place: number, bytes: number, grew: boolean): void {
    const j = indexNow(heap, place);
    if (j < 0) return;
    const { blocks, frame, heapStart } = heap;
    const isFresh = isFreshBehind(heap, j);
    if (blocks.count === 0) this.route = BEGINS;
    else if (grew) this.route = place < frame.end - heapStart ? EXTENDS : APPENDS;
    else this.route = isFresh ? FITS_SPLIT : FITS_WHOLE;
    if (!grew) this.leftOver = leftOver(heap, j, bytes, isFresh);
    this.neighbours = sidesNow(heap, j);
  }

  /** A block on the heap stayed where it is, for so many bytes. */
  stay(heap: HeapBlocks, place: number, bytes: number, grew: boolean): void {
    const i = indexOld(heap, place);
    const j = heap.changed ? indexNow(heap, place) : -1;
    this.route = STAYS;
    if (i < 0) return;
    this.neighbours = sidesOld(heap, i);
    if (j < 0) return;
    const before = heap.blocks.payloadSize[i] as number;
    const after = heap.added.payloadSize[j] as number;
    const isFresh = isFreshBehind(heap, j);
    if (after < before) this.route = STAYS_CUT;
    if (after > before) this.route = grew ? STAYS_EXTENDS : isFresh ? ABSORBS_PART : ABSORBS;
    if (!grew) this.leftOver = leftOver(heap, j, bytes, isFresh);
  }

  /** A block on the heap was taken back. */
  release(heap: HeapBlocks, place: number): void {
    const i = indexOld(heap, place);
    if (i < 0) return;
    this.neighbours = sidesOld(heap, i);
    if (!heap.changed) return;
    const { blocks, same, removed } = heap;
    const behind = i + 1;
    const joinsBefore = indexNow(heap, place) < 0;
    const joinsBehind =
      behind < same + removed && indexNow(heap, blocks.offset[behind] as number) < 0;
    if (joinsBefore) this.route = joinsBehind ? JOINS_BOTH : JOINS_BEFORE;
    else this.route = joinsBehind ? JOINS_BEHIND : LEFT_FREE;
  }

  /** Counts the headers that went. */
  merge({ blocks, added, same, removed }: HeapBlocks): void {
    let gone = 0;
    let j = 0;
    for (let i = same; i < same + removed; i++) {
      const at = blocks.offset[i] as number;
      while (j < added.count && (added.offset[j] as number) < at) j++;
      if (j === added.count || added.offset[j] !== at) gone++;
    }
    this.merged = gone;
  }
}

function leftOver(
  { added, after }: HeapBlocks,
  j: number,
  bytes: number,
  isFresh: boolean,
): number {
  const own = (added.payloadSize[j] as number) - bytes;
  return isFresh ? own + after.header + (added.payloadSize[j + 1] as number) : own;
}

/** Whether behind block j of those that came there is one that begins where none began before. */
function isFreshBehind({ blocks, added, same, removed }: HeapBlocks, j: number): boolean {
  const next = j + 1;
  if (next >= added.count || added.status[next] !== FREE) return false;
  const at = added.offset[next];
  for (let i = same; i < same + removed; i++) if (blocks.offset[i] === at) return false;
  return true;
}

/** Among the blocks that came, or -1. */
function indexNow({ added }: HeapBlocks, place: number): number {
  const { count, offset } = added;
  for (let j = 0; j < count; j++) if (offset[j] === place) return j;
  return -1;
}

/** Among all blocks before the step, those that went first; or -1. */
function indexOld({ changed, blocks, same, removed }: HeapBlocks, place: number): number {
  const { count, offset } = blocks;
  if (changed) {
    for (let i = same; i < same + removed; i++) if (offset[i] === place) return i;
  }
  let low = 0;
  let high = count - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = offset[middle] as number;
    if (found === place) return middle;
    if (found < place) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function sidesOld({ blocks }: HeapBlocks, i: number): number {
  const { count, status } = blocks;
  const left = i > 0 ? side(status[i - 1]) : 0;
  return left * SIDES + (i + 1 < count ? side(status[i + 1]) : 0);
}

/** Of what stayed as it was the blocks before the step tell. */
function sidesNow({ blocks, added, same, removed }: HeapBlocks, j: number): number {
  const behind = same + removed;
  let left = 0;
  if (j > 0) left = side(added.status[j - 1]);
  else if (same > 0) left = side(blocks.status[same - 1]);
  let right = 0;
  if (j + 1 < added.count) right = side(added.status[j + 1]);
  else if (behind < blocks.count) right = side(blocks.status[behind]);
  return left * SIDES + right;
}

function side(status: number | undefined): number {
  return status === FREE ? 1 : 2;
}
