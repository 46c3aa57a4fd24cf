// A drawing as an SVG file of its own, for READMEs and mail. Programs that show such files know little of
// style sheets, so every colour is written out, once for light and once for dark.

import { drawHeap } from './scene.js';
import { escaped } from './words.js';

/** @typedef {import('./shapes.js').Scene} Scene */

const EDGE = 12;
const LINE = 17;
const LETTERS = 7.2;

/** @param {Scene} scene
 * @param {{ readonly title: string, readonly lines: readonly string[], readonly style: string, readonly patterns: string }} around
 * @returns {string} The file, ending in a newline. */
export function stillOf(scene, { title, lines, style, patterns }) {
  const { svg, height } = drawHeap(scene);
  const words = lines.flatMap((line) => wrapped(line, Math.floor(scene.width / LETTERS)));
  const top = EDGE + words.length * LINE + 8;
  const width = scene.width + 2 * EDGE;
  const all = Math.ceil(top + height + EDGE);
  const texts = words.map(
    (line, i) =>
      `<text class="words" x="${EDGE}" y="${EDGE + 12 + i * LINE}">${escaped(line)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${all}" viewBox="0 0 ${width} ${all}" role="img" aria-label="${escaped(title)}">`,
    `<title>${escaped(title)}</title>`,
    `<style>${writtenOut(style)}svg .words{font-size:13px}</style>`,
    patterns.trim(),
    `<rect class="ground" width="${width}" height="${all}"/>`,
    ...texts,
    `<svg x="${EDGE}" y="${top}" width="${scene.width}" height="${height}">${svg}</svg>`,
    '</svg>',
    '',
  ].join('\n');
}

/** Without variables: the light colours, and the dark ones where they are preferred.
 * @param {string} style */
function writtenOut(style) {
  const palette = [...style.matchAll(/--([\w-]+):\s*light-dark\(([^,]+),\s*([^)]+)\)/g)];
  const rules = style
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/:root\s*\{[^}]*\}/, '')
    .replace(/\s+/g, ' ');
  const coloured = (/** @type {number} */ which) =>
    rules.replace(/var\(--([\w-]+)\)/g, (all, name) => {
      const found = palette.find((each) => each[1] === name);
      return found?.[which]?.trim() ?? all;
    });
  return `${coloured(2)}@media (prefers-color-scheme: dark) {${coloured(3)}}`;
}

/** @param {string} text
 * @param {number} most */
function wrapped(text, most) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + word.length + 1 > most) lines.push(`  ${word}`);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
