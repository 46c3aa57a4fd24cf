// The page in real Chromium: opened as a file, stepped by every means, searched, zoomed, looked at by an
// accessibility checker, in light and in dark; and never a word on the console or a request to anywhere.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMutant } from '../src/cli/mutants.ts';
import { framesOf } from '../src/report/frames.ts';
import { heapSvg } from '../src/report/heap-svg.ts';
import { pageHtml } from '../src/report/html.ts';
import type { PageData, ViewData } from '../src/report/page-data.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { BrowserDesk, type Opened, requireBrowser } from './support/browser.ts';

const CRASH = 'a 0 1; a 1 1; r 0 41';
const MAPPED = 'a 0 100; a 1 200000; c 2 5000 1; a 3 24; f 1; a 4 300000; r 3 90; f 0';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const browser = requireBrowser();
const desk = new BrowserDesk();

async function viewOf(
  text: string,
  target = createSimulatedTarget(),
  name = 'a',
): Promise<ViewData> {
  return framesOf(target, { name, trace: parseTrace(text), replay: `allocheck replay '${text}'` });
}

const brokenView = async (): Promise<ViewData> =>
  viewOf(CRASH, (await openMutant('expands-over-live')) as never, 'a crash');

function pageOf(...views: ViewData[]): string {
  const verdicts = [{ verdict: 'failed', text: '1 violation' }] as const;
  return pageHtml({ format: 'allocheck/view@1', title: 'A heap', verdicts, views });
}

/** As many steps as are asked for, all on a small heap. */
function longTrace(steps: number): string {
  const ops: string[] = [];
  for (let i = 0; ops.length < steps; i++) ops.push(`f ${i % 50}`, `a ${i % 50} ${8 + (i % 300)}`);
  return ops.slice(0, steps).join('\n');
}

const position = (page: Page): Promise<string | null> => page.textContent('#position');

async function stepsTo(page: Page, step: string): Promise<void> {
  await page.getByText(`Step ${step}`, { exact: true }).waitFor({ timeout: 5000 });
}

/** Scripts that run in the page are texts: its types are not those of the tests. */
const FOCUSED = `(() => {
  const { activeElement } = document;
  const named = document.getElementById(activeElement.getAttribute('aria-labelledby'));
  const label = named ?? activeElement.labels?.[0] ?? activeElement;
  return activeElement.getAttribute('aria-label') ?? label.textContent.trim();
})()`;

