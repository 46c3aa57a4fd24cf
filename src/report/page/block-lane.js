// The upper lane: the blocks, as the headers tell them.

import { label, n, rect } from './shapes.js';
import { blockSpans } from './spans.js';
import { counted, escaped, grouped, place, statusName } from './words.js';

/** @typedef {import('../page-data.ts').ViewData} ViewData */
/** @typedef {import('./shapes.js').Scale} Scale */
/** @typedef {import('./spans.js').Span} Span */

/** @param {Scale} scale
 * @param {number} y
 * @param {number} height
 * @param {boolean} isLarge With signs and labels. */
export function drawBlocks(scale, y, height, isLarge) {
  return blockSpans(scale.scene)
    .map((span) => drawSpan(scale, span, y, height, isLarge))
    .join('');
}

/** @param {Scale} scale
 * @param {Span} span
 * @param {number} y
 * @param {number} height
 * @param {boolean} isLarge With signs and labels. */
function drawSpan(scale, span, y, height, isLarge) {
  const left = scale.x(span.from);
  const right = Math.max(scale.x(span.to), left + (span.changed ? 3 : 1));
  const body = span.count === 1 ? drawBlock : drawMany;
  const sign = span.changed && isLarge ? changedSign(left, right, y, height) : '';
  return `<g><title>${escaped(spanText(scale.scene.view, span))}</title>${body(scale, span, left, right, y, height, isLarge)}${sign}</g>`;
}

/** @param {Scale} scale
 * @param {Span} span
 * @param {number} left
 * @param {number} right
 * @param {number} y
 * @param {number} height
 * @param {boolean} isLarge */
function drawBlock(scale, span, left, right, y, height, isLarge) {
  const { header } = scale.scene.view;
  const middle = Math.min(right, scale.x(span.from + header));
  const status = ['free', 'alloc'][span.status] ?? 'odd';
  const name = `${grouped(span.payload)} ${statusName(span.status)}`;
  const head = isLarge
    ? label(left, middle, y + height / 2, 'on-head', `header ${header}`, 'header', 'hdr')
    : '';
  const text = isLarge
    ? label(middle, right, y + height / 2, 'on-block', name, grouped(span.payload))
    : '';
  return (
    rect(`block ${status}`, middle, y, right - middle, height) +
    rect('head', left, y, middle - left, height) +
    head +
    text
  );
}

/** Many blocks in one place: how much of it is headers, in use, and free.
 * @param {Scale} _scale
 * @param {Span} span
 * @param {number} left
 * @param {number} right
 * @param {number} y
 * @param {number} height */
function drawMany(_scale, span, left, right, y, height) {
  const all = span.to - span.from;
  const free = (span.free / all) * height;
  const used = (span.used / all) * height;
  const width = right - left;
  return (
    rect('many free', left, y, width, free) +
    rect('many alloc', left, y + free, width, used) +
    rect('many head', left, y + free + used, width, height - free - used)
  );
}

/** @param {ViewData} view
 * @param {Span} span */
function spanText(view, span) {
  const where = `${place(view, Math.ceil(span.from))} to ${place(view, span.end)}`;
  const change = span.changed ? ', changed by this step' : '';
  if (span.count === 1) {
    return `${where}: ${grouped(span.payload)} ${statusName(span.status)} behind a header of ${view.header}${change}`;
  }
  return `${where}: ${counted(span.count, 'block')}, ${grouped(span.used)} bytes in use, ${grouped(span.free)} free${change}`;
}

/** @param {number} left
 * @param {number} right
 * @param {number} y
 * @param {number} height */
function changedSign(left, right, y, height) {
  const x = Math.max(7, (Math.max(0, left) + right) / 2);
  return (
    rect('changed', left, y, right - left, height) +
    `<path class="changed-sign" d="M${n(x - 5)} ${y - 12}h10l-5 8z"/>`
  );
}
