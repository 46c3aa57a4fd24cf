// Whether a value from outside (a stored example, say) is a trace: every op of a known kind, with a slot,
// sizes and counts that the notation could say.

import { SIZE_MAX } from '../contract/size-t.ts';
import { NO_SLOT, OP_KINDS, type Op, SLOT_LIMIT } from './op.ts';
import type { Trace } from './trace.ts';

export function isTrace(value: unknown): value is Trace {
  return Array.isArray(value) && value.every(isOp);
}

export function isOp(value: unknown): value is Op {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, slot, count, size } = value as Partial<Op>;
  if (!isSize(count) || !isSize(size) || !OP_KINDS.includes(kind as Op['kind'])) return false;
  switch (kind) {
    case 'free-null':
      return slot === NO_SLOT && count === 1 && size === 0;
    case 'fail-sbrk':
    case 'fail-mmap':
      return slot === NO_SLOT && typeof count === 'number' && count >= 1 && size === 0;
    case 'free':
    case 'stale-free':
      return isSlot(slot) && count === 1 && size === 0;
    case 'calloc':
      return isSlot(slot);
    default:
      return isSlot(slot) && count === 1;
  }
}

function isSlot(slot: unknown): boolean {
  return Number.isInteger(slot) && (slot as number) >= 0 && (slot as number) < SLOT_LIMIT;
}

/** In canonical form: a bigint only where a number is not exact. */
function isSize(size: unknown): boolean {
  if (typeof size === 'number') return Number.isSafeInteger(size) && size >= 0;
  return typeof size === 'bigint' && size > BigInt(Number.MAX_SAFE_INTEGER) && size <= SIZE_MAX;
}
