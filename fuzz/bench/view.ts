// `npm run bench -- view`: the page of a real program's 50,000 steps, in Chromium: how long it takes to make
// and to open, and how long from a key to the step that it asks for, drawn and laid out. In the tests there
// are no such figures: they are as good as the machine is idle.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { max, quantile } from 'simple-statistics';
import { packageFolder } from '../../src/cli/known-traces.ts';
import { OperatingError } from '../../src/contract/operating-error.ts';
import { osmem } from '../../src/contract/osmem.ts';
import { framesOf } from '../../src/report/frames.ts';
import { pageHtml } from '../../src/report/html.ts';
import { createNativeTarget } from '../../src/target/native.ts';
import { readTraceFile } from '../../src/trace/trace-file.ts';
import { tableText } from '../table.ts';
import { BROWSERS, browserPath } from './browser.ts';

const TRACE = 'corpus/programs/python3.trace';
const ALLOCATOR = 'corpus/allocators/sound/course-list.c';
const OPENINGS = 5;
const PRESSES = 100;

/** Throws an OperatingError where there is no Chromium. */
export async function benchView(say: (line: string) => void): Promise<void> {
  const executablePath = browserPath();
  if (executablePath === undefined) {
    throw new OperatingError(`none of ${BROWSERS.join(', ')} on the PATH: install chromium`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'allocheck-bench-'));
  const path = join(folder, 'heap.html');
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath, args });
  try {
    const started = performance.now();
    const steps = await makePage(path);
    const made = performance.now() - started;
    const megabytes = (statSync(path).size / 1e6).toFixed(1);
    say(`${steps} steps of ${TRACE} on ${ALLOCATOR}; Chromium ${browser.version()}`);
    say(`made in ${(made / 1000).toFixed(1)} s: ${megabytes} MB`);
    const rows = [row('open', await measureOpening(browser, path))];
    const page = await openPage(browser, path);
    for (const [name, keys] of KEYS) rows.push(row(name, await measureKeys(page, keys)));
    say(tableText(['from asking to seeing, ms', 'times', 'median', '95%', 'worst'], rows));
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const KEYS: readonly (readonly [string, readonly string[]])[] = [
  ['one step on', ['ArrowRight']],
  ['one step back', ['ArrowLeft']],
  ['to the end and back', ['End', 'Home']],
  ['twenty steps from the end', ['End', 'PageUp']],
  ['the whole heap, and the change', ['0', 'c']],
  ['zoom and pan', ['-', ']', '+', '[']],
];

async function makePage(path: string): Promise<number> {
  const root = packageFolder();
  const { trace } = readTraceFile(readFileSync(join(root, TRACE), 'utf8'), TRACE);
  const target = await createNativeTarget({ files: [join(root, ALLOCATOR)], contract: osmem });
  try {
    const view = await framesOf(target, { name: TRACE, trace });
    const data = { format: 'allocheck/view@1', title: TRACE, verdicts: [], views: [view] } as const;
    writeFileSync(path, pageHtml(data));
    return view.ops.length;
  } finally {
    await target.close();
  }
}

async function openPage(browser: Browser, path: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(pathToFileURL(path).href);
  await page.locator('#position:not(:empty)').waitFor();
  return page;
}

/** From asking for the page to its first step, drawn. */
async function measureOpening(browser: Browser, path: string): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < OPENINGS; i++) {
    const started = performance.now();
    const page = await openPage(browser, path);
    times.push(performance.now() - started);
    await page.close();
  }
  return times;
}

/** Measured in the page: from the key's event until the frame after it is laid out and handed over. */
function measureKeys(page: Page, keys: readonly string[]): Promise<number[]> {
  return page.evaluate<number[]>(`(async () => {
    const times = [];
    for (let i = 0; i < ${PRESSES}; i++) {
      const key = ${JSON.stringify(keys)}[i % ${keys.length}];
      const started = performance.now();
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      document.body.getBoundingClientRect();
      times.push(performance.now() - started);
    }
    return times;
  })()`);
}

function row(name: string, times: readonly number[]): (string | number)[] {
  const own = [...times];
  const figures = [quantile(own, 0.5), quantile(own, 0.95), max(own)];
  return [name, own.length, ...figures.map((ms) => ms.toFixed(1))];
}
