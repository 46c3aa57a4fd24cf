// The rows of the table of blocks. Of a heap of many thousand blocks only those rows are made that are
// asked for.

import { firstAt } from './spans.js';
import { grouped, place, statusName } from './words.js';

/** @typedef {import('../page-data.ts').ViewData} ViewData */
/** @typedef {import('../page-data.ts').Mark} Mark */
/** @typedef {import('./track.js').State} State */
/** @typedef {import('./track.js').Row} Row */

/** @typedef {object} TableRow
 * @property {number} at
 * @property {number} to
 * @property {string} kind Classes: `fresh` changed, `gone`, `marked`.
 * @property {readonly string[]} cells */

/** @typedef {object} Rows
 * @property {number} count
 * @property {(index: number) => TableRow} row
 * @property {number} wanted The row that should be in sight, -1 if none. */

/** @param {ViewData} view
 * @param {State} state
 * @param {readonly Mark[]} marks
 * @param {number | undefined} found
 * @returns {Rows} */
export function rowsOf(view, state, marks, found) {
  const isWalked = view.header > 0;
  const gone = [...state.blocksBefore.keys()].filter((at) => !state.block.has(at));
  const blocks =
    gone.length === 0 ? state.blocks : Float64Array.from([...state.blocks, ...gone]).sort();
  const others = isWalked
    ? [...boundRows(view, state), ...mappingRows(view, state)]
    : payloadRows(view, state);
  const row = (/** @type {number} */ index) => {
    const at = blocks[index];
    const made = at === undefined ? others[index - blocks.length] : blockRow(view, state, at);
    return withMarks(made ?? tableRow(view, 0, 0, '', []), marks);
  };
  const count = blocks.length + others.length;
  return { count, row, wanted: wantedRow(view, state, { blocks, others, marks, found }) };
}

/** The row of what was searched for, else of the first change or mark.
 * @param {ViewData} view
 * @param {State} state
 * @param {{ blocks: Float64Array, others: readonly TableRow[], marks: readonly Mark[], found: number | undefined }} shown */
function wantedRow(view, state, { blocks, others, marks, found }) {
  const isTold = (/** @type {TableRow} */ { kind }) => kind !== '';
  const isFound = (/** @type {TableRow} */ { at, to, kind }) =>
    kind !== 'gone' && (found ?? 0) >= at && (found ?? 0) < to;
  const other = others.findIndex(found === undefined ? isTold : isFound);
  const first = marks[0]?.from ?? Math.min(...state.blocksBefore.keys());
  const offset = found ?? first;
  const index = firstAt(blocks, offset);
  const at = blocks[index];
  if (
    at !== undefined &&
    offset >= at &&
    offset < at + view.header + (state.block.get(at)?.[0] ?? 0)
  )
    return index;
  if (at !== undefined && offset === at) return index;
  return other < 0 ? -1 : blocks.length + other;
}

/** @param {TableRow} row
 * @param {readonly Mark[]} marks
 * @returns {TableRow} */
function withMarks(row, marks) {
  if (row.kind === 'gone' || !marks.some(({ from, to }) => from < row.to && to > row.at))
    return row;
  return {
    ...row,
    kind: `${row.kind} marked`.trim(),
    cells: row.cells.with(0, `✕ ${row.cells[0]}`),
  };
}

/** @param {ViewData} view
 * @param {State} state
 * @param {number} at */
function blockRow(view, state, at) {
  const { block, blocksBefore } = state;
  const now = block.get(at);
  const was = blocksBefore.get(at);
  const [size, status] = now ?? was ?? [0, 0];
  const to = at + view.header + size;
  const cells = [grouped(size), statusName(status)];
  if (now === undefined)
    return tableRow(view, at, to, 'gone', [
      ...cells,
      '',
      `${rowText([size, status])}, now no block`,
    ]);
  const isNew = blocksBefore.has(at);
  const before = !isNew ? '' : was === undefined ? 'no block' : rowText(was);
  const held = heldIn(state, at, to, view.header);
  return tableRow(view, at, to, isNew ? 'fresh' : '', [...cells, held, before]);
}

