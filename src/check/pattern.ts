// What a minimal trace has in common with the longer ones that show the same: the kinds of its calls in
// their order, each with the least size that will do (shrinking has made them small).

import type { SizeT } from '../contract/size-t.ts';
import type { Op, Slot } from '../trace/op.ts';
import { requested, type Trace } from '../trace/trace.ts';

export type Pattern = readonly Shape[];

interface Shape {
  readonly does: Deed;
  readonly size: SizeT;
}

/** What a call comes to, if none before it fails. */
type Deed = 'gets' | 'grows' | 'shrinks' | 'frees' | 'else';

export function patternOf(trace: Trace): Pattern {
  const sizes = new Map<Slot, SizeT>();
  return trace.map((op) => {
    const shape = shapeOf(op, sizes);
    take(op, shape, sizes);
    return shape;
  });
}

/** The trace without the ops that complete the pattern. */
export function aroundPattern(trace: Trace, pattern: Pattern): Trace {
  const sizes = new Map<Slot, SizeT>();
  const last = pattern.length - 1;
  let met = 0;
  return trace.filter((op) => {
    const shape = shapeOf(op, sizes);
    if (met === last && completes(shape, pattern[last] as Shape)) return false;
    if (met < last && isLike(shape, pattern[met] as Shape)) met += 1;
    take(op, shape, sizes);
    return true;
  });
}

function isLike(shape: Shape, wanted: Shape): boolean {
  return shape.does === wanted.does && shape.size >= wanted.size;
}

/** A block that grows may have to move, which is getting another. */
function completes(shape: Shape, wanted: Shape): boolean {
  return isLike(shape, wanted) || (wanted.does === 'gets' && shape.does === 'grows');
}

function shapeOf(op: Op, sizes: ReadonlyMap<Slot, SizeT>): Shape {
  const size = requested(op) ?? 0;
  const own = sizes.get(op.slot);
  const does = ((): Deed => {
    if (op.kind === 'free') return 'frees';
    if (op.kind === 'malloc' || op.kind === 'calloc') return 'gets';
    if (op.kind !== 'realloc') return 'else';
    if (own === undefined) return 'gets';
    if (size === 0) return 'frees';
    return size > own ? 'grows' : 'shrinks';
  })();
  return { does, size: does === 'frees' ? 0 : size };
}

function take(op: Op, { does, size }: Shape, sizes: Map<Slot, SizeT>): void {
  if (does === 'frees') sizes.delete(op.slot);
  else if (does !== 'else' && size > 0) sizes.set(op.slot, size);
}
