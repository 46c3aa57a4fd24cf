// What an exploration says: what holds and up to where, or the shortest trace that does not; for people and for
// machines. And what it stands on: the alphabet, and how states were told apart.

import type { Exploration } from '../check/explore.ts';
import type { Symbols } from '../contract/contract.ts';
import type { Alphabet, Letter } from '../generate/enumerate.ts';
import type { Verdict } from '../oracle/violation.ts';
import { formatSize } from '../trace/size-text.ts';
import { aligned } from './blocks.ts';
import { type FindingJson, findingJson } from './json.ts';
import { counted, duration, grouped } from './sentence.ts';
import { findingLines, type ReportContext } from './text.ts';

export interface Explored {
  readonly target: string;
  readonly contract: string;
  /** The names of the functions. */
  readonly symbols: Symbols;
  readonly alphabet: Alphabet;
  /** The longest traces that were asked for. */
  readonly depth: number;
  /** Whether equal states were visited once. */
  readonly merged: boolean;
  readonly exploration: Exploration;
  readonly elapsedMs: number;
}

/** Fields are added, never renamed, as in the verdict of a check. */
export interface ExploreJson {
  readonly schema: 'allocheck/explore@1';
  readonly target: string;
  readonly contract: string;
  readonly verdict: Verdict;
  /** Asked for, and reached: no trace of up to `verified` ops violates the contract. */
  readonly depth: number;
  readonly verified: number;
  readonly alphabet: readonly string[];
  readonly merged: boolean;
  readonly states: number;
  /** Traces of up to `verified` ops, and the runs that stand for them. */
  readonly traces: number;
  readonly runs: number;
  readonly ops: number;
  readonly levels: Exploration['levels'];
  /** Suspicions that did not stand when they were looked into. */
  readonly doubtful: number;
  readonly elapsedMs: number;
  /** None, or one of a shortest trace. */
  readonly findings: readonly FindingJson[];
}

export function exploreVerdict({ finding, ended, doubtful }: Exploration): Verdict {
  if (finding !== undefined) return 'failed';
  return ended !== '' || doubtful > 0 ? 'unknown' : 'passed';
}

export function exploreJson(explored: Explored): ExploreJson {
  const { exploration, target, contract, alphabet, depth, merged, elapsedMs } = explored;
  const { verified, states, runs, calls, levels, doubtful, finding } = exploration;
  return {
    schema: 'allocheck/explore@1',
    target,
    contract,
    verdict: exploreVerdict(exploration),
    depth,
    verified,
    alphabet: alphabet.letters.map(letterText),
    merged,
    states,
    traces: tracesIn(exploration),
    runs,
    ops: calls,
    levels,
    doubtful,
    elapsedMs: Math.round(elapsedMs),
    findings: finding === undefined ? [] : [findingJson(finding, explored.symbols)],
  };
}

export function exploreLine({ exploration, target, contract, depth }: Explored): string {
  const { finding, verified, ended, doubtful } = exploration;
  const holds = verified === 0 ? 'nothing verified' : `verified to depth ${verified}`;
  if (finding !== undefined) {
    const ops = counted(finding.trace.length, 'op');
    return `${target}: FAILED, the shortest counterexample to ${contract} has ${ops}`;
  }
  if (ended === 'states') return `${target}: UNKNOWN, too many states; ${holds} of ${depth}`;
  if (ended !== '') return `${target}: UNKNOWN, cut short; ${holds} of ${depth}`;
  if (doubtful > 0) {
    return `${target}: UNKNOWN, ${counted(doubtful, 'suspicion')} did not repeat; else ${holds}`;
  }
  return `${target}: VERIFIED to depth ${verified}, no violation of ${contract}`;
}

/** Ends in a newline. */
export function exploreText(explored: Explored, context: ReportContext): string {
  const { exploration, alphabet, elapsedMs } = explored;
  const { runs, calls, resumed, states, finding, levels } = exploration;
  const earlier = resumed > 0 ? `; ${counted(resumed, 'run')} of an earlier exploration` : '';
  const lines = [
    exploreLine(explored),
    `${coverText(exploration)}`,
    `${counted(runs, 'run')}, ${counted(calls, 'call')} judged, ${counted(states, 'state')} in ${duration(elapsedMs)}${earlier}`,
    ...alphabetLines(alphabet),
    mergeText(explored),
  ];
  if (levels.length > 0) {
    const rows = levels.map(({ length, ...level }) =>
      [length, level.states, level.runs, level.traces].map(grouped),
    );
    lines.push('', ...rightAligned([['ops', 'states before', 'runs', 'traces covered'], ...rows]));
  }
  if (finding !== undefined) lines.push('', ...findingLines(finding, 1, context));
  return `${lines.join('\n')}\n`;
}

function coverText(exploration: Exploration): string {
  const { verified } = exploration;
  if (verified === 0) return 'no length of traces was done';
  const traces = counted(tracesIn(exploration), 'trace');
  return `all ${traces} of up to ${counted(verified, 'op')} over this alphabet keep the contract`;
}

function tracesIn({ levels }: Exploration): number {
  return levels.reduce((sum, { traces }) => sum + traces, 0);
}

function mergeText({ merged }: Explored): string {
  return merged
    ? 'states are told apart by what the contract lets one see: blocks, mappings, and what is owed of them;\n' +
        '  what only a variable of the target tells apart counts as one (--no-merge: by their history)'
    : 'states are told apart by their history, up to the names of slots';
}

/** A line for each function. */
function alphabetLines({ letters }: Alphabet): string[] {
  const byCall = new Map<string, string[]>();
  for (const letter of letters) {
    const text = letterText(letter);
    const call = text.split(' ')[0] as string;
    byCall.set(call, [...(byCall.get(call) ?? []), text.slice(call.length + 1) || 'live']);
  }
  const rows = [...byCall].map(([call, sizes]) => [`  ${call}`, sizes.join(', ')]);
  return ['over', ...aligned(rows)];
}

function rightAligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] as string).length)),
  );
  return rows.map((row) => row.map((cell, at) => cell.padStart(widths[at] as number)).join('  '));
}

/** `malloc 40`, `realloc NULL 1`, `calloc 1 x 4065`, `free`. */
export function letterText({ kind, slots, count, size }: Letter): string {
  const bytes = formatSize(size);
  switch (kind) {
    case 'calloc':
      return `calloc ${count === 1 ? '' : `${formatSize(count)}x`}${bytes}`;
    case 'realloc':
      return slots === 'empty' ? `realloc NULL ${bytes}` : `realloc ${bytes}`;
    case 'free':
      return 'free';
    case 'free-null':
      return 'free NULL';
    case 'fail-sbrk':
      return 'fail sbrk';
    case 'fail-mmap':
      return 'fail mmap';
    default:
      return `${kind} ${bytes}`;
  }
}
