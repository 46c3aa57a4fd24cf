// The heap, drawn, as one file: data, style and script are all in it, and its policy forbids it to load
// anything or to run any other script. What comes from outside (names, messages, traces) is text: it is
// escaped for HTML, and signs that are not seen or turn others round are shown by their code.

import { createHash } from 'node:crypto';
import { pageAsset, pageScript } from './page-assets.ts';
import type { PageData } from './page-data.ts';

/** The whole page. The same data gives the same page. */
export function pageHtml(data: PageData): string {
  const script = pageScript();
  const style = `${pageAsset('drawing.css')}/* page */\n${pageAsset('page.css')}${pageAsset('parts.css')}`;
  const title = escapeHtml(visible(data.title));
  const parts: Readonly<Record<string, string>> = {
    policy: `<meta http-equiv="Content-Security-Policy" content="${policy(script, style)}">`,
    title: `<title>${title}</title>`,
    style: `<style>${style}</style>`,
    heading: `<h1 dir="auto">${title}</h1>`,
    verdicts: verdictList(data),
    patterns: pageAsset('patterns.svg'),
    data: `<script type="application/json" id="data">${dataText(data)}</script>`,
    script: `<script type="module">${script}</script>`,
  };
  return pageAsset('page.html').replaceAll(/<!--(\w+)-->/g, (_all, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`the page has no part ${name}`);
    return part;
  });
}

/** Nothing is loaded from anywhere; only this script runs, and only this style applies. */
function policy(script: string, style: string): string {
  return [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function verdictList({ verdicts }: PageData): string {
  const items = verdicts.map(
    ({ verdict, text }) => `<li class="verdict-${verdict}">${escapeHtml(visible(text))}</li>`,
  );
  return `<ul class="verdicts" aria-label="Verdicts">${items.join('')}</ul>`;
}

/** JSON that ends no script element and opens no comment. */
function dataText(data: PageData): string {
  const text = JSON.stringify(data, (_key, value: unknown) =>
    typeof value === 'string' ? visible(value) : value,
  );
  return text.replaceAll('<', '\\u003c');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Controls, half characters, and what has no width or changes the direction of its neighbours. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** `a‮b` as `a\u{202e}b`. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (sign) => `\\u{${(sign.codePointAt(0) as number).toString(16)}}`);
}
