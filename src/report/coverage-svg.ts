// What a campaign covered, as one SVG file: how the features reached grew with the runs, and the calls by kind and size.

import type { CoverageReport } from '../check/coverage.ts';
import { OP_KINDS, type OpKind } from '../trace/op.ts';
import { coverageLines } from './coverage-text.ts';
import { visible } from './html.ts';
import { grouped } from './sentence.ts';

/** Pixels. */
const WIDTH = 960;
const LEFT = 150;
const RIGHT = 24;
const PLOT = { top: 100, height: 230 };
const ROW = 22;
const LINE = 16;
const BARS_TOP = PLOT.top + PLOT.height + 96;

/** Told apart by eyes that see few colours, on white. */
const COLOURS: readonly string[] = [
  '#4477aa',
  '#66ccee',
  '#228833',
  '#ccbb44',
  '#ee6677',
  '#aa3377',
  '#777777',
];

export function coverageSvg(title: string, coverage: CoverageReport): string {
  const kinds = OP_KINDS.filter((kind) => coverage.ops.some((each) => each.kind === kind));
  const sizes = [...new Set(coverage.ops.map((each) => each.sizes))];
  const height = BARS_TOP + sizes.length * ROW + 24;
  const head = coverageLines(coverage);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" ` +
      `viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(16, 24, title, 'font-size="15" font-weight="bold"'),
    ...head.map((line, at) => text(16, 44 + at * LINE, line)),
    ...growthPlot(coverage),
    text(16, BARS_TOP - 44, 'Calls by the bytes asked for', 'font-weight="bold"'),
    ...legend(kinds),
    ...sizes.flatMap((size, at) => bar(coverage, kinds, size, at)),
    '</svg>',
    '',
  ].join('\n');
}

/** Runs to the right by powers of ten, features reached upwards; the dotted line is all that there are. */
function growthPlot({ growth, runs, features }: CoverageReport): string[] {
  const decades = Math.max(1, Math.log10(Math.max(runs, 1)));
  const x = (run: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * Math.log10(run)) / decades;
  const y = (reached: number): number =>
    PLOT.top + PLOT.height - (PLOT.height * reached) / Math.max(features, 1);
  const bottom = y(0);
  const steps = growth.map((each) => `H${round(x(each.runs))}V${round(y(each.reached))}`);
  const lines = [
    `<path d="M${LEFT} ${bottom}${steps.join('')}H${round(x(Math.max(runs, 1)))}" fill="none" stroke="${COLOURS[0]}" stroke-width="2"/>`,
    `<path d="M${LEFT} ${PLOT.top}H${WIDTH - RIGHT}" stroke="#777" stroke-dasharray="2 3"/>`,
    `<path d="M${LEFT} ${PLOT.top}V${bottom}H${WIDTH - RIGHT}" fill="none" stroke="#222"/>`,
    text(LEFT - 8, PLOT.top + 4, `all ${features}`, 'text-anchor="end"'),
    text(LEFT - 8, bottom + 4, '0', 'text-anchor="end"'),
    text(LEFT - 8, PLOT.top + PLOT.height / 2, 'features reached', 'text-anchor="end"'),
    text(WIDTH - RIGHT, bottom + 34, 'runs looked at', 'text-anchor="end"'),
  ];
  for (let run = 1; run <= runs; run *= 10) {
    lines.push(`<path d="M${round(x(run))} ${bottom}v5" stroke="#222"/>`);
    lines.push(text(round(x(run)), bottom + 18, grouped(run), 'text-anchor="middle"'));
  }
  return lines;
}

function legend(kinds: readonly OpKind[]): string[] {
  return kinds.flatMap((kind, at) => {
    const x = LEFT + at * 112;
    const y = BARS_TOP - 26;
    return [
      `<rect x="${x}" y="${y}" width="10" height="10" fill="${colourOf(kind)}"/>`,
      text(x + 14, y + 9, kind),
    ];
  });
}

/** One size: its calls of each kind, end to end. */
function bar(coverage: CoverageReport, kinds: readonly OpKind[], size: string, at: number) {
  const of = (name: string) => coverage.ops.filter((each) => each.sizes === name);
  const sum = (name: string) => of(name).reduce((total, each) => total + each.ops, 0);
  const most = Math.max(...coverage.ops.map((each) => sum(each.sizes)));
  const room = WIDTH - LEFT - RIGHT - 90;
  const y = BARS_TOP + at * ROW;
  const label = size === 'none' ? 'no size' : size;
  const lines = [text(LEFT - 8, y + 12, label, 'text-anchor="end"')];
  let x = LEFT;
  for (const kind of kinds) {
    const ops = of(size).find((each) => each.kind === kind)?.ops ?? 0;
    const width = (room * ops) / most;
    if (ops === 0) continue;
    lines.push(
      `<rect x="${round(x)}" y="${y}" width="${round(width)}" height="16" fill="${colourOf(kind)}">` +
        `<title>${kind}: ${grouped(ops)}</title></rect>`,
    );
    x += width;
  }
  return [...lines, text(round(x) + 6, y + 12, grouped(sum(size)))];
}

function colourOf(kind: OpKind): string {
  return COLOURS[OP_KINDS.indexOf(kind)] ?? '#000';
}

function text(x: number, y: number, words: string, more = ''): string {
  return `<text x="${x}" y="${y}"${more === '' ? '' : ` ${more}`}>${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return visible(words).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
