// What GitHub Actions shows: annotations, which are lines on stdout (`::error file=…,line=…::…`), and the
// summary of a job, which is Markdown. Nothing that a stranger named or printed may become a command or
// markup: in commands `%`, `:`, `,` and line ends are encoded, in Markdown all that could have a meaning is.

import { TIERS } from '../contract/contract.ts';
import { type Failure, type Outcome, whereabouts } from './outcome.ts';
import { bounded, oneLine, visible } from './plain.ts';
import { counted } from './sentence.ts';

/** GitHub shows ten annotations of a step; more are in the log. */
export const MOST_ANNOTATIONS = 10;
const MOST_TITLE = 200;
const MOST_MESSAGE = 4000;
/** UTF-8: a summary of more than 1 MiB a step is refused whole. */
export const MOST_SUMMARY_BYTES = 1 << 20;
/** … of which the last line may need these. */
const LAST_BYTES = 100;
const MOST_DETAILS = 20_000;
const MOST_CELL = 300;

/** Lines with newlines, worst first. What failed is an error, what is flaky or undecided a warning. */
export function annotations(outcomes: readonly Outcome[]): string {
  const lines = outcomes
    .flatMap((outcome) => outcome.failures.map((failure) => ({ failure, outcome })))
    .sort((a, b) => TIERS.indexOf(a.failure.tier) - TIERS.indexOf(b.failure.tier))
    .map(({ failure, outcome }) => errorOf(failure, outcome));
  const shown = lines.slice(0, MOST_ANNOTATIONS);
  const rest = lines.length - shown.length;
  if (rest > 0) shown.push(command('notice', {}, `and ${counted(rest, 'finding')} more`));
  for (const { verdict, says } of outcomes) {
    if (verdict === 'unknown') shown.push(command('warning', { title: 'allocheck' }, says));
  }
  return shown.map((line) => `${line}\n`).join('');
}

function errorOf(failure: Failure, { target }: Outcome): string {
  const { title, says, place, replay } = failure;
  const where = whereabouts(failure);
  // A path that would have to be changed to be shown is that of another file.
  const isNamed = place !== undefined && oneLine(place.path) === place.path;
  const at = isNamed ? { file: place.path, line: String(place.line) } : {};
  const message = `${target}: ${says}${where === '' ? '' : ` (${where})`}\n${bounded(replay, MOST_MESSAGE / 2)}`;
  return command('error', { title: `allocheck: ${title}`, ...at }, message);
}

/** One workflow command. */
function command(
  name: 'error' | 'warning' | 'notice',
  properties: Readonly<Record<string, string>>,
  message: string,
): string {
  const list = Object.entries(properties)
    .map(([key, value]) => [key, key === 'file' ? value : line(value, MOST_TITLE)] as const)
    .map(([key, value]) => `${key}=${encodedProperty(value)}`)
    .join(',');
  const text = message.split('\n').map((each) => line(each, MOST_MESSAGE));
  return `::${name}${list === '' ? '' : ` ${list}`}::${encoded(text.join('\n'))}`;
}

function encoded(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function encodedProperty(text: string): string {
  return encoded(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** The summary in Markdown, of at most `most` bytes: what does not fit is counted. */
export function jobSummary(outcomes: readonly Outcome[], most = MOST_SUMMARY_BYTES): string {
  const parts: string[] = [];
  let left = most - LAST_BYTES;
  let untold = 0;
  for (const part of outcomes.flatMap(partsOf)) {
    const size = Buffer.byteLength(part) + 1;
    if (untold > 0 || size > left) untold += 1;
    else {
      parts.push(part);
      left -= size;
    }
  }
  if (untold > 0) parts.push(`… and ${counted(untold, 'part')} more than GitHub takes.\n`);
  return `${parts.join('\n')}\n`;
}

/** A heading with a table, then what is behind each line of it. */
function partsOf(outcome: Outcome): string[] {
  const { failures, flaky, says, seed } = outcome;
  const all = [...failures, ...flaky.map((each) => ({ ...each, title: `flaky: ${each.title}` }))];
  const head = [`### ${markdown(says)}`, '', `Seed ${markdown(seed)}.`, ''];
  if (all.length > 0) {
    head.push('| | tier | what | where |', '|---|---|---|---|');
    for (const [at, failure] of all.entries()) head.push(rowOf(failure, at + 1));
    head.push('');
  }
  return [head.join('\n'), ...all.map(detailsOf)];
}

function rowOf(failure: Failure, number: number): string {
  const { tier, title, says, place } = failure;
  const isTold = place === undefined || place.crashed === true;
  const at = isTold ? '' : ` (${place.path}:${place.line})`;
  const cells = [String(number), tier, `${title}: ${says}`, `${whereabouts(failure)}${at}`];
  return `| ${cells.map(markdown).join(' | ')} |`;
}

function detailsOf({ title, lines }: Failure): string {
  const text = bounded(visible(lines.join('\n')), MOST_DETAILS);
  const fence = '`'.repeat(Math.max(3, ...longestTicks(text).map((ticks) => ticks.length + 1)));
  return [
    '<details>',
    `<summary>${html(line(title, MOST_CELL))}</summary>`,
    '',
    `${fence}text`,
    text,
    fence,
    '',
    '</details>',
    '',
  ].join('\n');
}

function longestTicks(text: string): string[] {
  return text.match(/`+/g) ?? [];
}

/** As text in a line of Markdown: no punctuation is left that could mean something, nor a word that
 * GitHub makes a link of. */
function markdown(text: string): string {
  return line(text, MOST_CELL)
    .replaceAll(/[^\p{L}\p{N}\p{M} ,;()'+/=-]/gu, entity)
    .replace(/^[-+=]/, entity);
}

function html(text: string): string {
  return text.replaceAll(/[&<>"']/g, entity);
}

function entity(character: string): string {
  return `&#${character.codePointAt(0)};`;
}

function line(text: string, most: number): string {
  return bounded(oneLine(text), most);
}
