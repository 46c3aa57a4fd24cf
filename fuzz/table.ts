// Tables for a terminal or a log: plain text, figures to the right.

import Table from 'cli-table3';
import { formatTrace } from '../src/trace/notation.ts';
import type { Trace } from '../src/trace/trace.ts';

export type Cell = string | number;

const CLEAR = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Columns of numbers are aligned to the right; numbers are grouped (`2 000 000`). */
export function tableText(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const table = new Table({
    chars: CLEAR,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, column) => alignmentOf(rows, column)),
  });
  table.push(
    [...head],
    head.map((title) => '-'.repeat(title.length)),
  );
  for (const row of rows) table.push(row.map(textOf));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** `1234567` as `1 234 567`; numbers below 10 keep one decimal if they have any. */
export function figure(value: number): string {
  if (value < 10 && !Number.isInteger(value)) return value.toFixed(1);
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ' ');
}

function textOf(cell: Cell): string {
  return typeof cell === 'number' ? figure(cell) : cell;
}

function alignmentOf(rows: readonly (readonly Cell[])[], column: number): 'left' | 'right' {
  const isNumeric = (row: readonly Cell[]) =>
    typeof row[column] === 'number' || row[column] === '' || row[column] === '-';
  return rows.length > 0 && rows.every(isNumeric) ? 'right' : 'left';
}

/** A trace on one line, cut at `width` characters. */
export function traceLine(trace: Trace, width = Number.POSITIVE_INFINITY): string {
  const line = formatTrace(trace).trimEnd().replaceAll('\n', '; ');
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}
