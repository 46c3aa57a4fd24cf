// The block list just before and just after a violation, side by side: one row a header address, what
// changed marked, what lies far from any change left out.

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
  const rows = rowsOf(before, after);
  if (rows.length === 0) return [];
  const shown = selectRows(rows);
  const cells = shown.map((row) =>
    row === undefined
      ? ['  ...', '', '']
      : [`${mark(row)} heap+0x${row.offset.toString(16)}`, row.before, row.after],
  );
  const header = after?.header || before?.header || 0;
  const title = [`  block (${header} + payload)`, 'before', 'after'];
  return aligned([title, ...cells]);
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

function rowsOf(before: HeapWalk | undefined, after: HeapWalk | undefined): Row[] {
  const left = cellsOf(before);
  const right = cellsOf(after);
  const offsets = [...new Set([...left.keys(), ...right.keys()])].sort((a, b) => a - b);
  const none = (walk: HeapWalk | undefined): string => (walk === undefined ? '(not walked)' : '-');
  return offsets.map((offset) => ({
    offset,
    before: left.get(offset) ?? none(before),
    after: right.get(offset) ?? none(after),
  }));
}

/** By offset from heap start: the blocks, the flaw at which the walk stopped, and the break. */
function cellsOf(walk: HeapWalk | undefined): Map<number, string> {
  const cells = new Map<number, string>();
  if (walk === undefined) return cells;
  for (let at = 0; at < walk.count; at += 1) {
    const status = walk.status[at] as number;
    const name = STATUS[status] ?? `status ${status}`;
    cells.set((walk.address[at] as number) - walk.start, `${walk.payloadSize[at]} ${name}`);
  }
  cells.set(walk.end - walk.start, 'break');
  if (walk.flaw !== '') cells.set(walk.flawAt - walk.start, `${flawText(walk)}`);
  return cells;
}

function flawText(walk: HeapWalk): string {
  switch (walk.flaw) {
    case 'overrun':
      return `size ${walk.flawSize}: runs past the break`;
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
  for (const [at, row] of rows.entries()) {
    if (wanted.has(at) && shown.length < MOST_ROWS) shown.push(row);
    else if (shown.at(-1) !== undefined || shown.length === 0) shown.push(undefined);
  }
  return shown;
}
