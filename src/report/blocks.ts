// The block list just before and just after a violation, side by side: one row a header address, what
// changed marked, what lies far from any change left out.

import { storedSize } from '../contract/size-t.ts';
import type { HeapWalk } from '../target/execution.ts';

/** Rows shown on each side of a changed one. */
const AROUND = 2;
/** Rows shown in all. */
const MOST_ROWS = 24;

const STATUS = ['FREE', 'ALLOC', 'MAPPED'];

interface Row {
  readonly offset: number;
  readonly before: string;
  readonly after: string;
}

/** Lines without indentation; none if there is nothing to show. */
export function blockLines(before: HeapWalk | undefined, after: HeapWalk | undefined): string[] {
  const header = `block (${after?.header || before?.header || 0} + payload)`;
  if (before !== undefined && after !== undefined) return bothSides(header, before, after);
  const walk = before ?? after;
  if (walk === undefined) return [];
  const sorted = [...cellsOf(walk)].sort(([a], [b]) => a - b).slice(0, MOST_ROWS);
  const cells = sorted.map(([at, text]) => [place(at), text]);
  return aligned([[header, walk === before ? 'before' : 'after'], ...cells]);
}

function bothSides(header: string, before: HeapWalk, after: HeapWalk): string[] {
  const cells = selectRows(rowsOf(before, after)).map((row) =>
    row === undefined
      ? ['  ...', '', '']
      : [`${mark(row)} ${place(row.offset)}`, row.before, row.after],
  );
  return aligned([[`  ${header}`, 'before', 'after'], ...cells]);
}

function place(offset: number): string {
  return `heap+0x${offset.toString(16)}`;
}

/** Columns padded to their widest cell, without trailing blanks. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] as number))
      .join('  ')
      .trimEnd(),
  );
}

function mark(row: Row): string {
  return row.before === row.after ? ' ' : '*';
}

function rowsOf(before: HeapWalk, after: HeapWalk): Row[] {
  const left = cellsOf(before);
  const right = cellsOf(after);
  const offsets = [...new Set([...left.keys(), ...right.keys()])].sort((a, b) => a - b);
  return offsets.map((offset) => ({
    offset,
    before: left.get(offset) ?? '-',
    after: right.get(offset) ?? '-',
  }));
}

/** By offset from heap start: the blocks, the flaw at which the walk stopped, and the break. */
function cellsOf(walk: HeapWalk): Map<number, string> {
  const cells = new Map<number, string>();
  for (let at = 0; at < walk.count; at += 1) {
    const status = walk.status[at] as number;
    const name = STATUS[status] ?? `status ${status}`;
    cells.set((walk.address[at] as number) - walk.start, `${walk.payloadSize[at]} ${name}`);
  }
  cells.set(walk.end - walk.start, 'break');
  if (walk.flaw !== '') cells.set(walk.flawAt - walk.start, flawText(walk));
  return cells;
}

function flawText(walk: HeapWalk): string {
  switch (walk.flaw) {
    case 'overrun':
      return `size ${storedSize(walk.flawSize)}: runs past the break`;
    case 'too-small':
      return `size ${walk.flawSize}: too small`;
    case 'unreadable':
      return 'no header can be read';
    default:
      return 'too many blocks';
  }
}

/** The changed rows and their neighbours, or the last rows if nothing changed; undefined is a gap. */
function selectRows(rows: readonly Row[]): (Row | undefined)[] {
  const wanted = new Set<number>();
  for (const [at, row] of rows.entries()) {
    if (row.before === row.after) continue;
    for (let near = at - AROUND; near <= at + AROUND; near += 1) wanted.add(near);
  }
  if (wanted.size === 0) {
    for (let at = rows.length - MOST_ROWS; at < rows.length; at += 1) wanted.add(at);
  }
  const shown: (Row | undefined)[] = [];
  let count = 0;
  for (const [at, row] of rows.entries()) {
    if (wanted.has(at) && count < MOST_ROWS) {
      shown.push(row);
      count += 1;
    } else if (shown.at(-1) !== undefined || shown.length === 0) shown.push(undefined);
  }
  return shown;
}
