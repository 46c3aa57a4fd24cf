// Is the oracle any good? Each seeded bug of our allocator must be killed, and by an invariant that it
// names; the sound allocator by none. Then each invariant alone, all others off: which mutants does it kill?

import { median } from 'simple-statistics';
import { deriveSeed } from '../src/generate/seed.ts';
import type { InvariantName } from '../src/oracle/violation.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import { type FuzzContext, type Fuzzer, runs } from './fuzzer.ts';
import { type Hunt, huntDown, shrinkCatch, violationOf } from './hunt-down.ts';
import { matrixRows, matrixSoundKills } from './matrix.ts';
import { MUTANTS, type Mutant, mutantTarget } from './mutant-list.ts';
import { figure, tableText, traceLine } from './table.ts';

/** Seeds for each mutant; the figures are medians over them. */
const SEEDS = 10;
/** A mutant of median more than this is too hard to find (acceptance: median under 500 runs). */
const SLOW = 500;
/** Of each mutant, for the matrix. */
const MATRIX_RUNS = 400;
/** Of the sound allocator, in `smoke`. */
const SMALL = 500;

export const mutants: Fuzzer = {
  name: 'mutants',
  about: 'every seeded bug of our allocator is killed, by an invariant that it names',
  amount: runs(5000),
  smoke: runs(5000),
  async run(context) {
    const { seed, amount, brief, say } = context;
    const rows: MutantRow[] = [];
    for (const mutant of MUTANTS) rows.push(await rowFor(mutant, context));
    if (!brief) say(`${tableText(HEAD, rows.map(cellsOf))}\n`);
    const soundAmount = brief ? runs(SMALL) : amount;
    const own = deriveSeed(seed, 'sound', 0);
    const sound = await huntDown(createSimulatedTarget(), { seed: own, amount: soundAmount });
    say(`the sound allocator: ${soundText(sound)}`);
    const alone = brief ? undefined : eachAlone(seed, say);
    const problems = [
      ...rows.flatMap(problemsOf),
      ...(alone?.problems ?? []),
      ...(sound.caught === undefined ? [] : ['the sound allocator was killed']),
    ];
    for (const problem of problems) say(problem);
    return {
      passed: problems.length === 0,
      summary: summaryOf(rows),
      figures: { mutants: rows, matrix: alone?.matrix ?? [], problems, soundRuns: sound.runs },
    };
  },
};

/** The matrix; an invariant that kills nothing, or what is sound, is a problem. */
function eachAlone(seed: string, say: (line: string) => void) {
  const matrix = matrixRows(MUTANTS, deriveSeed(seed, 'matrix', 0), MATRIX_RUNS);
  say(`\n${tableText(['alone', 'kills', 'which'], matrix.map(matrixCells))}`);
  const blind = matrix.filter(({ kills }) => kills.length === 0);
  const shrill = matrixSoundKills(deriveSeed(seed, 'matrix', 1), MATRIX_RUNS);
  const problems = [
    ...blind.map(({ invariant }) => `${invariant}, alone, kills no mutant`),
    ...shrill.map((invariant) => `${invariant}, alone, kills the sound allocator`),
  ];
  return { matrix, problems };
}

function summaryOf(rows: readonly MutantRow[]): string {
  const killed = rows.filter((row) => row.survived === 0).length;
  const medians = rows.map((row) => row.medianRuns);
  return (
    `${killed} of ${rows.length} mutants killed by an invariant that they name, on each seed; ` +
    `median ${figure(median(medians))} runs, worst median ${figure(Math.max(...medians))}`
  );
}

interface MutantRow {
  readonly name: string;
  readonly names: readonly InvariantName[];
  /** Which invariant spoke first, on how many seeds; the most frequent first. */
  readonly first: readonly (readonly [InvariantName, number])[];
  /** Runs until an invariant that it names killed it. */
  readonly medianRuns: number;
  readonly worstRuns: number;
  /** Seeds on which none that it names did. */
  readonly survived: number;
  readonly seeds: number;
  readonly reproducer: string;
  readonly reproducerOps: number;
}

async function rowFor(mutant: Mutant, { seed, amount, brief }: FuzzContext): Promise<MutantRow> {
  const target = mutantTarget(mutant);
  const invariants = mutant.kills;
  const hunts: Hunt[] = [];
  for (let i = 0; i < (brief ? 1 : SEEDS); i++) {
    const own = deriveSeed(seed, mutant.name, i);
    hunts.push(await huntDown(target, { seed: own, amount, invariants }));
  }
  const shown = hunts.find((hunt) => hunt.caught !== undefined);
  const shrunk =
    shown?.caught === undefined || brief
      ? []
      : (await shrinkCatch(shown.hunter, shown.caught, invariants)).trace;
  const times = hunts.map((hunt) => hunt.runs);
  return {
    name: mutant.name,
    names: mutant.kills,
    first: tally(hunts),
    medianRuns: median(times),
    worstRuns: Math.max(...times),
    survived: hunts.filter((hunt) => hunt.caught === undefined).length,
    seeds: hunts.length,
    reproducer: traceLine(shrunk, 60),
    reproducerOps: shrunk.length,
  };
}

function tally(hunts: readonly Hunt[]): [InvariantName, number][] {
  const times = new Map<InvariantName, number>();
  for (const { first } of hunts) {
    if (first === undefined) continue;
    const { invariant } = violationOf(first);
    times.set(invariant, (times.get(invariant) ?? 0) + 1);
  }
  return [...times].sort((a, b) => b[1] - a[1]);
}

const HEAD = ['mutant', 'killed first by', 'runs (median)', 'worst', 'ops', 'reproducer'];

/** In brackets: an invariant that the mutant does not name, and that spoke before one that it does. */
function cellsOf(row: MutantRow): (string | number)[] {
  const by = row.first.map(([invariant, times]) => {
    const text = times === row.seeds ? invariant : `${invariant} ${times}`;
    return row.names.includes(invariant) ? text : `(${text})`;
  });
  const killers = by.length === 0 ? 'NONE' : by.join(', ');
  const { name, medianRuns, worstRuns, reproducerOps, reproducer } = row;
  return [name, killers, medianRuns, worstRuns, reproducerOps, reproducer];
}

function problemsOf(row: MutantRow): string[] {
  const problems: string[] = [];
  if (row.survived > 0) {
    const named = row.names.join(', ');
    problems.push(`${row.name}: on ${row.survived} of ${row.seeds} seeds not killed by ${named}`);
  }
  if (row.medianRuns >= SLOW) problems.push(`${row.name} took ${row.medianRuns} runs (median)`);
  return problems;
}

function soundText(sound: Hunt): string {
  if (sound.caught === undefined) {
    return `killed by none in ${figure(sound.runs)} runs, ${figure(sound.ops)} ops`;
  }
  return `KILLED: ${violationOf(sound.caught).says}`;
}

function matrixCells(row: ReturnType<typeof matrixRows>[number]): (string | number)[] {
  return [row.invariant, row.kills.length, row.kills.join(' ')];
}
