// What lies outside the heap, beside it: one bar a mapping, all to one scale, with the payload inside.

import { counted, escaped, grouped, place } from './words.js';

/** @typedef {import('../page-data.ts').ViewData} ViewData */
/** @typedef {import('../page-data.ts').Mark} Mark */
/** @typedef {import('./track.js').State} State */

const ROW = 26;
const MOST = 12;
const NAMES = 132;

/** @param {ViewData} view
 * @param {State} state
 * @param {readonly Mark[]} marks
 * @param {number} width
 * @returns {{ svg: string, height: number, summary: string }} */
export function drawMappings(view, state, marks, width) {
  const { mappings, mappingsBefore } = state;
  const shown = mappings.length <= MOST ? mappings : chosen(state, marks);
  const longest = Math.max(1, ...mappings.map(({ from, to }) => to - from));
  const room = Math.max(60, width - NAMES - 8);
  const rows = shown.map(({ from, to }, row) => {
    const length = Math.max(6, ((to - from) / longest) * room);
    const isNew = mappingsBefore.has(from);
    const held = state.payloads.find((payload) => payload.from >= from && payload.from < to);
    return drawMapping(view, { from, to, held, isNew, length, y: row * ROW }, marks);
  });
  return {
    svg: rows.join(''),
    height: rows.length * ROW + 2,
    summary: summaryOf(state, shown.length),
  };
}

/** @typedef {{ from: number, to: number, held: import('./track.js').Payload | undefined, isNew: boolean, length: number, y: number }} Bar */

/** @param {ViewData} view
 * @param {Bar} bar
 * @param {readonly Mark[]} marks */
function drawMapping(view, { from, to, held, isNew, length, y }, marks) {
  const x = (/** @type {number} */ at) => NAMES + ((at - from) / (to - from)) * length;
  const end = held === undefined ? from : Math.min(to, held.to);
  const name = held === undefined ? 'held by nobody' : `p${held.slot}`;
  const text = `${name}: mapping of ${grouped(to - from)}`;
  const parts = [
    `<text class="axis" x="2" y="${y + 16}">${place(view, from)}</text>`,
    `<rect class="block free" x="${NAMES}" y="${y + 3}" width="${length}" height="${ROW - 6}"/>`,
  ];
  if (view.header > 0) {
    const head = Math.max(2, x(from + view.header) - NAMES);
    parts.push(
      `<rect class="head" x="${NAMES}" y="${y + 3}" width="${head}" height="${ROW - 6}"/>`,
    );
  }
  if (held !== undefined) {
    const left = Math.max(x(held.from), NAMES + (view.header > 0 ? 2 : 0));
    parts.push(
      `<rect class="held" x="${left}" y="${y + 3}" width="${Math.max(2, x(end) - left)}" height="${ROW - 6}"/>`,
    );
  }
  if (isNew) {
    parts.push(
      `<rect class="changed" x="${NAMES}" y="${y + 3}" width="${length}" height="${ROW - 6}"/>`,
      `<path class="changed-sign" d="M${NAMES - 13} ${y + 8}v10l8 -5z"/>`,
    );
  }
  for (const mark of marks) {
    if (mark.to <= from || mark.from >= to) continue;
    const left = x(Math.max(from, mark.from));
    const right = Math.max(left + 4, x(Math.min(to, mark.to)));
    parts.push(
      `<rect class="mark" x="${left}" y="${y + 1}" width="${right - left}" height="${ROW - 2}"/>`,
    );
  }
  const inside = text.length * 6.7 + 16 < length;
  const at = inside ? NAMES + 10 : NAMES + length + 8;
  parts.push(`<text class="on-held" x="${at}" y="${y + 17}">${text}</text>`);
  return `<g><title>${escaped(`${text} bytes at ${place(view, from)}`)}</title>${parts.join('')}</g>`;
}

/** What is new or marked first, then the latest.
 * @param {State} state
 * @param {readonly Mark[]} marks */
function chosen({ mappings, mappingsBefore }, marks) {
  const isTold = (/** @type {{ from: number, to: number }} */ { from, to }) =>
    mappingsBefore.has(from) || marks.some((mark) => mark.from < to && mark.to > from);
  const told = mappings.filter(isTold).slice(0, MOST);
  const rest = mappings.filter((each) => !isTold(each));
  return [...told, ...rest.slice(Math.max(0, rest.length - (MOST - told.length)))].sort(
    (a, b) => a.from - b.from,
  );
}

/** @param {State} state
 * @param {number} shown */
function summaryOf({ mappings, mappingsBefore }, shown) {
  const all = mappings.reduce((sum, { from, to }) => sum + to - from, 0);
  const live = new Set(mappings.map(({ from }) => from));
  const gone = [...mappingsBefore].filter(([from, was]) => was !== undefined && !live.has(from));
  const parts = [
    mappings.length === 0
      ? 'No mappings'
      : `${counted(mappings.length, 'mapping')} of ${counted(all, 'byte')} in all`,
  ];
  if (shown < mappings.length) parts.push(`${shown} of them drawn`);
  if (gone.length > 0) parts.push(`this step unmapped ${counted(gone.length, 'mapping')}`);
  return `${parts.join('; ')}.`;
}
