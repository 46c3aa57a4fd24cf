// The heap as a drawing: a stretch of addresses to scale, as SVG text. Above, what the block headers say;
// below, what the program was given; what a violation is about across both. Blocks too narrow to be seen
// are drawn together, so the number of shapes depends on the width and not on the heap.

import { drawBlocks } from './block-lane.js';
import { drawHeld, heldSpans } from './held-lane.js';
import { rect, scaleOf } from './shapes.js';
import { drawAxis, drawBreak, drawFound, drawMarks, drawOutside } from './signs.js';
import { stateBefore } from './track.js';

/** @typedef {import('./shapes.js').Scene} Scene */
/** @typedef {import('./shapes.js').Scale} Scale */

const AXIS = 20;
const TITLE = 16;
const SIGNS = 16;
const BLOCKS = 54;
const BEFORE = 16;

/** The detailed drawing: its inner SVG, and its height in pixels.
 * @param {Scene} scene
 * @returns {{ svg: string, height: number }} */
export function drawHeap(scene) {
  if (isEmpty(scene)) return { svg: laneTitle('Nothing is on the heap', 4), height: 24 };
  const scale = scaleOf(scene);
  const walked = scene.view.header > 0;
  const before = AXIS + TITLE;
  const lane = before + BEFORE + TITLE + SIGNS;
  const below = walked ? lane + BLOCKS + 8 : AXIS + SIGNS;
  const held = drawHeld(scale, below + TITLE);
  const bottom = below + TITLE + held.height;
  const marks = drawMarks(scale, walked ? before + BEFORE + TITLE : AXIS + TITLE, bottom + 4);
  const parts = [
    drawOutside(scale, AXIS, bottom),
    drawAxis(scale, AXIS, bottom),
    walked ? drawBefore(scale, AXIS) + drawAfter(scale, before + BEFORE) : '',
    laneTitle('Payloads, as the program holds them', below),
    held.svg,
    marks.svg,
    drawBreak(scale, AXIS, bottom, (walked ? before + BEFORE : AXIS) + 12),
    drawFound(scale, AXIS, bottom),
  ];
  return { svg: parts.join(''), height: bottom + 6 + marks.height };
}

/** The whole heap as a thin strip, with the stretch that is shown.
 * @param {Scene} scene Its stretch is the whole; `shown` is what the lens covers.
 * @param {{ from: number, to: number }} shown
 * @param {number} height */
export function drawOverview(scene, shown, height) {
  const scale = scaleOf(scene);
  const blocks = drawBlocks(scale, 2, height - 4, false);
  const held = scene.view.header > 0 ? '' : heldSpans(scale, 2, height - 4);
  const signs = scene.marks.map(({ from, to }) => {
    const x = scale.x(from);
    return rect('mark', x - 1, 0, Math.max(3, scale.x(to) - x), height);
  });
  const left = Math.max(0, scale.x(shown.from));
  const right = Math.min(scene.width, scale.x(shown.to));
  const lens = rect('lens', left, 1, Math.max(4, right - left), height - 2);
  return drawOutside(scale, 0, height) + blocks + held + signs.join('') + lens;
}

/** @param {Scene} scene */
function isEmpty({ state, from, to }) {
  const isShown = (/** @type {{ from: number, to: number }} */ payload) =>
    payload.from < to && payload.to > from;
  return state.end <= 0 && state.blocks.length === 0 && !state.payloads.some(isShown);
}

/** The blocks as the step found them, small.
 * @param {Scale} scale
 * @param {number} y */
function drawBefore({ scene, x }, y) {
  const before = stateBefore(scene.state);
  const same = scene.state.blocksBefore.size === 0 ? ': the same' : '';
  const said = before.blocks.length === 0 ? ': no blocks' : same;
  const blocks = drawBlocks({ scene: { ...scene, state: before }, x }, y + TITLE, BEFORE, false);
  return laneTitle(`Before this step${said}`, y) + blocks;
}

/** @param {Scale} scale
 * @param {number} y */
function drawAfter(scale, y) {
  const blocks = drawBlocks(scale, y + TITLE + SIGNS, BLOCKS, true);
  return laneTitle('Blocks, as the headers tell', y) + blocks;
}

/** @param {string} text
 * @param {number} y */
function laneTitle(text, y) {
  return `<text class="lane" x="2" y="${y + 12}">${text}</text>`;
}
