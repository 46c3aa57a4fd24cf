// Sizes as text: decimal, hex, MAX, MAX-7. Every size_t is written and read back without losing a bit.

import { SIZE_MAX, type SizeT, sizeT } from '../contract/size-t.ts';

/** Sizes this close to SIZE_MAX are written as MAX-k: nobody recognizes 18446744073709551608. */
const NEAR_MAX = 1n << 16n;

/** Digits that certainly fit a double exactly. */
const EXACT_DIGITS = 15;

export function formatSize(size: SizeT): string {
  if (typeof size === 'number') return String(size);
  const below = SIZE_MAX - size;
  if (below >= NEAR_MAX) return String(size);
  return below === 0n ? 'MAX' : `MAX-${below}`;
}

/** The size that `text` says, or undefined where it says none or one above 2^64-1. */
export function parseSize(text: string): SizeT | undefined {
  if (text === 'MAX') return SIZE_MAX;
  if (text.startsWith('MAX-')) {
    const below = parseWhole(text.slice(4));
    return below === undefined ? undefined : sizeT(SIZE_MAX - BigInt(below));
  }
  return parseWhole(text);
}

/** Whether `text` has the form of a size, though it may be too large for one. */
export function looksLikeSize(text: string): boolean {
  return /^(MAX|MAX-[0-9]+|[0-9]+|0[xX][0-9a-fA-F]+)$/.test(text);
}

function parseWhole(text: string): SizeT | undefined {
  if (/^[0-9]+$/.test(text)) {
    if (text.length <= EXACT_DIGITS) return Number(text);
    return fitting(text.replace(/^0+(?=.)/, ''), 20);
  }
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) {
    return fitting(`0x${text.slice(2).replace(/^0+(?=.)/, '')}`, 18);
  }
  return undefined;
}

/** The length is looked at first: converting a megabyte of digits would take minutes. */
function fitting(digits: string, longest: number): SizeT | undefined {
  if (digits.length > longest) return undefined;
  const value = BigInt(digits);
  return value > SIZE_MAX ? undefined : sizeT(value);
}
