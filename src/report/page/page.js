// What is shown: one frame of one view, and a stretch of its heap. Whatever asks for another changes a field
// and asks for a drawing, of which there is one a frame of the screen at most, however fast the keys come.

import { BlockTable } from './block-table.js';
import { byId, say } from './dom.js';
import { find } from './find.js';
import { drawMappings } from './mappings.js';
import { drawHeap, drawOverview } from './scene.js';
import { StepList } from './step-list.js';
import { stillOf } from './still.js';
import {
  firstLook,
  foreignArea,
  interestOf,
  interestsOf,
  marksAt,
  panned,
  wholeOf,
  within,
  zoomed,
} from './stretch.js';
import { summaryOf, tellStep } from './tell.js';
import { Track } from './track.js';
import { showVerdictCards } from './verdict-cards.js';
import { counted } from './words.js';

/** @typedef {import('../page-data.ts').ViewData} ViewData */
/** @typedef {import('../page-data.ts').Mark} Mark */
/** @typedef {import('./stretch.js').Stretch} Stretch */

const OVERVIEW = 26;

export class Page {
  /** @param {ViewData} view */
  constructor(view) {
    this.steps = new StepList((frame) => this.go(frame));
    this.table = new BlockTable();
    this.slider = byId('slider', HTMLInputElement);
    this.detail = byId('detail', SVGSVGElement);
    this.overview = byId('overview', SVGSVGElement);
    this.asked = 0;
    this.isFollowing = true;
    this.width = widthOf(this.detail);
    this.opened = opened(view);
    this.frame = -1;
    this.state = this.opened.track.at(0);
    this.isTold = false;
    /** @type {number | undefined} */
    this.found = undefined;
    /** @type {readonly Mark[]} */
    this.marks = [];
    this.whole = wholeOf(this.state, [], this.opened.foreign);
    this.shown = this.whole;
    this.begin();
  }

  get view() {
    return this.opened.view;
  }

  /** @param {ViewData} view */
  open(view) {
    this.opened = opened(view);
    this.begin();
  }

  begin() {
    const { view, track, foreign } = this.opened;
    this.found = undefined;
    this.isTold = false;
    this.shown = firstLook(view, track, view.decisive, foreign);
    this.state = track.at(view.decisive);
    this.slider.max = String(view.ops.length - 1);
    this.steps.open(view);
    const goOn =
      view.rest > 0
        ? `${counted(view.rest, 'op')} more not run: after damage nothing is evidence.`
        : '';
    say(byId('rest', HTMLElement), goOn);
    byId('next-violation', HTMLButtonElement).hidden = view.violations.length === 0;
    byId('mapped', HTMLElement).hidden = !view.changes.some((each) => hasMapping(each));
    for (const item of document.querySelectorAll('.of-blocks')) {
      item.toggleAttribute('hidden', view.header === 0);
    }
    byId('replay', HTMLElement).textContent = view.replay;
    byId('replay-line', HTMLElement).hidden = view.replay === '';
    showVerdictCards(view, (frame) => this.go(frame));
    this.go(view.decisive);
  }

  /** @param {number} frame */
  go(frame) {
    this.frame = Math.min(Math.max(0, frame), this.view.ops.length - 1);
    this.isFollowing = true;
    this.ask();
  }

  /** @param {Stretch} stretch */
  look(stretch) {
    this.shown = stretch;
    this.isFollowing = false;
    this.ask();
  }

  resize() {
    this.width = widthOf(this.detail);
    this.ask();
  }

  ask() {
    if (this.asked !== 0) return;
    this.asked = requestAnimationFrame(() => {
      this.asked = 0;
      this.draw();
    });
  }

  draw() {
    const { view, frame } = this;
    const isNew = this.state.frame !== frame || !this.isTold;
    this.isTold = true;
    this.state = this.opened.track.at(frame);
    this.marks = marksAt(view, frame);
    this.whole = wholeOf(this.state, this.marks, this.opened.foreign);
    if (isNew) {
      this.slider.value = String(frame);
      tellStep(view, frame, this.slider);
      this.steps.show(frame);
    }
    if (this.isFollowing) this.follow();
    this.drawHeap();
    if (isNew) this.table.show(view, this.state, this.marks, this.found);
  }

