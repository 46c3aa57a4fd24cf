// `npm run bench -- minimality [--depth 4] [--for 20s] [--runs 300] [--only WORD] [--every N] [--within 2h]`: whether
// what the shrinker leaves is as short as can be. For each broken allocator (the C ones of the corpus that keep osmem, and the mutants of ours)
// the shortest counterexample over an alphabet of the contract's edges, found by trying all, beside the findings of a check.
// Where the check's are longer there is something to be learned; where they are shorter, the alphabet lacks it. Beside that:
// what shrinking costs, and whether what is left is as plain as it can be (slots in the order of first use, no larger sizes
// than explore's).

import { parseArgs } from 'node:util';
import { median } from 'simple-statistics';
import { campaign } from '../../src/check/campaign.ts';
import { Deadline } from '../../src/check/deadline.ts';
import { examine } from '../../src/check/examine.ts';
import { type Exploration, explore } from '../../src/check/explore.ts';
import { chunkRunner } from '../../src/check/explore-chunk.ts';
import { causeOf, type Finding } from '../../src/check/finding.ts';
import { Hunter, newJudge } from '../../src/check/hunt.ts';
import { alphabetOf } from '../../src/generate/enumerate.ts';
import { deriveSeed } from '../../src/generate/seed.ts';
import type { Target } from '../../src/target/target.ts';
import { compareTraces } from '../../src/trace/smaller/order.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { readTraceFile } from '../../src/trace/trace-file.ts';
import { corpusAllocators } from '../corpora.ts';
import { MUTANTS, mutantTarget } from '../mutant-list.ts';
import { withNative } from '../native-target.ts';
import { type Cell, figure, traceLine } from '../table.ts';
import { millisecondsIn } from './milliseconds.ts';
import { type Shrunk, shrinkTimes } from './shrink-times.ts';

interface Subject {
  readonly name: string;
  /** Ops of the trace that its author knew of; 0: none is written down. */
  readonly known: number;
  use<T>(act: (target: Target) => Promise<T>): Promise<T>;
}

type Way = 'plain' | 'faults' | 'unmerged';

interface Row {
  readonly name: string;
  readonly known: number;
  readonly explored: Exploration;
  /** The last that was tried. */
  readonly way: Way;
  readonly seconds: number;
  /** Ops of the check's finding of the same cause, and of its shortest finding; 0: none. */
  readonly same: number;
  readonly shortest: number;
  /** The check's finding of the same cause beside explore's: -1 smaller, 0 equal, 1 larger; where they are as long. */
  readonly order: number | undefined;
  /** What shrinking took, finding by finding. */
  readonly shrunk: readonly Shrunk[];
}

/** Ops; longer counterexamples are no shallow ones. */
const SHALLOW = 6;

export async function benchMinimality(
  seed: string,
  say: (line: string) => void,
  argv: readonly string[],
): Promise<void> {
  const options = optionsIn(argv);
  const { depth, runs, forMs, only, every, withinMs } = options;
  const started = performance.now();
  say(
    `node ${process.version}; to depth ${depth}, at most ${forMs / 1000} s each; checks of ${runs} runs; root seed ${seed}`,
  );
  const rows: Row[] = [];
  say(lineOf(HEAD));
  const all = subjects().filter(({ name }) => name.includes(only));
  const chosen = all.filter((_, at) => at % every === 0);
  for (const subject of chosen) {
    if (performance.now() - started > withinMs) break;
    const row = await subject.use((target) => rowOf(subject, target, seed, options));
    rows.push(row);
    say(lineOf(cellsOf(row)));
  }
  say('');
  if (rows.length < all.length) say(`${rows.length} of ${all.length} were measured`);
  for (const line of summaryOf(rows)) say(line);
}

interface Options {
  readonly depth: number;
  readonly runs: number;
  readonly forMs: number;
  readonly only: string;
  /** Takes every n-th of them, and no more when so much time is gone. */
  readonly every: number;
  readonly withinMs: number;
}

function optionsIn(argv: readonly string[]): Options {
  const options = {
    depth: { type: 'string', default: '4' },
    for: { type: 'string', default: '20s' },
    runs: { type: 'string', default: '300' },
    only: { type: 'string', default: '' },
    every: { type: 'string', default: '1' },
    within: { type: 'string', default: '24h' },
  } as const;
  const { values } = parseArgs({ args: [...argv], options });
  const { only } = values;
  return {
    depth: Number(values.depth),
    runs: Number(values.runs),
    forMs: millisecondsIn(values.for),
    only,
    every: Number(values.every),
    withinMs: millisecondsIn(values.within),
  };
}

function subjects(): Subject[] {
  const zoo = corpusAllocators('broken').map((allocator) => ({
    name: allocator.name,
    known: allocator.trace === '' ? 0 : readTraceFile(allocator.trace, allocator.name).trace.length,
    use: <T>(act: (target: Target) => Promise<T>) => withNative(allocator, act),
  }));
  const mutants = MUTANTS.map((mutant) => ({
    name: `mutant:${mutant.name}`,
    known: 0,
    use: <T>(act: (target: Target) => Promise<T>) => act(mutantTarget(mutant)),
  }));
  return [...zoo, ...mutants];
}

