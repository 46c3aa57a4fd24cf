// Keys and the pointer. Keys act wherever the focus is, save where it has a use for them itself: text
// fields, lists to choose from, the slider's arrows, and what scrolls.

import { byId } from './dom.js';
import { panned, within } from './stretch.js';

/** @typedef {object} Controlled
 * @property {number} frame
 * @property {{ readonly ops: readonly string[] }} view
 * @property {{ from: number, to: number }} shown
 * @property {{ from: number, to: number }} whole
 * @property {SVGSVGElement} detail
 * @property {SVGSVGElement} overview
 * @property {(frame: number) => void} go
 * @property {(stretch: { from: number, to: number }) => void} look
 * @property {(factor: number, fixed?: number) => void} zoom
 * @property {(share: number) => void} pan
 * @property {() => void} nextViolation
 * @property {() => void} lookAtChange */

/** @param {Controlled} page
 * @param {number} far Steps that a page key takes. */
export function listenToKeys(page, far) {
  const letters = byId('letters', HTMLInputElement);
  /** @type {Record<string, () => void>} */
  const moves = {
    ArrowLeft: () => page.go(page.frame - 1),
    ArrowRight: () => page.go(page.frame + 1),
    ArrowUp: () => page.go(page.frame - 1),
    ArrowDown: () => page.go(page.frame + 1),
    PageUp: () => page.go(page.frame - far),
    PageDown: () => page.go(page.frame + far),
    Home: () => page.go(0),
    End: () => page.go(page.view.ops.length - 1),
  };
  /** @type {Record<string, () => void>} */
  const signs = {
    j: () => page.go(page.frame + 1),
    k: () => page.go(page.frame - 1),
    v: () => page.nextViolation(),
    c: () => page.lookAtChange(),
    0: () => page.look(page.whole),
    '+': () => page.zoom(0.5),
    '=': () => page.zoom(0.5),
    '-': () => page.zoom(2),
    '[': () => page.pan(-0.5),
    ']': () => page.pan(0.5),
    '/': () => byId('query', HTMLInputElement).select(),
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const { target, key } = event;
    if (!(target instanceof Element) || target.matches('input[type="text"], select')) return;
    const isTaken = target.matches('input[type="range"], #table');
    const act = (isTaken ? undefined : moves[key]) ?? (letters.checked ? signs[key] : undefined);
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

/** Dragging and the wheel on the drawing; a press on the overview.
 * @param {Controlled} page */
export function listenToDrag(page) {
  const { detail, overview } = page;
  /** @type {{ x: number, shown: { from: number, to: number } } | undefined} */
  let held;
  detail.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    held = { x: event.clientX, shown: page.shown };
    detail.setPointerCapture(event.pointerId);
    detail.classList.add('dragged');
  });
  detail.addEventListener('pointermove', (event) => {
    if (held === undefined) return;
    const { from, to } = held.shown;
    const by = ((held.x - event.clientX) / detail.clientWidth) * (to - from);
    page.look(panned(held.shown, by, page.whole));
  });
  for (const end of ['pointerup', 'pointercancel']) {
    detail.addEventListener(end, () => {
      held = undefined;
      detail.classList.remove('dragged');
    });
  }
  detail.addEventListener('wheel', (event) => turn(page, event), { passive: false });
  const press = (/** @type {PointerEvent} */ event) => {
    if ((event.buttons & 1) === 0) return;
    const box = overview.getBoundingClientRect();
    const { from, to } = page.whole;
    const at = from + ((event.clientX - box.left) / box.width) * (to - from);
    const length = page.shown.to - page.shown.from;
    page.look(within({ from: at - length / 2, to: at + length / 2 }, page.whole));
  };
  overview.addEventListener('pointerdown', press);
  overview.addEventListener('pointermove', press);
}

/** With Ctrl it zooms, sideways it pans; else the page scrolls, as everywhere.
 * @param {Controlled} page
 * @param {WheelEvent} event */
function turn(page, event) {
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    const box = page.detail.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const { from, to } = page.shown;
    page.zoom(event.deltaY < 0 ? 0.8 : 1.25, from + share * (to - from));
    return;
  }
  const by = event.shiftKey ? event.deltaY : event.deltaX;
  if (by === 0) return;
  event.preventDefault();
  page.pan(by / Math.max(1, page.detail.clientWidth));
}
