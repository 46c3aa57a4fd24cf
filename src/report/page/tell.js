// A step in words: its call, how it ended, the syscalls; and what the drawing shows, for who cannot see it.

import { byId, say } from './dom.js';
import { counted, grouped, place } from './words.js';

/** @typedef {import('../page-data.ts').ViewData} ViewData */
/** @typedef {import('./track.js').State} State */
/** @typedef {import('./stretch.js').Stretch} Stretch */

/** @param {ViewData} view
 * @param {number} frame
 * @param {HTMLInputElement} slider */
export function tellStep(view, frame, slider) {
  const count = grouped(view.ops.length);
  const position = `Step ${grouped(frame + 1)} of ${count}`;
  const call = view.calls[frame] ?? '';
  const wrong = view.violations.filter((each) => each.frame === frame);
  byId('position', HTMLElement).textContent = position;
  slider.setAttribute('aria-valuetext', `${position}: ${call}`);
  byId('call', HTMLElement).textContent = call;
  const told = outcomeOf(view, frame);
  say(byId('outcome', HTMLElement), told);
  const syscalls = (view.syscalls[frame] ?? []).map((text) => {
    const item = document.createElement('li');
    item.textContent = text;
    return item;
  });
  byId('syscalls', HTMLElement).replaceChildren(...syscalls);
  byId('syscalls', HTMLElement).hidden = syscalls.length === 0;
  for (const [id, isEnd] of [
    ['first', frame === 0],
    ['previous', frame === 0],
    ['next', frame === view.ops.length - 1],
    ['last', frame === view.ops.length - 1],
  ]) {
    byId(String(id), HTMLButtonElement).setAttribute('aria-disabled', String(isEnd));
  }
  const says = wrong.map(({ invariant, actual }) => ` Violates ${invariant}: ${actual}.`).join('');
  byId('live', HTMLElement).textContent = `${position}: ${call}. ${told}.${says}`;
}

/** @param {ViewData} view
 * @param {number} frame */
function outcomeOf(view, frame) {
  const ending = view.endings[frame];
  if (ending === 'skipped') return 'Skipped: the slot was in the wrong state';
  if (ending !== undefined) return `Did not return: ${ending}`;
  const result = view.results[frame] ?? null;
  if (result !== null) return `Returned ${place(view, result)}`;
  return view.ops[frame]?.startsWith('x') ? 'Armed; no call' : 'Returned';
}

/** The drawing in words.
 * @param {ViewData} view
 * @param {State} state
 * @param {Stretch} shown */
export function summaryOf(view, { block, payloads, end }, shown) {
  let free = 0;
  let freeBytes = 0;
  for (const [size, status] of block.values()) {
    if (status !== 0) continue;
    free += 1;
    freeBytes += size;
  }
  const held = payloads.reduce((sum, { from, to }) => sum + to - from, 0);
  const blocks =
    view.header > 0
      ? `${counted(block.size, 'block')}, ${grouped(free)} free with ${counted(freeBytes, 'byte')}; `
      : '';
  const from = place(view, Math.floor(shown.from));
  const seen = `Shown: ${from} to ${place(view, Math.ceil(shown.to))}, ${counted(shown.to - shown.from, 'byte')}.`;
  const all = end > 0 ? ` Heap of ${grouped(end)} bytes.` : '';
  return `${blocks}${counted(payloads.length, 'live payload')} of ${counted(held, 'byte')}.${all} ${seen}`;
}
