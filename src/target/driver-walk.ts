// The heap walk, kept up to date from the differences that the driver sends. Two walks take turns, so
// that the one of the step before stays as it was until the next step.

import type { Address } from '../memory/address.ts';
import { emptyWalk, type HeapWalk } from './execution.ts';
import { skipWalk } from './walk.ts';

const FLAWS: readonly HeapWalk['flaw'][] = ['', 'overrun', 'too-small', 'unreadable', 'too-many'];
const FRAME_WORDS = 3;
const FLAW_WORDS = 2;

/** What is known of the heap before the target runs. */
export interface HeapLayout {
  readonly heapStart: Address;
  /** Whether the driver sends the links in the headers. */
  readonly links: boolean;
}

export class DeltaWalk {
  current: HeapWalk;
  private spare: HeapWalk;
  private readonly lost: HeapWalk;
  private readonly links: boolean;
  private readonly heapStart: Address;
  /** `spare` equals `current` in its first `alike` blocks, and from `alikeAgain` on. */
  private alike = 0;
  private alikeAgain = Number.POSITIVE_INFINITY;

  constructor({ links, heapStart }: HeapLayout) {
    this.links = links;
    this.heapStart = heapStart;
    this.current = emptyWalk(heapStart);
    this.spare = emptyWalk(heapStart);
    this.lost = emptyWalk(heapStart);
  }

  reset(): void {
    skipWalk(this.current, this.heapStart, this.heapStart);
    skipWalk(this.spare, this.heapStart, this.heapStart);
    this.alike = 0;
    this.alikeAgain = Number.POSITIVE_INFINITY;
  }

  /** Reads the difference at word `from`; returns the word behind it. */
  apply(ints: Int32Array, doubles: Float64Array, from: number): number {
    const old = this.current;
    const walk = this.spare;
    const prefix = ints[from * 2]!;
    const removed = ints[from * 2 + 1]!;
    const added = ints[from * 2 + 2]!;
    const packed = ints[from * 2 + 3]!;
    walk.header = packed & 0xffff;
    walk.taken = ((packed >> 16) & 1) === 1;
    walk.flaw = FLAWS[packed >>> 24]!;
    walk.end = doubles[from + 2]!;
    let at = from + FRAME_WORDS;
    walk.flawAt = walk.flaw === '' ? 0 : doubles[at]!;
    walk.flawSize = walk.flaw === '' ? 0 : doubles[at + 1]!;
    if (walk.flaw !== '') at += FLAW_WORDS;
    const shift = added - removed;
    const { alike, alikeAgain } = this;
    copyBlocks(old, alike, Math.min(prefix, alikeAgain), walk, 0, this.links);
    const end = this.readBlocks(walk, prefix, added, ints, doubles, at);
    const last = shift === 0 ? Math.min(old.count, alikeAgain) : old.count;
    copyBlocks(old, prefix + removed, last, walk, shift, this.links);
    walk.count = old.count + shift;
    walk.same = prefix;
    walk.sameTail = old.count - prefix - removed;
    this.alike = prefix;
    this.alikeAgain = shift === 0 ? prefix + added : Number.POSITIVE_INFINITY;
    this.current = walk;
    this.spare = old;
    return end;
  }

  /** What is known of the heap of a process that has ended: nothing. */
  gone(): HeapWalk {
    skipWalk(this.lost, this.heapStart, this.current.end);
    return this.lost;
  }

  private readBlocks(
    walk: HeapWalk,
    prefix: number,
    added: number,
    ints: Int32Array,
    doubles: Float64Array,
    from: number,
  ): number {
    let address =
      prefix === 0
        ? walk.start
        : walk.address[prefix - 1]! + walk.header + walk.payloadSize[prefix - 1]!;
    let at = from;
    for (let i = prefix; i < prefix + added; i++) {
      const payloadSize = ints[at * 2]!;
      walk.address[i] = address;
      walk.payloadSize[i] = payloadSize;
      walk.status[i] = ints[at * 2 + 1]!;
      address += walk.header + payloadSize;
      at += 1;
      if (!this.links) continue;
      walk.word16[i] = doubles[at]!;
      walk.word24[i] = doubles[at + 1]!;
      at += 2;
    }
    return at;
  }
}

/** Blocks [from, to) of one walk to the other, `shift` places further. */
function copyBlocks(
  source: HeapWalk,
  from: number,
  to: number,
  target: HeapWalk,
  shift: number,
  links: boolean,
): void {
  for (let i = from; i < to; i++) {
    const place = i + shift;
    target.address[place] = source.address[i]!;
    target.payloadSize[place] = source.payloadSize[i]!;
    target.status[place] = source.status[i]!;
    if (!links) continue;
    target.word16[place] = source.word16[i]!;
    target.word24[place] = source.word24[i]!;
  }
}
