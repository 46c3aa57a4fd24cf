// The list of steps: of fifty thousand, only those in sight are in the document. It is a listbox, so that
// a screen reader tells the place in the whole list, and the keys work as everywhere.

import { byId, element } from './dom.js';
import { place } from './words.js';

/** @typedef {import('../page-data.ts').ViewData} ViewData */
/** @typedef {import('../page-data.ts').ViewViolation} ViewViolation */

const ROW = 26;
/** Rows beyond each edge. */
const MARGIN = 8;

export class StepList {
  /** @param {(frame: number) => void} choose */
  constructor(choose) {
    this.box = byId('steps', HTMLElement);
    this.track = element('div', 'track');
    this.track.setAttribute('role', 'presentation');
    this.box.append(this.track);
    this.choose = choose;
    this.frame = 0;
    /** @type {ViewData | undefined} */
    this.view = undefined;
    /** @type {Map<number, ViewViolation>} */
    this.wrong = new Map();
    // Kept, because asking for them makes the browser lay the page out.
    this.top = 0;
    this.height = 600;
    this.box.addEventListener('scroll', () => this.scrolled(), { passive: true });
    new ResizeObserver(() => {
      this.height = Math.max(ROW, this.box.clientHeight);
    }).observe(this.box);
    this.track.addEventListener('click', (event) => this.click(event));
  }

  /** @param {ViewData} view */
  open(view) {
    this.view = view;
    this.wrong = new Map();
    // The first of a step is shown.
    for (const each of view.violations.toReversed()) this.wrong.set(each.frame, each);
    this.track.style.height = `${view.ops.length * ROW}px`;
    this.top = 0;
    this.height = Math.max(ROW, this.box.clientHeight);
  }

  /** @param {number} frame */
  show(frame) {
    this.frame = frame;
    const at = frame * ROW;
    if (at < this.top || at + ROW > this.top + this.height) {
      this.top = Math.max(0, at - (this.height - ROW) / 2);
      this.render();
      this.box.scrollTop = this.top;
    } else this.render();
  }

  scrolled() {
    if (Math.abs(this.box.scrollTop - this.top) < 1) return;
    this.top = this.box.scrollTop;
    this.render();
  }

  render() {
    const { view, box, top, height } = this;
    if (view === undefined) return;
    const first = Math.max(0, Math.floor(top / ROW) - MARGIN);
    const end = Math.min(view.ops.length, Math.ceil((top + height) / ROW) + MARGIN);
    const options = [];
    for (let frame = first; frame < end; frame++) options.push(this.option(view, frame));
    // The chosen one stays in the document, for the box refers to it.
    if (this.frame < first || this.frame >= end) options.push(this.option(view, this.frame));
    this.track.replaceChildren(...options);
    box.setAttribute('aria-activedescendant', `step-${this.frame}`);
  }

  /** @param {ViewData} view
   * @param {number} frame */
  option(view, frame) {
    const index = element('span', 'index', numberOf(view, frame));
    index.style.minWidth = `${String(view.ops.length).length}ch`;
    const option = element(
      'div',
      'option',
      index,
      element('span', 'call', view.calls[frame] ?? ''),
    );
    const wrong = this.wrong.get(frame);
    if (wrong !== undefined) option.append(element('span', 'wrong', `✕ ${wrong.invariant}`));
    else option.append(element('span', 'gives', givesOf(view, frame)));
    option.id = `step-${frame}`;
    option.dataset.frame = String(frame);
    option.style.top = `${frame * ROW}px`;
    option.setAttribute('role', 'option');
    option.setAttribute('aria-selected', String(frame === this.frame));
    option.setAttribute('aria-setsize', String(view.ops.length));
    option.setAttribute('aria-posinset', String(frame + 1));
    return option;
  }

  /** @param {Event} event */
  click(event) {
    const option = event.target instanceof Element ? event.target.closest('.option') : null;
    if (option instanceof HTMLElement) this.choose(Number(option.dataset.frame));
  }
}

/** The op's number as the report counts: from 1. What is no op has none.
 * @param {ViewData} view
 * @param {number} frame */
function numberOf(view, frame) {
  return view.ops[frame] === '' ? '' : String(frame + view.first + 1);
}

/** @param {ViewData} view
 * @param {number} frame */
export function givesOf(view, frame) {
  const ending = view.endings[frame];
  if (ending !== undefined) return ending;
  const result = view.results[frame] ?? null;
  return result === null ? '' : `= ${place(view, result)}`;
}
