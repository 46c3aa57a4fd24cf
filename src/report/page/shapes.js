// What all parts of a drawing are made of: a scale, rectangles, and labels that fit.

import { escaped } from './words.js';

/** @typedef {import('../page-data.ts').ViewData} ViewData */
/** @typedef {import('../page-data.ts').Mark} Mark */
/** @typedef {import('./track.js').DrawnState} State */

/** @typedef {object} Scene
 * @property {ViewData} view
 * @property {State} state
 * @property {number} from The stretch that is shown, in offsets.
 * @property {number} to
 * @property {number} width In pixels.
 * @property {readonly Mark[]} marks
 * @property {number | undefined} found An offset that was searched for. */

/** @typedef {{ x: (offset: number) => number, scene: Scene }} Scale */

/** Pixels of one character of a label. */
export const LETTER = 6.7;

/** @param {Scene} scene
 * @returns {Scale} */
export function scaleOf(scene) {
  const { from, to, width } = scene;
  return { scene, x: (offset) => ((offset - from) / (to - from)) * width };
}

/** The longest of the texts that fits between two edges; nothing if none does.
 * @param {number} left
 * @param {number} right
 * @param {number} y
 * @param {string} kind
 * @param {string[]} texts */
export function label(left, right, y, kind, ...texts) {
  // Of what reaches out of sight, the part in sight is labelled.
  const from = Math.max(0, left);
  const text = texts.find((each) => each.length * LETTER + 8 <= right - from);
  if (text === undefined) return '';
  return `<text class="${kind}" x="${n((from + right) / 2)}" y="${n(y + 4)}" text-anchor="middle">${escaped(text)}</text>`;
}

/** @param {string} kind
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height */
export function rect(kind, x, y, width, height) {
  if (!(width > 0 && height > 0)) return '';
  return `<rect class="${kind}" x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}"/>`;
}

/** Hundredths of a pixel do.
 * @param {number} value */
export function n(value) {
  return Math.round(value * 100) / 100;
}
