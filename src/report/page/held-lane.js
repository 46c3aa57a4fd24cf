// The lower lane: the payloads, as the program holds them; those that overlap in rows of their own.

import { LETTER, label, n, rect } from './shapes.js';
import { counted, escaped, place } from './words.js';

/** @typedef {import('./shapes.js').Scale} Scale */
/** @typedef {import('./track.js').Payload} Payload */
/** @typedef {{ payload: Payload, left: number, right: number, changed: boolean }} Bar */

const ROW = 24;
const BAR = 20;
const MOST_ROWS = 4;
/** Pixels. Narrower, an outline would be all there is to see. */
const THIN = 4;

/** @param {Scale} scale
 * @param {number} y
 * @returns {{ svg: string, height: number }} */
export function drawHeld(scale, y) {
  const rows = rowsOfBars(scale);
  const parts = rows.flatMap((bars, row) =>
    bars.map((bar, i) =>
      drawBar(scale, bar, bars[i + 1]?.left ?? scale.scene.width, y + row * ROW),
    ),
  );
  return { svg: parts.join(''), height: Math.max(1, rows.length) * ROW };
}

/** @param {Scale} scale
 * @returns {Bar[][]} */
function rowsOfBars(scale) {
  const { state, from, to, width } = scale.scene;
  /** @type {number[]} */
  const ends = [];
  /** @type {Bar[][]} */
  const rows = [];
  for (const payload of state.payloads) {
    if (payload.to <= from || payload.from >= to) continue;
    const free = ends.findIndex((end) => end <= payload.from);
    const row = Math.min(free < 0 ? ends.length : free, MOST_ROWS - 1);
    ends[row] = Math.max(ends[row] ?? payload.to, payload.to);
    const bars = rows[row] ?? [];
    rows[row] = bars;
    const left = Math.max(-2, scale.x(payload.from));
    const right = Math.max(left + 1.5, Math.min(width + 2, scale.x(payload.to)));
    const changed = state.payloadsBefore.has(payload.slot);
    // What would hide under what is there already is not drawn again.
    if (changed || right >= (bars.at(-1)?.right ?? -9) + 2)
      bars.push({ payload, left, right, changed });
  }
  return rows;
}

/** @param {Scale} scale
 * @param {Bar} bar
 * @param {number} room Where the next one begins.
 * @param {number} y */
function drawBar(scale, { payload, left, right, changed }, room, y) {
  const name = `p${payload.slot}`;
  const size = `${name}: ${counted(payload.to - payload.from, 'byte')}`;
  const where = `${size} at ${place(scale.scene.view, payload.from)}`;
  const inside = label(left, right, y + BAR / 2, 'on-held', size, name);
  const beside = inside === '' && size.length * LETTER + 12 <= room - right;
  const text = beside
    ? `<text class="on-held" x="${n(right + 6)}" y="${y + BAR / 2 + 4}">${size}</text>`
    : inside;
  const bar = rect(
    changed ? 'held new' : right - left < THIN ? 'held thin' : 'held',
    left,
    y,
    right - left,
    BAR,
  );
  return `<g><title>${escaped(where)}</title>${bar}${text}</g>`;
}

/** @param {Scale} scale
 * @param {number} y
 * @param {number} height */
export function heldSpans(scale, y, height) {
  let end = -1;
  return scale.scene.state.payloads
    .map(({ from, to }) => {
      const left = Math.max(end, scale.x(from));
      if (scale.x(to) < end + 1) return '';
      end = Math.max(scale.x(to), left + 1);
      return rect('held', left, y, end - left, height);
    })
    .join('');
}
