// The words of a report: ops as the C calls that they make, counts with their nouns, addresses as a
// reader wants them, relative to the start of the heap. What an invariant says is worded by the oracle.

import type { Contract } from '../contract/contract.ts';
import type { Op, OpKind, Slot } from '../trace/op.ts';
import type { Trace } from '../trace/trace.ts';

/** What is called by which name. */
export type Names = Pick<Contract, 'symbols'>;

/** `p0 = os_malloc(512)`: the C statement of each op, under this contract, if nothing fails. */
export function callsOf(trace: Trace, contract: Names): string[] {
  const live = new Set<Slot>();
  return trace.map((op) => {
    const call = callOf(op, contract, live.has(op.slot));
    if (op.kind === 'free' || (op.kind === 'realloc' && op.size === 0)) live.delete(op.slot);
    else if (ALLOCATING.includes(op.kind)) live.add(op.slot);
    return call;
  });
}

const ALLOCATING: readonly OpKind[] = ['malloc', 'calloc', 'realloc'];

/** realloc of a slot that is not live is realloc(NULL, …). */
function callOf(op: Op, contract: Names, isLive: boolean): string {
  const { malloc, calloc = 'calloc', realloc = 'realloc', free } = contract.symbols;
  const pointer = `p${op.slot}`;
  switch (op.kind) {
    case 'malloc':
      return `${pointer} = ${malloc}(${sizeText(op.size)})`;
    case 'calloc':
      return `${pointer} = ${calloc}(${sizeText(op.count)}, ${sizeText(op.size)})`;
    case 'realloc':
      return `${pointer} = ${realloc}(${isLive ? pointer : 'NULL'}, ${sizeText(op.size)})`;
    case 'free':
      return `${free}(${pointer})`;
    case 'free-null':
      return `${free}(NULL)`;
    case 'stale-realloc':
      return `${realloc}(freed ${pointer}, ${sizeText(op.size)})`;
    case 'stale-free':
      return `${free}(freed ${pointer})`;
    case 'fail-sbrk':
      return `${nth(op.count)} sbrk/brk growth from here fails with ENOMEM`;
    case 'fail-mmap':
      return `${nth(op.count)} mmap from here fails with ENOMEM`;
  }
}

/** Sizes near the top of size_t are read better from there. */
export function sizeText(size: number | bigint): string {
  const below = 2n ** 64n - 1n - BigInt(size);
  if (below === 0n) return 'SIZE_MAX';
  return below < 2n ** 20n ? `SIZE_MAX - ${below}` : String(size);
}

/** `1 finding`, `3 findings`; thousands are set apart. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `1,048,576`. */
export function grouped(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `0.8 s`, `2 min 5 s`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

function nth(count: number | bigint): string {
  const n = Number(count);
  const suffix = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `the ${n}${suffix}`;
}

/** Broken at blanks, later lines indented by two. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
