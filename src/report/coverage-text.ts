// What a campaign covered, in words: a few lines for every report, and the whole for who asks for it.

import type { CoverageReport, Unreached } from '../check/coverage.ts';
import { CONFIDENCE } from '../feedback/unseen.ts';
import { aligned } from './blocks.ts';
import { counted, grouped, wrapped } from './sentence.ts';

const WIDTH = 100;
/** Names of unreached features in the short form. */
const MOST_NAMES = 3;

/** What is reached, when that last grew, and what the next run may bring: two to four lines. */
export function coverageLines(coverage: CoverageReport): string[] {
  const { runs, next, independent } = coverage;
  if (runs === 0) return [];
  const lines = wrapped(`covered: ${reachedText(coverage)}`, WIDTH);
  const doubt = independent ? '' : '; a guide only, as runs were made of others';
  lines.push(
    ...wrapped(
      `the next run shows something new with a chance of ${percent(next.chance)} (Good-Turing; ` +
        `at most ${percent(next.atMost)} with ${percent(CONFIDENCE)} confidence${doubt})`,
      WIDTH,
    ),
  );
  return lines;
}

function reachedText(coverage: CoverageReport): string {
  const { runs, features, reached, growth } = coverage;
  const last = growth.at(-1)?.runs ?? 0;
  const open = openOf(coverage);
  const names = open.slice(0, MOST_NAMES).map(({ name }) => name);
  if (open.length > names.length) names.push(`${open.length - names.length} more`);
  const missing = open.length === 0 ? 'none is missing' : `missing: ${names.join(', ')}`;
  const choices = features - reached - open.length;
  return (
    `${reached} of ${counted(features, 'feature')}, the last one in run ${grouped(last)} of the ` +
    `${grouped(runs)} looked at; ${missing}, but for ${grouped(choices)} that are up to the allocator`
  );
}

/** Unreached, though it is not the allocator's choice. */
function openOf({ unreached }: CoverageReport): Unreached[] {
  return unreached.filter(({ choice }) => !choice);
}

/** Everything that is known, ending in a newline. */
export function coverageText(title: string, coverage: CoverageReport): string {
  const { growth, ops, skippedShare, next, runs } = coverage;
  const calls = ops.reduce((sum, each) => sum + each.ops, 0);
  const choices = coverage.unreached.filter(({ choice }) => choice);
  const lines = [
    title,
    '',
    ...coverageLines(coverage),
    `${counted(next.singletons, 'feature')} in one run alone; ${percent(skippedShare)} of all ops skipped`,
    '',
    `calls of ${counted(runs, 'run')}, by the bytes asked for`,
    ...aligned(
      ops.map((each) => [
        `  ${each.kind}`,
        each.sizes === 'none' ? '' : each.sizes,
        grouped(each.ops),
        percent(each.ops / calls),
      ]),
    ),
    '',
    'features reached, after how many runs',
    ...aligned(thinned(growth).map((each) => [`  ${grouped(each.runs)}`, grouped(each.reached)])),
    ...listed('not reached', openOf(coverage)),
    ...listed('not reached, and up to the allocator', choices),
  ];
  return `${lines.join('\n')}\n`;
}

/** The last one at or before each power of two of runs, and the very last. */
function thinned<T extends { readonly runs: number }>(growth: readonly T[]): T[] {
  return growth.filter(({ runs }, at) => {
    const next = growth[at + 1];
    return next === undefined || Math.floor(Math.log2(next.runs)) > Math.floor(Math.log2(runs));
  });
}

function listed(title: string, unreached: readonly Unreached[]): string[] {
  if (unreached.length === 0) return [];
  return ['', title, ...unreached.map(({ group, name }) => `  ${group}: ${name}`)];
}

/** Two digits that count. */
function percent(share: number): string {
  if (share >= 0.995) return '100%';
  return `${Number((100 * share).toPrecision(2))}%`;
}
