// Is the oracle any good? Each seeded bug of our allocator must be killed, and by an invariant that it
// names; the sound allocator by none. Then each invariant alone, all others off: which mutants does it kill?

import { median } from 'simple-statistics';
import { deriveSeed } from '../src/generate/seed.ts';
import type { InvariantName } from '../src/oracle/violation.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import { formatTrace } from '../src/trace/notation.ts';
import { type Fuzzer, runs } from './fuzzer.ts';
import { firstViolation, type Hunt, huntDown, shrinkCatch } from './hunt-down.ts';
import { matrixRows, matrixSoundKills } from './matrix.ts';
import { MUTANTS, type Mutant, mutantTarget } from './mutant-list.ts';
import { figure, tableText } from './table.ts';

/** Seeds for each mutant; the figures are medians over them. */
const SEEDS = 10;
/** A mutant of median more than this is too hard to find (acceptance: median under 500 runs). */
const SLOW = 500;
/** Of each mutant, for the matrix. */
const MATRIX_RUNS = 400;

export const mutants: Fuzzer = {
  name: 'mutants',
  about: 'every seeded bug of our allocator is killed, by an invariant that it names',
  amount: runs(5000),
  async run({ seed, amount, say }) {
    const rows: MutantRow[] = [];
    for (const mutant of MUTANTS) rows.push(await rowFor(mutant, seed, amount));
    const sound = await huntDown(createSimulatedTarget(), deriveSeed(seed, 'sound', 0), amount);
    say(tableText(HEAD, rows.map(cellsOf)));
    say(`\nthe sound allocator: ${soundText(sound)}\n`);
    const matrix = matrixRows(MUTANTS, deriveSeed(seed, 'matrix', 0), MATRIX_RUNS);
    say(tableText(['alone', 'kills', 'which'], matrix.map(matrixCells)));
    const blind = matrix
      .filter(({ kills }) => kills.length === 0)
      .map(({ invariant }) => invariant);
    const soundKills = matrixSoundKills(deriveSeed(seed, 'matrix', 1), MATRIX_RUNS);
    const problems = [
      ...rows.flatMap(problemsOf),
      ...blind.map((invariant) => `${invariant}, alone, kills no mutant`),
      ...soundKills.map((invariant) => `${invariant}, alone, kills the sound allocator`),
      ...(sound.caught === undefined ? [] : ['the sound allocator was killed']),
    ];
    for (const problem of problems) say(problem);
    const killed = rows.filter((row) => row.survived === 0).length;
    const medians = rows.map((row) => row.medianRuns);
    return {
      passed: problems.length === 0,
      summary:
        `${killed} of ${rows.length} mutants killed on each of ${SEEDS} seeds, ` +
        `median ${figure(median(medians))} runs, worst ${figure(Math.max(...medians))}`,
      figures: { mutants: rows, matrix, problems, soundRuns: sound.runs },
    };
  },
};

interface MutantRow {
  readonly name: string;
  readonly names: readonly InvariantName[];
  /** Which invariant killed it first, on how many seeds; the most frequent first. */
  readonly killedBy: readonly (readonly [InvariantName, number])[];
  readonly medianRuns: number;
  readonly worstRuns: number;
  /** Seeds on which it survived, and on which only an invariant that it does not name killed it. */
  readonly survived: number;
  readonly unnamed: number;
  readonly reproducer: string;
  readonly reproducerOps: number;
}

async function rowFor(
  mutant: Mutant,
  seed: string,
  amount: Parameters<typeof huntDown>[2],
): Promise<MutantRow> {
  const hunts: Hunt[] = [];
  for (let i = 0; i < SEEDS; i++) {
    hunts.push(await huntDown(mutantTarget(mutant), deriveSeed(seed, mutant.name, i), amount));
  }
  const [first] = hunts.filter((hunt) => hunt.caught !== undefined);
  const shrunk =
    first?.caught === undefined ? undefined : await shrinkCatch(first.hunter, first.caught);
  const times = hunts.map((hunt) => hunt.runs);
  return {
    name: mutant.name,
    names: mutant.kills,
    killedBy: tally(hunts),
    medianRuns: median(times),
    worstRuns: Math.max(...times),
    survived: hunts.filter((hunt) => hunt.caught === undefined).length,
    unnamed: hunts.filter((hunt) => hunt.caught && !isNamed(hunt, mutant)).length,
    reproducer: shrunk === undefined ? '' : oneLine(formatTrace(shrunk.trace)),
    reproducerOps: shrunk?.trace.length ?? 0,
  };
}

/** Whether the run that was caught shows an invariant that the mutant names. */
function isNamed({ caught }: Hunt, { kills }: Mutant): boolean {
  return caught?.confirmed.some(({ violation }) => kills.includes(violation.invariant)) ?? false;
}

function tally(hunts: readonly Hunt[]): [InvariantName, number][] {
  const times = new Map<InvariantName, number>();
  for (const { caught } of hunts) {
    if (caught === undefined) continue;
    const { invariant } = firstViolation(caught);
    times.set(invariant, (times.get(invariant) ?? 0) + 1);
  }
  return [...times].sort((a, b) => b[1] - a[1]);
}

const HEAD = ['mutant', 'killed first by', 'runs (median)', 'worst', 'ops', 'reproducer'];

function cellsOf(row: MutantRow): (string | number)[] {
  const by = row.killedBy.map(
    ([invariant, times]) =>
      `${invariant}${times === SEEDS ? '' : ` ${times}`}${row.names.includes(invariant) ? '' : '?'}`,
  );
  const killers = by.length === 0 ? 'NONE' : by.join(', ');
  const { name, medianRuns, worstRuns, reproducerOps, reproducer } = row;
  return [name, killers, medianRuns, worstRuns, reproducerOps, reproducer];
}

function problemsOf(row: MutantRow): string[] {
  const problems: string[] = [];
  if (row.survived > 0) problems.push(`${row.name} survived on ${row.survived} of ${SEEDS} seeds`);
  if (row.unnamed > 0) {
    const named = row.names.join(', ');
    problems.push(`${row.name}: on ${row.unnamed} of ${SEEDS} seeds none of ${named} killed it`);
  }
  if (row.medianRuns >= SLOW) problems.push(`${row.name} took ${row.medianRuns} runs (median)`);
  return problems;
}

function soundText(sound: Hunt): string {
  if (sound.caught === undefined) {
    return `killed by none in ${figure(sound.runs)} runs, ${figure(sound.ops)} ops`;
  }
  return `KILLED: ${firstViolation(sound.caught).says}`;
}

function matrixCells(row: ReturnType<typeof matrixRows>[number]): (string | number)[] {
  return [row.invariant, row.kills.length, row.kills.join(' ')];
}

function oneLine(text: string): string {
  const line = text.trimEnd().replaceAll('\n', '; ');
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
