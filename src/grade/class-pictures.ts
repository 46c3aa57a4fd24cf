// Pictures of a class as SVG, to stand in a page: they take their colours from it, have a text for those who
// do not see them, and tell nothing by colour alone.

/** Of the marks: parts of the whole scale. */
const PARTS = 10;
const WIDTH = 640;
const HEIGHT = 150;
const FOOT = 34;
const HEAD = 18;

/** How many submissions have how many marks. */
export function marksPicture(marks: readonly number[], maximum: number): string {
  if (marks.length === 0) return '<p>There are no marks.</p>';
  const counts = new Array<number>(PARTS).fill(0);
  for (const mark of marks) {
    const part = Math.min(PARTS - 1, Math.floor((PARTS * mark) / maximum));
    counts[part] = (counts[part] ?? 0) + 1;
  }
  const most = Math.max(...counts);
  const bars = counts.map((count, part) => column(count, part, most, maximum));
  const says = counts
    .map((count, part) => `${rangeOf(part, maximum)}: ${count}`)
    .filter((_, part) => counts[part] !== 0)
    .join('; ');
  return [
    `<svg class="marks" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Submissions by marks. ${says}">`,
    ...bars,
    `<line x1="0" x2="${WIDTH}" y1="${HEIGHT - FOOT}" y2="${HEIGHT - FOOT}" class="axis"/>`,
    '</svg>',
  ].join('\n');
}

/** One count beside the largest. */
export function barPicture(count: number, most: number): string {
  const width = Math.max(2, Math.round((120 * count) / most));
  return `<svg class="bar" viewBox="0 0 120 12" aria-hidden="true"><rect width="${width}" height="12" class="fill"/></svg>`;
}

function column(count: number, part: number, most: number, maximum: number): string {
  const step = WIDTH / PARTS;
  const height = Math.round(((HEIGHT - FOOT - HEAD) * count) / most);
  const left = part * step + 6;
  const top = HEIGHT - FOOT - height;
  const middle = left + (step - 12) / 2;
  const number = count === 0 ? '' : `<text x="${middle}" y="${top - 5}">${count}</text>`;
  return (
    `<rect x="${left}" y="${top}" width="${step - 12}" height="${height}" class="fill"/>${number}` +
    `<text x="${middle}" y="${HEIGHT - FOOT + 18}" class="soft">${rangeOf(part, maximum)}</text>`
  );
}

/** `80–90`: from the first, to below the second; the last part has its end. */
function rangeOf(part: number, maximum: number): string {
  const edge = (at: number): number => Math.round((100 * at * maximum) / PARTS) / 100;
  return `${edge(part)}–${edge(part + 1)}`;
}