/** Where the walk stopped, if it did, and the break.
 * @param {ViewData} view
 * @param {State} state */
function boundRows(view, { flaw, end, endBefore, blocks }) {
  const rows = [];
  if (flaw !== undefined) {
    const cells = [grouped(flaw.size), 'leads nowhere', '', ''];
    rows.push(tableRow(view, flaw.at, flaw.at + view.header, 'fresh', cells));
  }
  if (blocks.length === 0 && end <= 0) return rows;
  const before = endBefore === undefined ? '' : `break ${place(view, endBefore)}`;
  rows.push(
    tableRow(view, end, end, endBefore === undefined ? '' : 'fresh', ['', 'break', '', before]),
  );
  return rows;
}

/** @param {ViewData} view
 * @param {State} state */
function mappingRows(view, state) {
  const { header } = view;
  const rows = state.mappings.map(({ from, to }) => {
    const was = state.mappingsBefore.get(from);
    const isNew = state.mappingsBefore.has(from);
    const held = heldIn(state, from, to, header);
    const before = !isNew ? '' : was === undefined ? 'not mapped' : grouped(was[0]);
    const cells = [grouped(to - from - header), 'mapping', held, before];
    return tableRow(view, from, to, isNew ? 'fresh' : '', cells);
  });
  const left = new Set(state.mappings.map(({ from }) => from));
  for (const [from, was] of state.mappingsBefore) {
    if (was === undefined || left.has(from)) continue;
    const cells = [grouped(was[0] - header), 'mapping', '', 'mapped, now unmapped'];
    rows.push(tableRow(view, from, from + was[0], 'gone', cells));
  }
  return rows;
}

/** Whose payloads begin in there: one, right behind the header, if all is well.
 * @param {State} state
 * @param {number} from
 * @param {number} to
 * @param {number} header */
function heldIn({ payloads }, from, to, header) {
  const held = [];
  for (let i = firstFrom(payloads, from); i < payloads.length; i++) {
    const payload = payloads[i];
    if (payload === undefined || payload.from >= to || held.length > 3) break;
    const inside = payload.from - from - header;
    held.push(
      inside === 0 ? `p${payload.slot}` : `p${payload.slot} (at ${inside < 0 ? '' : '+'}${inside})`,
    );
  }
  return held.join(', ');
}

/** @param {State['payloads']} payloads Sorted.
 * @param {number} from */
function firstFrom(payloads, from) {
  let low = 0;
  let high = payloads.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((payloads[middle]?.from ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where there are no headers to read: the payloads themselves.
 * @param {ViewData} view
 * @param {State} state */
function payloadRows(view, state) {
  const rows = state.payloads.map(({ from, to, slot }) => {
    const was = state.payloadsBefore.get(slot);
    const isNew = state.payloadsBefore.has(slot);
    const before = !isNew
      ? ''
      : was === undefined
        ? 'not held'
        : `${grouped(was[1])} at ${place(view, was[0])}`;
    const cells = [grouped(to - from), 'held', `p${slot}`, before];
    return tableRow(view, from, to, isNew ? 'fresh' : '', cells);
  });
  const live = new Set(state.payloads.map(({ slot }) => slot));
  for (const [slot, was] of state.payloadsBefore) {
    if (was === undefined || live.has(slot)) continue;
    const cells = [grouped(was[1]), 'freed', `p${slot}`, 'held'];
    rows.push(tableRow(view, was[0], was[0] + was[1], 'gone', cells));
  }
  return rows.sort((a, b) => a.at - b.at);
}

/** @param {ViewData} view
 * @param {number} at
 * @param {number} to
 * @param {string} kind
 * @param {readonly string[]} cells */
function tableRow(view, at, to, kind, cells) {
  return { at, to, kind, cells: /** @type {readonly string[]} */ ([place(view, at), ...cells]) };
}

/** @param {Row} row */
function rowText([size, status]) {
  return `${grouped(size)} ${statusName(status)}`;
}
