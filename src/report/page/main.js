// The page: reads the data written into it, and lets buttons, keys and the pointer choose what is shown.

import { byId } from './dom.js';
import { listenToDrag, listenToKeys } from './input.js';
import { Page } from './page.js';
import { listenToTheme } from './theme.js';

/** @typedef {import('../page-data.ts').PageData} PageData */

const PAGE = 20;

function start() {
  listenToTheme();
  const data = /** @type {PageData} */ (JSON.parse(byId('data', HTMLElement).textContent ?? ''));
  const [view] = data.views;
  if (view === undefined) return;
  byId('main', HTMLElement).hidden = false;
  const page = new Page(view);
  const views = byId('views', HTMLSelectElement);
  views.append(...data.views.map(({ name }, i) => new Option(name, String(i))));
  byId('views-label', HTMLElement).hidden = data.views.length < 2;
  views.addEventListener('change', () => {
    const chosen = data.views[Number(views.value)];
    if (chosen !== undefined) page.open(chosen);
  });
  listenToButtons(page);
  listenToKeys(page, PAGE);
  listenToDrag(page);
  new ResizeObserver(() => page.resize()).observe(page.detail);
}

/** @param {Page} page */
function listenToButtons(page) {
  /** @type {Record<string, () => void>} */
  const buttons = {
    first: () => page.go(0),
    previous: () => page.go(page.frame - 1),
    next: () => page.go(page.frame + 1),
    last: () => page.go(page.view.ops.length - 1),
    'next-violation': () => page.nextViolation(),
    left: () => page.pan(-0.5),
    right: () => page.pan(0.5),
    in: () => page.zoom(0.5),
    out: () => page.zoom(2),
    whole: () => page.look(page.whole),
    change: () => page.lookAtChange(),
    save: () => page.save(),
  };
  for (const [id, press] of Object.entries(buttons)) {
    byId(id, HTMLButtonElement).addEventListener('click', press);
  }
  page.slider.addEventListener('input', () => page.go(Number(page.slider.value)));
  byId('search', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    page.search(byId('query', HTMLInputElement).value);
  });
}

start();
