// Marks by the default rubric: sound C allocators have them all, and each broken one loses every line that its header
// comment expects (`expect`), and none but those that it says may be lost besides (`also`, `worse`).

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { knownTraces } from '../src/cli/known-traces.ts';
import { osmem } from '../src/contract/osmem.ts';
import { gradeOne } from '../src/grade/grade-one.ts';
import type { GradedSubmission } from '../src/grade/graded.ts';
import { defaultRubric } from '../src/grade/rubric.ts';
import type { SandboxWish } from '../src/target/sandbox.ts';
import { type AnyAllocator, corpusAllocators } from './corpora.ts';
import { type Fuzzer, runs } from './fuzzer.ts';
import { withoutCompiler } from './native-target.ts';
import { tableText } from './table.ts';

export const grading: Fuzzer = {
  name: 'grading',
  about:
    'sound C allocators get full marks, each broken one loses the lines that it is expected to',
  amount: runs(1000),
  async run({ seed, amount, say }) {
    const missing = withoutCompiler();
    if (missing !== undefined) return missing;
    const rows: MarksRow[] = [];
    for (const kind of ['sound', 'broken'] as const) {
      for (const each of corpusAllocators(kind)) {
        let row = await marksOf(each, seed, amount.count);
        // A rare defect may not have been met: a false charge stays one, however long the hunt.
        if (row.missed.length > 0) row = await marksOf(each, seed, RARE * amount.count);
        rows.push(row);
        say(`${row.isRight ? 'right' : 'WRONG'} ${row.name}: ${row.marks}, ${lostText(row)}`);
      }
    }
    const wrong = rows.filter(({ isRight }) => !isRight);
    const unshown = rows.filter((row) => row.unjudged.length > 0);
    const rare = rows.filter(({ runs }) => runs > amount.count);
    if (wrong.length > 0) say(tableText(HEAD, wrong.map(cellsOf)));
    return {
      passed: wrong.length === 0,
      summary:
        `${rows.length - wrong.length} of ${rows.length} marked as they must be; ` +
        `${unshown.length} have lines that never came to be judged, ` +
        `${rare.length} were met in ${RARE} times the runs alone`,
      figures: { rows },
    };
  },
};

export interface MarksRow {
  readonly name: string;
  readonly marks: number | null;
  readonly maximum: number;
  readonly runs: number;
  /** Lines that it must lose, and others that it may. */
  readonly must: readonly string[];
  readonly may: readonly string[];
  /** Lines lost to a defect. */
  readonly lost: readonly string[];
  /** Lines without all their marks that may not be lost, and those kept that must be. */
  readonly unexpected: readonly string[];
  readonly missed: readonly string[];
  /** Lines without marks that nothing was ever judged of. */
  readonly unjudged: readonly string[];
  readonly isRight: boolean;
}

/** Graded as in a class, with so many runs. */
export async function marksOf(
  allocator: AnyAllocator,
  seed: string,
  count: number,
  sandbox: SandboxWish = 'auto',
): Promise<MarksRow> {
  const { file, name } = allocator;
  const folder = mkdtempSync(join(tmpdir(), 'allocheck-grading-'));
  try {
    const settings = {
      contract: osmem,
      rubric: defaultRubric(osmem),
      seed,
      budget: { kind: 'runs', runs: count } as const,
      budgetText: `${count}runs`,
      shrinkTries: SHRINK_TRIES,
      cflags: [],
      header: undefined,
      sandbox,
      repeated: [],
    };
    const id = basename(file);
    const submission = { id, name, path: file, kind: 'file', refused: '' } as const;
    const { signal } = new AbortController();
    const { graded } = await gradeOne(
      { submission, settings, folder },
      knownTraces(undefined),
      signal,
    );
    return rowOf(graded, allocator, count);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowOf(
  graded: GradedSubmission,
  { expect, must, worse, sound }: AnyAllocator,
  count: number,
): MarksRow {
  const { name, marks, maximum, tests } = graded;
  const without = tests.filter((test) => test.marks < test.maximum || test.losses.length > 0);
  const namesOf = (some: typeof tests) => some.map(({ invariant }): string => invariant);
  const lost = namesOf(without.filter(({ losses }) => losses.length > 0));
  const unjudged = namesOf(without.filter(({ losses }) => losses.length === 0));
  const may = [...expect, ...worse].filter((invariant) => !must.includes(invariant));
  const known = new Set([...must, ...may]);
  const unexpected = [...lost, ...unjudged].filter((invariant) => !known.has(invariant));
  const missed = must.filter((invariant) => !lost.includes(invariant));
  const isExact = lost.length > 0 && unexpected.length === 0 && missed.length === 0;
  const isRight = sound ? marks === maximum : isExact;
  return {
    name,
    marks,
    maximum,
    runs: count,
    must,
    may,
    lost,
    unexpected,
    missed,
    unjudged,
    isRight,
  };
}

function lostText({ lost, unjudged }: MarksRow): string {
  const never = unjudged.length === 0 ? '' : `; never judged: ${unjudged.join(' ')}`;
  return `lost ${lost.join(' ') || 'nothing'}${never}`;
}

/** So many times the runs for a defect that was not met. */
const RARE = 10;
/** As the command line has it. */
const SHRINK_TRIES = 200;

const HEAD = ['name', 'marks', 'lost', 'not expected', 'missed'];

function cellsOf({ name, marks, lost, unexpected, missed }: MarksRow): (string | number)[] {
  return [name, marks ?? '-', lost.join(' '), unexpected.join(' '), missed.join(' ')];
}
