// What is wrong with this run, above everything else: the promise beside what was seen, one card a
// violation, and the way to the step that shows it.

import { byId, element } from './dom.js';

/** @typedef {import('../page-data.ts').ViewData} ViewData */
/** @typedef {import('../page-data.ts').ViewViolation} ViewViolation */

/** The rest is reached by `next violation`. */
const MOST = 5;

/** @param {ViewData} view
 * @param {(frame: number) => void} go */
export function showVerdictCards(view, go) {
  const cards = view.violations.slice(0, MOST).map((each) => card(view, each, go));
  const rest = view.violations.length - cards.length;
  if (rest > 0) cards.push(element('p', 'note', `and ${rest} more, by “Next violation”`));
  byId('violations', HTMLElement).replaceChildren(...cards);
}

/** @param {ViewData} view
 * @param {ViewViolation} violation
 * @param {(frame: number) => void} go */
function card(view, { invariant, tier, expected, actual, why = [], marks, frame }, go) {
  const button = element('button', '', `Show step ${frame + view.first + 1}`);
  button.setAttribute('type', 'button');
  button.addEventListener('click', () => go(frame));
  const title = element('h2', '', element('span', 'tier', `✕ ${tier}: ${invariant}`), button);
  const evidence = element(
    'dl',
    'evidence',
    side('Expected', [expected]),
    side('Actual', [actual, ...labels(marks)]),
  );
  const reasons = why.length === 0 ? [] : [element('pre', 'why', why.join('\n'))];
  const made = element('section', 'violation', title, evidence, ...reasons);
  made.setAttribute('aria-label', `Violation: ${invariant}`);
  return made;
}

/** What the marks add to the sentence.
 * @param {ViewViolation['marks']} marks */
function labels(marks) {
  return marks.slice(0, 3).flatMap(({ label }) => (/^(\[?heap\+|0x)/.test(label) ? [] : [label]));
}

/** @param {string} name
 * @param {readonly string[]} texts */
function side(name, texts) {
  const parts = texts.map((text) => element('dd', '', text));
  return element('div', '', element('dt', '', name), ...parts);
}
