// Lower numbers: each argument first to small values and to the edges of the contract below it (131033
// says more than 140000), then, if one less will do, by binary search. The same for sizes that are equal,
// all at once, and for two at a time by the same amount: a block that is freed and then asked for again, or
// for a little more, stays so only if both go down.

import { type SizeT, sizeT } from '../../contract/size-t.ts';
import type { Trace } from '../trace.ts';
import { type Argument, argumentsOf, withValue } from './arguments.ts';
import { edgesBelow } from './edges.ts';
import { type Candidate, pass } from './pass.ts';

interface Search {
  /** Which argument, or group of equal ones, is being lowered. */
  readonly index: number;
  /** While searching: this value is known not to do. */
  readonly floor?: SizeT;
}

export const lowerArguments = pass<Search>('lower an argument', function* (trace, from) {
  const args = argumentsOf(trace);
  for (let index = from?.index ?? 0; index < args.length; index++) {
    yield* lower(trace, [args[index] as Argument], index, from);
  }
});

export const lowerEqualSizes = pass<Search>('lower equal sizes together', function* (trace, from) {
  const groups = equalSizes(trace);
  for (let index = from?.index ?? 0; index < groups.length; index++) {
    yield* lower(trace, groups[index] as Argument[], index, from);
  }
});

/** More sizes than these would make too many pairs. */
const PAIRED = 8;

/** Cursor: the place of the first size of the pair. */
export const lowerTwoSizes = pass<number>('lower two sizes by as much', function* (trace, from) {
  const sizes = sizesOf(trace);
  if (sizes.length > PAIRED) return;
  for (let first = from ?? 0; first < sizes.length; first++) {
    for (let second = first + 1; second < sizes.length; second++) {
      const pair = [sizes[first] as Argument, sizes[second] as Argument];
      for (const lowered of loweredPair(trace, pair)) yield { trace: lowered, resume: first };
    }
  }
});

function* lower(
  trace: Trace,
  args: readonly Argument[],
  index: number,
  from: Search | undefined,
): Generator<Candidate<Search>> {
  const { value } = args[0] as Argument;
  const searched = from?.index === index ? from.floor : undefined;
  if (searched !== undefined) {
    yield* search(trace, args, index, searched);
    return;
  }
  const least = Math.max(...args.map((arg) => arg.least));
  let floor: SizeT = least;
  for (const edge of edgesBelow(value, least)) {
    yield { trace: withValue(trace, args, edge), resume: { index } };
    floor = edge;
  }
  // The edges are too low. Only if one less will do is it worth searching between.
  const next = oneLess(value);
  if (next > floor) yield { trace: withValue(trace, args, next), resume: { index, floor } };
}

/** Binary search: while `floor` is known not to do, and the value in the trace does. */
function* search(
  trace: Trace,
  args: readonly Argument[],
  index: number,
  from: SizeT,
): Generator<Candidate<Search>> {
  const { value } = args[0] as Argument;
  let floor = from;
  for (let middle = halfway(floor, value); middle > floor; middle = halfway(floor, value)) {
    yield { trace: withValue(trace, args, middle), resume: { index, floor } };
    floor = middle;
  }
}

function* loweredPair(trace: Trace, pair: readonly Argument[]): Generator<Trace> {
  const [first, second] = pair.map((arg) => arg.value);
  if (typeof first !== 'number' || typeof second !== 'number') return;
  // Multiples of 8 keep both alignments.
  const most = Math.min(first, second) - 1;
  const amounts = new Set([most, most >> 1, 8].map((amount) => amount - (amount % 8)));
  for (const amount of amounts) {
    if (amount <= 0 || amount > most) continue;
    const once = withValue(trace, pair.slice(0, 1), first - amount);
    yield withValue(once, pair.slice(1), second - amount);
  }
}

function sizesOf(trace: Trace): Argument[] {
  return argumentsOf(trace).filter((arg) => arg.field === 'size' && arg.value > 1);
}

/** Groups of two or more. */
function equalSizes(trace: Trace): Argument[][] {
  const groups = new Map<SizeT, Argument[]>();
  for (const arg of sizesOf(trace)) {
    const group = groups.get(arg.value);
    if (group) group.push(arg);
    else groups.set(arg.value, [arg]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

function oneLess(value: SizeT): SizeT {
  return typeof value === 'number' ? value - 1 : sizeT(value - 1n);
}

function halfway(low: SizeT, high: SizeT): SizeT {
  if (typeof low === 'number' && typeof high === 'number')
    return low + Math.floor((high - low) / 2);
  return sizeT((BigInt(low) + BigInt(high)) / 2n);
}
