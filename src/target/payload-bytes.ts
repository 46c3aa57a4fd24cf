// Filling payloads with their pattern and finding where it is broken, at the speed of typed arrays. What
// the pattern is, and which ranges are looked at, is said in payload.ts.
//
// All of these work on a buffer in two views, `base` being the index of the payload's first byte and
// [from, to) offsets in the payload, `from` a multiple of 4. Relies on a little-endian host.

import { byteAt, EDGE, strideOf } from './payload.ts';

/** From one lane to the next. */
const STEP = 0x85ebca6b | 0;

/** A stretch of memory: where a payload's bytes are. */
export interface PayloadBytes {
  bytes: Uint8Array;
  ints: Int32Array;
  /** Index of the payload's first byte in `bytes`. */
  base: number;
}

export function fillPattern(
  at: Readonly<PayloadBytes>,
  tag: number,
  from: number,
  to: number,
): void {
  const { bytes, ints, base } = at;
  let offset = from;
  if ((base & 3) === 0) {
    const lanes = (to - from) >> 2;
    const first = (base + from) >> 2;
    let lane = firstLane(tag, from);
    for (let i = 0; i < lanes; i++) {
      ints[first + i] = lane;
      lane = (lane + STEP) | 0;
    }
    offset += lanes * 4;
  }
  for (; offset < to; offset++) bytes[base + offset] = byteAt(tag, offset);
}

/** The offset of the first byte that is not the pattern's; -1 if there is none. */
export function firstBroken(
  at: Readonly<PayloadBytes>,
  tag: number,
  from: number,
  to: number,
): number {
  const { bytes, ints, base } = at;
  let offset = from;
  if ((base & 3) === 0) {
    const lanes = (to - from) >> 2;
    const first = (base + from) >> 2;
    let lane = firstLane(tag, from);
    let i = 0;
    while (i < lanes && ints[first + i] === lane) {
      i += 1;
      lane = (lane + STEP) | 0;
    }
    offset += i * 4;
  }
  while (offset < to && bytes[base + offset] === byteAt(tag, offset)) offset += 1;
  return offset < to ? offset : -1;
}

/** fillPattern of a sampled payload of `size` bytes: sampleRanges, without a call for every lane. */
export function fillSample(at: Readonly<PayloadBytes>, tag: number, size: number): void {
  fillPattern(at, tag, 0, EDGE);
  const tail = tailOf(size);
  const stride = strideOf(size);
  const step = Math.imul(STEP, stride >> 2);
  let lane = firstLane(tag, stride);
  for (let offset = stride; offset < tail; offset += stride) {
    if ((at.base & 3) === 0) at.ints[(at.base + offset) >> 2] = lane;
    else fillPattern(at, tag, offset, offset + 4);
    lane = (lane + step) | 0;
  }
  fillPattern(at, tag, tail, size);
}

/** firstBroken of a sampled payload of `size` bytes, as far as `limit`. */
export function firstBrokenInSample(
  at: Readonly<PayloadBytes>,
  tag: number,
  size: number,
  limit: number,
): number {
  const head = firstBroken(at, tag, 0, Math.min(EDGE, limit));
  if (head >= 0) return head;
  const tail = tailOf(size);
  const end = Math.min(tail, limit);
  const stride = strideOf(size);
  const step = Math.imul(STEP, stride >> 2);
  let lane = firstLane(tag, stride);
  for (let offset = stride; offset < end; offset += stride) {
    const whole = (at.base & 3) === 0 && offset + 4 <= limit;
    if (!whole || at.ints[(at.base + offset) >> 2] !== lane) {
      const found = firstBroken(at, tag, offset, Math.min(offset + 4, limit));
      if (found >= 0) return found;
    }
    lane = (lane + step) | 0;
  }
  return tail < limit ? firstBroken(at, tag, tail, Math.min(size, limit)) : -1;
}

/** Where the last range of a sampled payload begins. */
function tailOf(size: number): number {
  return (size - EDGE) & ~3;
}

/** The offset of the first byte that is not zero; -1 if there is none. */
export function firstNonZero(at: Readonly<PayloadBytes>, from: number, to: number): number {
  const { bytes, ints, base } = at;
  let offset = from;
  if ((base & 3) === 0) {
    const lanes = (to - from) >> 2;
    const first = (base + from) >> 2;
    let i = 0;
    while (i < lanes && ints[first + i] === 0) i += 1;
    offset += i * 4;
  }
  while (offset < to && bytes[base + offset] === 0) offset += 1;
  return offset < to ? offset : -1;
}

/** laneAt(tag, from / 4), from which each next lane is one STEP away. */
function firstLane(tag: number, from: number): number {
  return Math.imul((Math.imul(tag, 0x9e3779b1) + (from >>> 2)) | 0, STEP);
}