  /** What changed comes into sight; as long as it is, and is large enough to be seen, nothing moves. */
  follow() {
    const wanted = interestOf(this.view, this.state, this.marks, this.whole);
    const shown = within(this.shown, this.whole);
    const isSeen =
      wanted === undefined ||
      (wanted.from >= shown.from &&
        wanted.to <= shown.to &&
        shown.to - shown.from <= 4 * (wanted.to - wanted.from));
    this.shown = isSeen ? shown : wanted;
  }

  drawHeap() {
    const { view, state, marks, found, detail, overview } = this;
    const { width } = this;
    const scene = { view, state, marks, found, width, ...this.shown };
    const { svg, height } = drawHeap(scene);
    detail.innerHTML = svg;
    detail.setAttribute('height', String(height));
    overview.innerHTML = drawOverview({ ...scene, ...this.whole }, this.shown, OVERVIEW);
    byId('summary', HTMLElement).textContent = summaryOf(view, state, this.shown);
    const mapped = drawMappings(view, state, marks, width);
    const mappings = byId('mappings', SVGSVGElement);
    mappings.innerHTML = mapped.svg;
    mappings.setAttribute('height', String(mapped.height));
    mappings.toggleAttribute('hidden', mapped.svg === '');
    byId('mapped-summary', HTMLElement).textContent = mapped.summary;
  }

  nextViolation() {
    const frames = this.view.violations.map(({ frame }) => frame).sort((a, b) => a - b);
    const next = frames.find((frame) => frame > this.frame) ?? frames[0];
    if (next !== undefined) this.go(next);
  }

  /** @param {string} query */
  search(query) {
    const { at, says } = find(this.view, this.state, query);
    byId('answer', HTMLElement).textContent = says;
    this.found = at;
    if (at !== undefined && at >= this.whole.from && at <= this.whole.to) {
      const length = Math.min(this.shown.to - this.shown.from, 1024);
      this.look(within({ from: at - length / 2, to: at + length / 2 }, this.whole));
    } else this.ask();
    this.table.show(this.view, this.state, this.marks, at);
  }

  /** @param {number} factor
   * @param {number} [fixed] */
  zoom(factor, fixed = (this.shown.from + this.shown.to) / 2) {
    this.look(zoomed(this.shown, factor, fixed, this.whole));
  }

  /** @param {number} share Of what is shown. */
  pan(share) {
    this.look(panned(this.shown, share * (this.shown.to - this.shown.from), this.whole));
  }

  /** One after the other, where changes are far apart. */
  lookAtChange() {
    const places = interestsOf(this.view, this.state, this.marks, this.whole);
    const { from, to } = this.shown;
    const at = places.findIndex((place) => place.from === from && place.to === to);
    this.look(places[(at + 1) % Math.max(1, places.length)] ?? this.whole);
  }

  save() {
    const { view, state, marks, frame } = this;
    const style = document.querySelector('style')?.textContent ?? '';
    const title = `${view.name}, step ${frame + 1}: ${view.calls[frame] ?? ''}`;
    const wrong = view.violations.filter((each) => each.frame === frame);
    const lines = [title, ...wrong.map(({ invariant, actual }) => `✕ ${invariant}: ${actual}`)];
    const scene = { view, state, marks, found: undefined, width: 960, ...this.shown };
    const patterns = document.querySelector('defs')?.outerHTML ?? '';
    const text = stillOf(scene, {
      title,
      lines,
      style: style.slice(0, style.indexOf('/* page */')),
      patterns,
    });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
    link.download = `step-${frame + 1}.svg`;
    link.click();
    URL.revokeObjectURL(link.href);
  }
}

/** @param {SVGSVGElement} drawing */
function widthOf(drawing) {
  return Math.max(200, Math.floor(drawing.clientWidth || 800));
}

/** @param {ViewData} view */
function opened(view) {
  return { view, track: new Track(view), foreign: foreignArea(view) };
}

/** @param {readonly number[]} changes */
function hasMapping(changes) {
  for (let i = 0; i < changes.length; i += (changes[i] ?? 0) > 3 ? 2 : 4)
    if (changes[i] === 2) return true;
  return false;
}
