// What payloads are filled with, and where large ones are looked at.
//
// The pattern is a function of the payload's tag and the position, so bytes that come from another block,
// or from another place of the same block, are found out. It is made of 32-bit lanes, little-endian:
//   lane(tag, j) = (tag * 0x9E3779B1 + j) * 0x85EBCA6B  mod 2^32,  byte i = byte (i & 3) of lane (i >> 2)
// driver.c computes the same. The tag is the index of the op at which the payload was born, plus 1.

import type { Density } from './target.ts';

export function laneAt(tag: number, lane: number): number {
  return Math.imul((Math.imul(tag, 0x9e3779b1) + lane) | 0, 0x85ebca6b);
}

export function byteAt(tag: number, offset: number): number {
  return (laneAt(tag, offset >>> 2) >>> ((offset & 3) * 8)) & 0xff;
}

/** Payloads up to this many bytes are filled and checked whole at any density. */
export const WHOLE = 512;
/** While hunting, a longer one is filled and checked in its first and last EDGE bytes … */
export const EDGE = 128;
/** … and in one lane (4 bytes) at every multiple of STRIDE between them, … */
export const STRIDE = 1024;
/** … or of WIDE_STRIDE, if it has LARGE bytes or more: to touch each of its pages is what would cost. */
export const LARGE = 64 * 1024;
export const WIDE_STRIDE = 16 * 1024;

/** Whether a payload of `size` bytes is filled and checked only in part. */
export function isSampled(size: number, density: Density): boolean {
  return density !== 'everything' && size > WHOLE;
}

/** Bytes from one sampled lane to the next in a payload of `size` bytes. */
export function strideOf(size: number): number {
  return size < LARGE ? STRIDE : WIDE_STRIDE;
}

/**
 * Calls `visit(from, to)` for each range [from, to) of bytes that is filled and checked, in order. Every
 * `from` is a multiple of 4. `size` is the payload's requested bytes.
 */
export function sampleRanges(
  size: number,
  density: Density,
  visit: (from: number, to: number) => void,
): void {
  if (!isSampled(size, density)) {
    if (size > 0) visit(0, size);
    return;
  }
  visit(0, EDGE);
  const tail = (size - EDGE) & ~3;
  const stride = strideOf(size);
  for (let at = stride; at < tail; at += stride) visit(at, Math.min(at + 4, size));
  visit(tail, size);
}
