// The blocks of a frame as a table, by address: what is there, who holds it, and what it was before. Only
// the rows in sight are in the document.

import { byId, element } from './dom.js';
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

const ROW = 26;
const MARGIN = 8;

export class BlockTable {
  constructor() {
    this.box = byId('table', HTMLElement);
    this.body = byId('rows', HTMLTableSectionElement);
    this.table = /** @type {HTMLElement} */ (this.box.querySelector('table'));
    /** @type {readonly TableRow[]} */
    this.rows = [];
    /** @type {number | undefined} */
    this.found = undefined;
    this.box.addEventListener('scroll', () => this.render(), { passive: true });
  }

  /** @param {ViewData} view
   * @param {State} state
   * @param {readonly Mark[]} marks
   * @param {number | undefined} found */
  show(view, state, marks, found) {
    this.rows = rowsOf(view, state, marks);
    this.found = found;
    this.table.setAttribute('aria-rowcount', String(this.rows.length + 1));
    const isFound = (/** @type {TableRow} */ row) =>
      found !== undefined && found >= row.at && found < row.to && !row.kind.includes('gone');
    const wanted = this.rows.findIndex(found === undefined ? ({ kind }) => kind !== '' : isFound);
    if (wanted >= 0) this.reveal(wanted);
    this.render();
  }

  /** @param {number} index */
  reveal(index) {
    const top = index * ROW;
    const { scrollTop, clientHeight } = this.box;
    if (top >= scrollTop && top + 2 * ROW <= scrollTop + clientHeight) return;
    // Until the rows are there, the box is no higher than those it had.
    this.render();
    this.box.scrollTop = top - clientHeight / 3;
  }

  render() {
    const { rows, box, body } = this;
    const height = Math.max(box.clientHeight, 400);
    const top = Math.min(box.scrollTop, rows.length * ROW);
    const first = Math.max(0, Math.floor(top / ROW) - MARGIN);
    const end = Math.min(rows.length, Math.ceil((top + height) / ROW) + MARGIN);
    const made = rows.slice(first, end).map((row, i) => this.row(row, first + i));
    const none = rows.length === 0 ? [element('tr', '', emptyCell())] : [];
    body.replaceChildren(spacer(first), ...made, ...none, spacer(rows.length - end));
  }

  /** @param {TableRow} row
   * @param {number} index */
  row({ cells, kind, at, to }, index) {
    const isFound =
      this.found !== undefined && this.found >= at && this.found < to && kind !== 'gone';
    const made = element('tr', isFound ? `${kind} found` : kind);
    made.setAttribute('aria-rowindex', String(index + 2));
    for (const [column, cell] of cells.entries()) {
      made.append(element('td', column === 1 ? 'number' : '', cell));
    }
    return made;
  }
}

function emptyCell() {
  const cell = element('td', 'note', 'None');
  cell.setAttribute('colspan', '5');
  return cell;
}

/** @param {number} rows */
function spacer(rows) {
  const cell = element('td', '');
  cell.setAttribute('colspan', '5');
  cell.style.height = `${rows * ROW}px`;
  const made = element('tr', 'spacer', cell);
  made.setAttribute('aria-hidden', 'true');
  made.hidden = rows === 0;
  return made;
}

/** @param {ViewData} view
 * @param {State} state
 * @param {readonly Mark[]} marks
 * @returns {TableRow[]} */
export function rowsOf(view, state, marks) {
  const { header } = view;
  const rows = header > 0 ? blockRows(view, state) : payloadRows(view, state);
  if (header > 0) rows.push(...mappingRows(view, state));
  for (const row of rows) {
    if (!marks.some(({ from, to }) => from < row.to && to > row.at) || row.kind === 'gone')
      continue;
    row.kind = `${row.kind} marked`.trim();
    row.cells = row.cells.with(0, `✕ ${row.cells[0]}`);
  }
  return rows;
}

/** @param {ViewData} view
 * @param {State} state */
function blockRows(view, state) {
  const { header } = view;
  const { block, blocksBefore } = state;
  const gone = [...blocksBefore.keys()].filter((at) => !block.has(at));
  const addresses = Float64Array.from([...state.blocks, ...gone]).sort();
  const rows = Array.from(addresses, (at) => {
    const now = block.get(at);
    const was = blocksBefore.get(at);
    const [size, status] = now ?? was ?? [0, 0];
    const before = !blocksBefore.has(at) ? '' : was === undefined ? 'no block' : rowText(was);
    const kind = now === undefined ? 'gone' : blocksBefore.has(at) ? 'fresh' : '';
    const said = now === undefined ? `${rowText([size, status])}, now no block` : before;
    const held = now === undefined ? '' : heldIn(state, at, at + header + size, header);
    return tableRow(view, at, at + header + size, kind, [
      grouped(size),
      statusName(status),
      held,
      said,
    ]);
  });
  const { flaw, end, endBefore } = state;
  if (flaw !== undefined) {
    const cells = [grouped(flaw.size), 'leads nowhere', '', ''];
    rows.push(tableRow(view, flaw.at, flaw.at + header, 'marked', cells));
  }
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