/** Without failing syscalls first, then with them, then each history for itself: each time there is more to try. */
async function rowOf(
  { name, known }: Subject,
  target: Target,
  seed: string,
  { depth, runs, forMs }: Options,
): Promise<Row> {
  const started = performance.now();
  let way: Way = 'plain';
  let explored = await exploreIt(target, depth, way, forMs);
  for (const next of ['faults', 'unmerged'] as const) {
    if (explored.finding !== undefined) break;
    way = next;
    explored = await exploreIt(target, depth, way, forMs);
  }
  const seconds = (performance.now() - started) / 1000;
  const { findings } = await campaign({
    target,
    seed: deriveSeed(seed, name, 0),
    budget: { kind: 'runs', runs },
  });
  const { finding } = explored;
  const cause = finding === undefined ? '' : causeOf(finding.violation);
  const same = findings.find(({ violation }) => causeOf(violation) === cause);
  const lengths = findings.map(({ trace }) => trace.length);
  const shortest = lengths.length === 0 ? 0 : Math.min(...lengths);
  const order = orderOf(same?.trace, finding?.trace);
  const shrunk = await shrinkTimes(target, deriveSeed(seed, name, 1), runs);
  const ops = same?.trace.length ?? 0;
  return { name, known, explored, way, seconds, same: ops, shortest, order, shrunk };
}

function orderOf(ours: Trace | undefined, explored: Trace | undefined): number | undefined {
  if (ours === undefined || ours.length !== explored?.length) return undefined;
  return Math.sign(compareTraces(ours, explored));
}

async function exploreIt(
  target: Target,
  depth: number,
  way: Way,
  forMs: number,
): Promise<Exploration> {
  const alphabet = alphabetOf(target.contract, { faults: way === 'faults' });
  const deadline = new Deadline(forMs, undefined);
  const { signal } = deadline;
  const run = chunkRunner(target, newJudge(target, {}), alphabet, way !== 'unmerged', signal);
  const hunter = new Hunter(target);
  const confirm = async (trace: Finding['trace']): Promise<Finding | undefined> =>
    (await examine(hunter, { seed: 'explore', trace }))[0];
  try {
    return await explore({ alphabet, depth, run, width: 1, confirm, signal });
  } finally {
    deadline.close();
  }
}

const HEAD = [
  ...['broken', 'explored', 'same cause', 'shortest', 'known', 's'],
  ...['shrink ms', 'tries', 'of', 'counterexample'],
];

/** Told as they come: all of them take minutes. */
function lineOf(cells: readonly Cell[]): string {
  const texts = cells.map((cell) => (typeof cell === 'number' ? figure(cell) : cell));
  return texts
    .map((text, at) => text.padEnd(WIDTHS[at] ?? 0))
    .join('  ')
    .trimEnd();
}

const WIDTHS: readonly number[] = [38, 9, 10, 8, 5, 4, 9, 5, 14];

function cellsOf(row: Row): Cell[] {
  const { name, known, explored, way, seconds, same, shortest, shrunk } = row;
  const { finding, verified } = explored;
  return [
    name,
    finding === undefined ? `none to ${verified}` : String(finding.trace.length),
    same || '-',
    shortest || '-',
    known || '-',
    seconds,
    shrunk.length === 0 ? '-' : median(shrunk.map(({ milliseconds }) => milliseconds)),
    shrunk.length === 0 ? '-' : median(shrunk.map(({ tries }) => tries)),
    finding?.violation.invariant ?? '-',
    finding === undefined
      ? '-'
      : `${traceLine(finding.trace)}${way === 'plain' ? '' : ` (${way})`}`,
  ];
}

function summaryOf(rows: readonly Row[]): string[] {
  const found = rows.filter(({ explored }) => explored.finding !== undefined);
  const lengthOf = ({ explored }: Row): number => explored.finding?.trace.length ?? 0;
  const shallow = found.filter((row) => row.shortest > 0 && lengthOf(row) <= SHALLOW);
  const longer = shallow.filter((row) => row.shortest > lengthOf(row));
  const shorter = shallow.filter((row) => row.shortest < lengthOf(row));
  const share = (100 * (shallow.length - longer.length)) / Math.max(1, shallow.length);
  return [
    `explore found a counterexample of ${found.length} of ${rows.length}`,
    `of ${shallow.length} that a check found, too, it shrank ${share.toFixed(1)}% to no more ops: ${shorter.length} to fewer`,
    ...costsOf(rows.flatMap(({ shrunk }) => shrunk)),
    ...plainnessOf(shallow),
    ...longer.map((row) => `longer: ${row.name}, ${row.shortest} ops, not ${lengthOf(row)}`),
    ...shorter.map((row) => `shorter: ${row.name}, ${row.shortest} ops, not ${lengthOf(row)}`),
  ];
}

/** Medians, and the dearest. */
function costsOf(shrunk: readonly Shrunk[]): string[] {
  if (shrunk.length === 0) return [];
  const times = shrunk.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const tries = shrunk.map((each) => each.tries).sort((a, b) => a - b);
  const slow = times.filter((milliseconds) => milliseconds >= 1000).length;
  const numbered = shrunk.filter(({ trace }) => isNumbered(trace)).length;
  return [
    `${shrunk.length} findings shrunk: median ${figure(median(times))} ms and ${figure(median(tries))} tries, ` +
      `at most ${figure(times.at(-1) ?? 0)} ms and ${figure(tries.at(-1) ?? 0)} tries; ${slow} took a second or more`,
    `${numbered} of them have their slots numbered in the order of first use`,
  ];
}

/** 0, 1, 2 in the order of first use. */
function isNumbered(trace: Trace): boolean {
  const slots = new Set(trace.map(({ slot }) => slot).filter((slot) => slot >= 0));
  return [...slots].every((slot, at) => slot === at);
}

/** In the order of traces: ops, then their kinds, slots, and bytes. */
function plainnessOf(rows: readonly Row[]): string[] {
  const orders = rows.flatMap(({ order }) => (order === undefined ? [] : [order]));
  const count = (sign: number): number => orders.filter((order) => order === sign).length;
  return [
    `of ${orders.length} as long as explore's of the same cause, ${count(0)} are the same trace, ` +
      `${count(-1)} a plainer one, ${count(1)} a less plain one`,
  ];
}
