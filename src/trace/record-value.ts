// The values in a course record: sizes, addresses on the heap and in mappings, NULL.

import { SIZE_MAX, type SizeT, wrapSize } from '../contract/size-t.ts';
import { fail, type Line } from './record-line.ts';
import { parseSize } from './size-text.ts';
import { quote } from './trace-syntax-error.ts';

export type Place =
  /** Bytes from the start of the heap. */
  | { readonly kind: 'heap'; readonly offset: number }
  /** Mapping number from 1, in the order of the mmap calls; bytes from its start. */
  | { readonly kind: 'mapping'; readonly mapping: number; readonly offset: number };

/** What a call returned; void is what os_free returns. */
export type RecordedResult = { readonly kind: 'null' } | { readonly kind: 'void' } | Place;

const HEAP = /^HeapStart(?:\s*\+\s*(-?)(0x[0-9a-f]+|[0-9]+))?$/i;
const MAPPING = /^<mapped-addr([0-9]{1,9})>(?:\s*\+\s*(0x[0-9a-f]+|[0-9]+))?$/i;

export function placeOf(text: string): Place | undefined {
  const heap = HEAP.exec(text);
  if (heap) {
    const offset = exact(heap[2] ?? '0');
    if (offset === undefined) return undefined;
    return { kind: 'heap', offset: heap[1] && offset > 0 ? -offset : offset };
  }
  const mapped = MAPPING.exec(text);
  if (!mapped) return undefined;
  const offset = exact(mapped[2] ?? '0');
  if (offset === undefined) return undefined;
  return { kind: 'mapping', mapping: Number(mapped[1]), offset };
}

export function isNull(text: string): boolean {
  return /^(?:0+|0x0+|nil|\(nil\)|NULL)$/i.test(text);
}

/** A key under which equal places are found again. */
export function placeKey(place: Place): string {
  return place.kind === 'heap' ? `heap+${place.offset}` : `${place.mapping}+${place.offset}`;
}

/** An argument that is a size: decimal, hex, MAX, or negative as C would convert it. */
export function sizeOf(line: Line, text: string): SizeT {
  const size = text.startsWith('-') ? negative(parseSize(text.slice(1))) : parseSize(text);
  if (size === undefined) throw fail(line, `${quote(text)} is not a size`, text);
  return size;
}

/** -1 is SIZE_MAX, as in C. */
function negative(size: SizeT | undefined): SizeT | undefined {
  return size === undefined ? undefined : wrapSize(SIZE_MAX + 1n - BigInt(size));
}

function exact(text: string): number | undefined {
  const size = parseSize(text);
  return typeof size === 'number' ? size : undefined;
}
