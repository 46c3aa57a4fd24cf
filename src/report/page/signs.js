// What lies over and around the lanes: the axis, the break, what is nobody's, the bytes that a violation is
// about, and what was searched for.

import { LETTER, n, rect } from './shapes.js';
import { escaped, place } from './words.js';

/** @typedef {import('./shapes.js').Scale} Scale */
/** @typedef {import('./shapes.js').Scene} Scene */

const MOST_LABELS = 4;
/** Pixels that the names of the lanes take. */
const TITLES = 250;

/** What lies before the heap and past the break is nobody's.
 * @param {Scale} scale
 * @param {number} top
 * @param {number} bottom */
export function drawOutside(scale, top, bottom) {
  const { state, width } = scale.scene;
  const parts = [];
  const end = Math.max(0, scale.x(state.end));
  if (isHeap(scale.scene) && end < width)
    parts.push(rect('outside', end, top, width - end, bottom - top));
  const start = Math.min(width, scale.x(0));
  if (isHeap(scale.scene) && start > 0) parts.push(rect('outside', 0, top, start, bottom - top));
  return parts.join('');
}

/** @param {Scene} scene */
function isHeap({ from, to, state }) {
  return state.end > 0 && to > 0 && from <= state.end;
}

/** @param {Scale} scale
 * @param {number} top
 * @param {number} bottom
 * @param {number} y Of its name, right of what stands there. */
export function drawBreak(scale, top, bottom, y) {
  const { state, width, view } = scale.scene;
  const x = scale.x(state.end);
  if (!isHeap(scale.scene) || x < 0 || x > width) return '';
  const moved = state.endBefore === undefined ? '' : ' moved';
  const name = `break ${place(view, state.end)}`;
  const toLeft = x + name.length * LETTER + 8 > width;
  return (
    `<path class="break${moved}" d="M${n(x)} ${top - 4}V${bottom + 2}"/>` +
    `<text class="break-name" x="${n(toLeft ? x - 5 : Math.max(TITLES, x + 5))}" y="${y}" text-anchor="${toLeft ? 'end' : 'start'}">${name}</text>`
  );
}

/** @param {Scale} scale
 * @param {number} top
 * @param {number} bottom */
export function drawAxis(scale, top, bottom) {
  const { from, to, width, view } = scale.scene;
  const wanted = ((to - from) / width) * 110;
  const step = Math.max(8, 2 ** Math.ceil(Math.log2(Math.max(1, wanted))));
  const parts = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    const x = scale.x(at);
    parts.push(`<path class="tick" d="M${n(x)} ${top - 5}V${bottom}"/>`);
    if (x < 1 || x + 80 > width) continue;
    parts.push(`<text class="axis" x="${n(x + 3)}" y="${top - 8}">${place(view, at)}</text>`);
  }
  return parts.join('');
}

/** What the violation is about: hatched bands across all, each with its words below.
 * @param {Scale} scale
 * @param {number} top
 * @param {number} bottom
 * @returns {{ svg: string, height: number }} */
export function drawMarks(scale, top, bottom) {
  const { marks, width } = scale.scene;
  const parts = [];
  let row = 0;
  for (const { from, to, label: text } of marks) {
    const left = scale.x(from);
    const right = Math.max(scale.x(to), left + 3);
    if (right < 0 || left > width) continue;
    parts.push(
      `<g><title>${escaped(text)}</title>${rect('mark', left, top, right - left, bottom - top)}</g>`,
    );
    if (row >= MOST_LABELS) continue;
    const y = bottom + 13 + 16 * row++;
    const x = Math.min(Math.max(2, left), Math.max(2, width - (text.length + 3) * LETTER));
    parts.push(
      `<path class="mark-lead" d="M${n(Math.min(width - 1, Math.max(1, left + 1)))} ${bottom}V${y - 10}"/>`,
      `<text class="mark-name" x="${n(x)}" y="${y}">✕ ${escaped(text)}</text>`,
    );
  }
  return { svg: parts.join(''), height: row * 16 };
}

/** @param {Scale} scale
 * @param {number} top
 * @param {number} bottom */
export function drawFound(scale, top, bottom) {
  const { found, width } = scale.scene;
  if (found === undefined) return '';
  const x = scale.x(found);
  if (x < 0 || x > width) return '';
  return `<path class="found" d="M${n(x)} ${top - 6}V${bottom + 4}"/><path class="found-sign" d="M${n(x - 5)} ${top - 8}h10l-5 8z"/>`;
}
