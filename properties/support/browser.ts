// A page in the system's Chromium, and all that it said or asked for while it was open.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { BROWSERS, browserPath } from '../../fuzz/bench/browser.ts';
import { requireFound } from './require-tool.ts';

/** The browser's path, or undefined where there is none. */
export function requireBrowser(): string | undefined {
  const path = browserPath();
  return requireFound(path !== undefined, BROWSERS.join(', '), 'chromium') ? path : undefined;
}

export interface OpenOptions {
  readonly dark?: boolean;
  readonly width?: number;
}

export interface Opened {
  readonly page: Page;
  /** What no page may do: console messages, errors, requests for anything but itself. */
  readonly complaints: readonly string[];
}

export class BrowserDesk {
  readonly #folder = mkdtempSync(join(tmpdir(), 'allocheck-page-'));
  #browser: Browser | undefined;
  #pages = 0;

  async start(executablePath: string): Promise<void> {
    // Chromium refuses its sandbox to root, who runs tests in containers.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    this.#browser = await chromium.launch({ executablePath, args });
  }

  /** Opens the text of a page as a file, and waits until it has drawn. */
  async open(html: string, { dark = false, width = 1280 }: OpenOptions = {}): Promise<Opened> {
    const path = join(this.#folder, `page-${this.#pages++}.html`);
    writeFileSync(path, html);
    const own = pathToFileURL(path).href;
    const context = await (this.#browser as Browser).newContext({
      viewport: { width, height: 900 },
      colorScheme: dark ? 'dark' : 'light',
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('request', (request) => {
      const isOwn = request.url() === own || request.url().startsWith('data:');
      if (!isOwn) complaints.push(`request: ${request.url()}`);
    });
    await page.goto(own);
    await page
      .locator('#position:not(:empty), main[hidden]')
      .first()
      .waitFor({ state: 'attached' });
    return { page, complaints };
  }

  /** The root element of an XML text; `parsererror` is in the answer where it is not well-formed. */
  async rootOf(xml: string): Promise<string> {
    const page = await (this.#browser as Browser).newPage();
    const parsed = `new DOMParser().parseFromString(${JSON.stringify(xml)}, 'image/svg+xml')`;
    const root = await page.evaluate<string>(
      `(({ documentElement: root }) => (root.querySelector('parsererror') ?? root).tagName)(${parsed})`,
    );
    await page.close();
    return root;
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
