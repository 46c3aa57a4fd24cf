// The blocks of a frame as a table, by address: what is there, who holds it, and what it was before. Only
// the rows in sight are in the document.

import { byId, element } from './dom.js';
import { rowsOf } from './table-rows.js';

/** @typedef {import('../page-data.ts').ViewData} ViewData */
/** @typedef {import('../page-data.ts').Mark} Mark */
/** @typedef {import('./track.js').State} State */

/** @typedef {import('./table-rows.js').Rows} Rows */
/** @typedef {import('./table-rows.js').TableRow} TableRow */

const ROW = 26;
const MARGIN = 8;

export class BlockTable {
  constructor() {
    this.box = byId('table', HTMLElement);
    this.body = byId('rows', HTMLTableSectionElement);
    this.table = /** @type {HTMLElement} */ (this.box.querySelector('table'));
    /** @type {Rows} */
    this.rows = { count: 0, row: () => ({ at: 0, to: 0, kind: '', cells: [] }), wanted: -1 };
    /** @type {number | undefined} */
    this.found = undefined;
    // Kept, because asking for them makes the browser lay the page out.
    this.top = 0;
    this.height = 400;
    this.box.addEventListener('scroll', () => this.scrolled(), { passive: true });
    new ResizeObserver(() => {
      this.height = Math.max(100, this.box.clientHeight);
    }).observe(this.box);
  }

  /** @param {ViewData} view
   * @param {State} state
   * @param {readonly Mark[]} marks
   * @param {number | undefined} found */
  show(view, state, marks, found) {
    this.rows = rowsOf(view, state, marks, found);
    this.found = found;
    this.table.setAttribute('aria-rowcount', String(this.rows.count + 1));
    const top = this.rows.wanted * ROW;
    const isSeen = top >= this.top && top + 2 * ROW <= this.top + this.height;
    const wanted = this.rows.wanted < 0 || isSeen ? this.top : top - this.height / 3;
    this.top = Math.max(0, Math.min(wanted, (this.rows.count + 1) * ROW - this.height));
    this.render();
    this.box.scrollTop = this.top;
  }

  scrolled() {
    if (Math.abs(this.box.scrollTop - this.top) < 1) return;
    this.top = this.box.scrollTop;
    this.render();
  }

  render() {
    const { rows, top, height, body } = this;
    const first = Math.max(0, Math.floor(top / ROW) - MARGIN);
    const end = Math.min(rows.count, Math.ceil((top + height) / ROW) + MARGIN);
    const made = [];
    for (let i = first; i < end; i++) made.push(this.row(rows.row(i), i));
    const none = rows.count === 0 ? [element('tr', '', emptyCell())] : [];
    body.replaceChildren(spacer(first), ...made, ...none, spacer(rows.count - end));
  }

  /** @param {TableRow} row
   * @param {number} index */
  row({ cells, kind, at, to }, index) {
    const { found } = this;
    const isFound = found !== undefined && found >= at && found < to && kind !== 'gone';
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