describe.runIf(browser !== undefined)('the page', () => {
  beforeAll(() => desk.start(browser as string));
  afterAll(() => desk.stop());

  async function closed({ page, complaints }: Opened): Promise<void> {
    await page.context().close();
    expect(complaints).toEqual([]);
  }

  test('opens at the violation, with what was promised beside what was seen', async () => {
    const opened = await desk.open(pageOf(await brokenView()));
    const { page } = opened;
    expect(await position(page)).toBe('Step 3 of 3');
    expect(await page.textContent('#call')).toBe('p0 = os_realloc(p0, 41)');
    expect(await page.textContent('.violation')).toMatch(/Expected.*disjoint.*Actual.*overlaps p1/);
    expect(await page.locator('#detail .mark').count()).toBe(1);
    expect(await page.textContent('#detail')).toContain('p0 and p1 share 1 byte');
    expect(await page.locator('#rows tr.marked, #rows tr.gone').count()).toBe(2);
    expect(await page.textContent('#live')).toMatch(/Step 3 of 3: p0 = .* Violates disjointness/);
    await closed(opened);
  });

  test('steps by every key, by slider, by buttons and by a click on a step', async () => {
    const opened = await desk.open(pageOf(await viewOf(longTrace(70))));
    const { page } = opened;
    const keys = [
      ['Home', '1'],
      ['ArrowRight', '2'],
      ['ArrowDown', '3'],
      ['j', '4'],
      ['k', '3'],
      ['ArrowLeft', '2'],
      ['PageDown', '22'],
      ['PageDown', '42'],
      ['PageUp', '22'],
      ['ArrowUp', '21'],
      ['End', '70'],
      ['ArrowRight', '70'],
    ];
    for (const [key, step] of keys) {
      await page.keyboard.press(key as string);
      await stepsTo(page, `${step} of 70`);
    }
    await page.click('#first');
    await stepsTo(page, '1 of 70');
    await page.click('#next');
    await stepsTo(page, '2 of 70');
    await page.click('#last');
    await page.click('#previous');
    await stepsTo(page, '69 of 70');
    await page.fill('#slider', '9');
    await stepsTo(page, '10 of 70');
    await page.focus('#slider');
    await page.keyboard.press('ArrowRight');
    await stepsTo(page, '11 of 70');
    await page.locator('#steps .option').filter({ hasText: /^14 ?/ }).click();
    await stepsTo(page, '14 of 70');
    await closed(opened);
  });

  test('zooms and pans by keys, buttons, wheel and dragging, and comes back', async () => {
    const opened = await desk.open(pageOf(await viewOf(MAPPED)));
    const { page } = opened;
    const shown = async (): Promise<string> => {
      await page.waitForTimeout(40);
      return (await page.textContent('#summary'))?.replace(/.*Shown: /, '') as string;
    };
    const seen = new Set([await shown()]);
    for (const key of ['0', '+', '+', ']', '[', '[', '-', 'c']) {
      await page.keyboard.press(key);
      seen.add(await shown());
    }
    expect(seen.size).toBeGreaterThanOrEqual(6);
    await page.click('#whole');
    expect(await shown()).toMatch(/^heap\+0x0 to heap\+0x2/);
    await page.click('#in');
    await page.click('#in');
    const near = await shown();
    await page.locator('#detail').hover();
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -300);
    await page.keyboard.up('Control');
    const nearer = await shown();
    expect(nearer).not.toBe(near);
    await page.mouse.down();
    await page.mouse.move(300, 400, { steps: 3 });
    await page.mouse.up();
    expect(await shown()).not.toBe(nearer);
    await page.click('#overview');
    await closed(opened);
  });

  test('looks at changes that are far apart one after the other', async () => {
    const opened = await desk.open(
      pageOf(await viewOf('a 0 60000; a 1 24; f 0; a 2 100000; f 1; a 3 59968')),
    );
    const { page } = opened;
    const seen = new Set<string>();
    for (let i = 0; i < 4; i++) {
      await page.keyboard.press('c');
      await page.waitForTimeout(40);
      seen.add((await page.textContent('#summary'))?.replace(/.*Shown: /, '') as string);
    }
    expect([...seen].length).toBe(2);
    await closed(opened);
  });

  test('finds addresses and payloads, and says what is there', async () => {
    const opened = await desk.open(pageOf(await brokenView()));
    const { page } = opened;
    const find = async (query: string): Promise<string | null> => {
      await page.keyboard.press('/');
      await page.keyboard.type(query);
      await page.keyboard.press('Enter');
      const answer = await page.textContent('#answer');
      await page.locator('#query').blur();
      return answer;
    };
    expect(await find('heap+0x48')).toBe(
      'heap+0x48: payload byte 40 of the block at heap+0x0 (48 ALLOC), byte 40 of p0, byte 0 of p1',
    );
    expect(await page.locator('#rows tr.found').count()).toBe(1);
    expect(await find('0x100000000050')).toMatch(
      /^heap\+0x50: header byte 0 of the block at heap\+0x50/,
    );
    expect(await find('p1')).toBe('p1 holds 1 bytes at heap+0x48');
    expect(await find('p7')).toBe('p7 holds nothing after this step');
    expect(await find('heap+0x20000')).toContain('past the break');
    expect(await find('<b>')).toMatch(/^<b> is no address/);
    await closed(opened);
  });

  test('shows mappings beside the heap, and what a step unmapped', async () => {
    const opened = await desk.open(pageOf(await viewOf(MAPPED)));
    const { page } = opened;
    await page.keyboard.press('Home');
    for (const step of ['2', '3', '4', '5']) {
      await page.keyboard.press('ArrowRight');
      await stepsTo(page, `${step} of 8`);
    }
    expect(await page.textContent('#mapped-summary')).toMatch(/^1 mapping .* unmapped 1 mapping/);
    expect(await page.textContent('#syscalls')).toMatch(/^munmap\(0x200000000000, 200032\) = 0/);
    expect(await page.locator('#rows tr.gone').textContent()).toContain('mapped, now unmapped');
    await closed(opened);
  });

  test('has every view of several, and goes from violation to violation', async () => {
    const opened = await desk.open(pageOf(await brokenView(), await viewOf(MAPPED)));
    const { page } = opened;
    await page.keyboard.press('Home');
    await stepsTo(page, '1 of 3');
    await page.keyboard.press('v');
    await stepsTo(page, '3 of 3');
    await page.locator('#views').selectOption('1');
    await stepsTo(page, '8 of 8');
    expect(await page.locator('.violation').count()).toBe(0);
    await closed(opened);
  });

  test('keeps few elements however many steps, and is there at once at each', async () => {
    const opened = await desk.open(pageOf(await viewOf(longTrace(3000))));
    const { page } = opened;
    for (const [key, step] of [
      ['End', '3,000'],
      ['Home', '1'],
      ['End', '3,000'],
    ]) {
      await page.keyboard.press(key as string);
      await stepsTo(page, `${step} of 3,000`);
    }
    expect(await page.locator('#steps .option').count()).toBeLessThan(80);
    expect(await page.locator('#rows tr').count()).toBeLessThan(80);
    expect(
      await page.locator('[role=option][aria-selected=true]').getAttribute('aria-setsize'),
    ).toBe('3000');
    await closed(opened);
  });

  test.each([
    ['wide, light and then dark', false, 1280],
    ['narrow, dark and then light', true, 800],
  ])('is accessible: %s', async (_name, dark, width) => {
    const opened = await desk.open(pageOf(await brokenView(), await viewOf(MAPPED)), {
      dark,
      width,
    });
    const { page } = opened;
    await page.click('.help summary');
    for (const chosen of ['0', '1']) {
      await page.locator('#views').selectOption(chosen);
      await page.waitForTimeout(50);
      expect(await violationsOf(page)).toEqual([]);
    }
    await page.click('#theme');
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await closed(opened);
  });

  test('names everything that can be focused, in the order in which it is seen', async () => {
    const opened = await desk.open(pageOf(await brokenView()));
    const { page } = opened;
    const names: string[] = [];
    for (let i = 0; i < 25; i++) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate<string>(FOCUSED);
      if (names.includes(focused)) break;
      names.push(focused);
    }
    expect(names.slice(0, 12)).toEqual(
      'Dark,Show step 3,First step,Previous step,Next step,Last step,Step,✕ Next violation,Steps,Find,Go,Pan left'.split(
        ',',
      ),
    );
    expect(names).toContain('Blocks');
    expect(names).not.toContain('');
    await closed(opened);
  });

  test('shows hostile text as text', async () => {
    const hostile =
      '</script><script>document.title="bad"</script><img src=x onerror=1>\u202egpj.exe\u0007';
    const view = await brokenView();
    const [violation] = view.violations;
    const evil: ViewData = {
      ...view,
      name: hostile,
      target: hostile,
      replay: hostile,
      calls: view.calls.map(() => hostile),
      endings: { 1: hostile },
      syscalls: { 2: [hostile] },
      violations: [
        { ...violation!, actual: hostile, marks: [{ from: 72, to: 73, label: hostile }] },
      ],
    };
    const data: PageData = {
      format: 'allocheck/view@1',
      title: hostile,
      verdicts: [{ verdict: 'failed', text: hostile }],
      views: [evil],
    };
    const html = pageHtml(data);
    for (const sign of ['\u202e', '\u0007']) expect(html).not.toContain(sign);
    const opened = await desk.open(html);
    const { page } = opened;
    const visible = hostile.replace('\u202e', '\\u{202e}').replace('\u0007', '\\u{7}');
    expect(await page.title()).toBe(visible);
    expect(await page.textContent('#call')).toBe(visible);
    expect(await page.textContent('#syscalls li')).toBe(visible);
    expect(await page.textContent('#detail .mark-name')).toBe(`✕ ${visible}`);
    expect(await page.locator('img').count()).toBe(0);
    await closed(opened);
  });

  test('saves a drawing that is well-formed', async () => {
    const opened = await desk.open(pageOf(await brokenView()));
    const { page } = opened;
    await page.click('.help summary');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
    expect(download.suggestedFilename()).toBe('step-3.svg');
    const saved = readFileSync(await download.path(), 'utf8');
    for (const svg of [saved, heapSvg(await brokenView())]) {
      expect(await desk.rootOf(svg)).toBe('svg');
      expect(svg).toContain('p0 and p1 share 1 byte');
    }
    await closed(opened);
  });

  test('says so where there is nothing to draw', async () => {
    const opened = await desk.open(pageOf());
    expect(await opened.page.textContent('.verdicts')).toBe('1 violation');
    expect(await opened.page.locator('main').isVisible()).toBe(false);
    await closed(opened);
  });
});

interface Found {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe finds, told shortly. */
async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<{ violations: Found[] }>('axe.run()');
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
