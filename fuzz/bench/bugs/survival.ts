// Survival curves: the share of trials in which a bug has not been found yet, by time, one curve a tool. Plain SVG, light
// or dark as the reader has it.

export interface Curve {
  readonly name: string;
  /** Milliseconds of each trial; Infinity where nothing was found. */
  readonly times: readonly number[];
}

const WIDTH = 860;
const HEIGHT = 440;
const LEFT = 56;
const RIGHT = 230;
const TOP = 20;
const BOTTOM = 48;
/** Of the axis: milliseconds. */
const FIRST = 1;
const LAST = 60_000;
const TICKS = [1, 10, 100, 1000, 10_000, 60_000];
const COLOURS = ['#2563eb', '#dc2626', '#059669', '#d97706', '#7c3aed', '#0891b2', '#db2777'];
const DASHES = ['', '6 3', '2 3'];

export function survivalSvg(curves: readonly Curve[]): string {
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Share of trials whose bug is not found yet, by time">`,
    STYLE,
    `<rect class="page" width="${WIDTH}" height="${HEIGHT}"/>`,
    ...TICKS.map(xTick),
    ...[0, 0.25, 0.5, 0.75, 1].map(yTick),
    ...curves.map((curve, i) => line(curve, i)),
    ...curves.map((curve, i) => legend(curve, i)),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">time of the search</text>`,
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

const STYLE = `<style>
text { font: 13px system-ui, sans-serif; fill: #1f2937 }
.page { fill: #fff } .grid { stroke: #e5e7eb } path { fill: none; stroke-width: 1.8 }
@media (prefers-color-scheme: dark) { text { fill: #e5e7eb } .page { fill: #111827 } .grid { stroke: #374151 } }
</style>`;

function xOf(ms: number): number {
  const share = Math.log(Math.max(ms, FIRST) / FIRST) / Math.log(LAST / FIRST);
  return LEFT + share * (WIDTH - LEFT - RIGHT);
}

function yOf(share: number): number {
  return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM);
}

function xTick(ms: number): string {
  const x = xOf(ms).toFixed(1);
  const label = ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
  return `<line class="grid" x1="${x}" y1="${TOP}" x2="${x}" y2="${HEIGHT - BOTTOM}"/><text x="${x}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${label}</text>`;
}

function yTick(share: number): string {
  const y = yOf(share).toFixed(1);
  return `<line class="grid" x1="${LEFT}" y1="${y}" x2="${WIDTH - RIGHT}" y2="${y}"/><text x="${LEFT - 8}" y="${Number(y) + 4}" text-anchor="end">${share * 100}%</text>`;
}

/** Down a step at each trial that found its bug. */
export function pathOf(times: readonly number[]): string {
  const found = times.filter((ms) => ms <= LAST).sort((a, b) => a - b);
  let path = `M${xOf(FIRST).toFixed(1)} ${yOf(1).toFixed(1)}`;
  for (const [i, ms] of found.entries()) {
    path += `H${xOf(ms).toFixed(1)}V${yOf(1 - (i + 1) / times.length).toFixed(1)}`;
  }
  return `${path}H${xOf(LAST).toFixed(1)}`;
}

function styleOf(index: number): string {
  const dash = DASHES[Math.floor(index / COLOURS.length) % DASHES.length];
  const colour = COLOURS[index % COLOURS.length];
  return `stroke="${colour}"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`;
}

function line({ times }: Curve, index: number): string {
  return times.length === 0 ? '' : `<path d="${pathOf(times)}" ${styleOf(index)}/>`;
}

function legend({ name }: Curve, index: number): string {
  const y = TOP + 12 + index * 22;
  const x = WIDTH - RIGHT + 16;
  return `<path d="M${x} ${y}h24" ${styleOf(index)}/><text x="${x + 32}" y="${y + 4}">${escaped(name)}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
