// The stretch of addresses that is drawn: the whole area, what a step changed, or what the reader chose.

import { TABLE } from './tables.js';

/** @typedef {import('../page-data.ts').ViewData} ViewData */
/** @typedef {import('../page-data.ts').Mark} Mark */
/** @typedef {import('./track.js').State} State */
/** @typedef {{ from: number, to: number }} Stretch */

/** Bytes. Fewer are never shown: a header and a small payload fill the drawing. */
const LEAST = 48;
/** A heap of no more bytes is always shown whole. */
const SMALL = 1024;
/** Of a block larger than this, its start will do. */
const START = 96;
/** Changes farther apart than this are looked at one after the other. */
const FAR = 4096;
/** Frames that are looked back at. */
const RECENT = 50;
/** Two payloads farther apart than this are in different places. */
const APART = 2 ** 26;

/** Where the view's payloads are: the heap, if it ever had one; else the place with most of them (a library
 * has the real address space, and may use any of it).
 * @param {ViewData} view
 * @returns {Stretch | undefined} Undefined: the heap, from 0 to the break. */
export function foreignArea(view) {
  /** @type {Stretch[]} */
  const payloads = [];
  for (const changes of view.changes) {
    for (let i = 0; i < changes.length; i += (changes[i] ?? 0) > TABLE.bounds ? 2 : 4) {
      if (changes[i] === TABLE.bounds && changes[i + 1] === 0 && (changes[i + 2] ?? 0) > 0) return;
      if (changes[i] !== TABLE.payloads) continue;
      const from = changes[i + 2] ?? 0;
      payloads.push({ from, to: from + (changes[i + 3] ?? 0) });
    }
  }
  payloads.sort((a, b) => a.from - b.from);
  /** @type {(Stretch & { count: number })[]} */
  const areas = [];
  for (const { from, to } of payloads) {
    const last = areas.at(-1);
    if (last === undefined || from - last.to > APART) areas.push({ from, to, count: 1 });
    else {
      last.to = Math.max(last.to, to);
      last.count += 1;
    }
  }
  return areas.sort((a, b) => b.count - a.count)[0];
}

/** All there is to show, with a little room around it.
 * @param {State} state
 * @param {readonly Mark[]} marks
 * @param {Stretch | undefined} foreign
 * @returns {Stretch} */
export function wholeOf(state, marks, foreign) {
  const area = foreign ?? { from: 0, to: Math.max(state.end, LEAST) };
  const near = marks.filter(({ from }) => isNear(from, area));
  const from = Math.min(area.from, ...near.map((mark) => mark.from));
  const to = Math.max(area.to, ...near.map((mark) => mark.to));
  const room = (to - from) / 60;
  return { from: from - (from < area.from ? room : 0), to: to + room };
}

/** What the frame changed and the violation is about, with what is around it; undefined if nothing is.
 * @param {ViewData} view
 * @param {State} state
 * @param {readonly Mark[]} marks
 * @param {Stretch} whole
 * @returns {Stretch | undefined} */
export function interestOf(view, state, marks, whole) {
  const places = interestsOf(view, state, marks, whole);
  const [first] = places;
  const last = places.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return { from: first.from, to: last.to };
}

/** The same in places, where they are so far apart that none can be seen when all are.
 * @param {ViewData} view
 * @param {State} state
 * @param {readonly Mark[]} marks
 * @param {Stretch} whole
 * @returns {Stretch[]} By address. */
export function interestsOf(view, state, marks, whole) {
  if (whole.to - whole.from <= SMALL) return [whole];
  /** @type {Stretch[]} */
  const parts = [];
  const add = (/** @type {number} */ from, /** @type {number} */ size) => {
    if (isNear(from, whole)) parts.push({ from, to: from + Math.min(size, START) });
  };
  for (const [at, was] of state.blocksBefore) {
    const size = (state.block.get(at) ?? was)?.[0] ?? 0;
    add(at, view.header + size);
  }
  for (const { slot, from, to } of state.payloads) {
    if (state.payloadsBefore.has(slot)) add(from, to - from);
  }
  for (const { from, to } of marks) add(from, to - from);
  /** @type {Stretch[]} */
  const places = [];
  for (const part of parts.sort((a, b) => a.from - b.from)) {
    const last = places.at(-1);
    if (last !== undefined && part.from - last.to < FAR) last.to = Math.max(last.to, part.to);
    else places.push({ ...part });
  }
  return places.map(({ from, to }) => {
    const room = Math.max(64, (to - from) * 0.35);
    return within({ from: from - room, to: to + room }, whole);
  });
}

/** What to look at first: what this frame changed, else what one before it did.
 * @param {ViewData} view
 * @param {import('./track.js').Track} track
 * @param {number} frame
 * @param {Stretch | undefined} foreign
 * @returns {Stretch} */
export function firstLook(view, track, frame, foreign) {
  const marks = marksAt(view, frame);
  const whole = wholeOf(track.at(frame), marks, foreign);
  for (let at = frame; at >= Math.max(0, frame - RECENT); at--) {
    const found = interestOf(view, track.at(at), at === frame ? marks : [], whole);
    if (found !== undefined) return found;
  }
  return whole;
}

/** @param {ViewData} view
 * @param {number} frame
 * @returns {Mark[]} */
export function marksAt({ violations }, frame) {
  return violations.filter((each) => each.frame === frame).flatMap(({ marks }) => [...marks]);
}

/** @param {Stretch} shown
 * @param {number} factor Below 1 is nearer.
 * @param {number} fixed The offset that stays where it is.
 * @param {Stretch} whole */
export function zoomed(shown, factor, fixed, whole) {
  const length = Math.min(Math.max(LEAST, (shown.to - shown.from) * factor), whole.to - whole.from);
  const share = (fixed - shown.from) / (shown.to - shown.from);
  const from = fixed - share * length;
  return within({ from, to: from + length }, whole);
}

/** @param {Stretch} shown
 * @param {number} by
 * @param {Stretch} whole */
export function panned(shown, by, whole) {
  return within({ from: shown.from + by, to: shown.to + by }, whole);
}

/** As long as it is, as far as there is so much, and not beyond the whole.
 * @param {Stretch} shown
 * @param {Stretch} whole
 * @returns {Stretch} */
export function within(shown, whole) {
  const length = Math.min(shown.to - shown.from, whole.to - whole.from);
  const from = Math.min(Math.max(shown.from, whole.from), whole.to - length);
  return { from, to: from + length };
}

/** @param {number} offset
 * @param {Stretch} area */
function isNear(offset, area) {
  const margin = Math.max(4096, (area.to - area.from) / 4);
  return offset >= area.from - margin && offset <= area.to + margin;
}
