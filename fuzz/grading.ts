// Marks by the default rubric: sound C allocators have them all, and each broken one loses lines that its header
// comment expects, and no others.

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
        const row = await marksOf(each, seed, amount.count);
        rows.push(row);
        say(`${row.isRight ? 'right' : 'WRONG'} ${row.name}: ${row.marks}, ${lostText(row)}`);
      }
    }
    const wrong = rows.filter(({ isRight }) => !isRight);
    const unshown = rows.filter((row) => row.unjudged.length > 0);
    const all = rows.filter((row) => row.expect.length > 0 && row.missed.length === 0);
    if (wrong.length > 0) say(tableText(HEAD, wrong.map(cellsOf)));
    return {
      passed: wrong.length === 0,
      summary:
        `${rows.length - wrong.length} of ${rows.length} marked as they must be; ` +
        `${unshown.length} have lines that never came to be judged, ` +
        `${all.length} lose every line that they may lose`,
      figures: { rows },
    };
  },
};

export interface MarksRow {
  readonly name: string;
  readonly marks: number | null;
  readonly maximum: number;
  readonly expect: readonly string[];
  /** Lines lost to a defect. */
  readonly lost: readonly string[];
  /** … that are not expected, and expected ones that are not lost. */
  readonly unexpected: readonly string[];
  readonly missed: readonly string[];
  /** Lines without marks that nothing was ever judged of. */
  readonly unjudged: readonly string[];
  readonly isRight: boolean;
}

/** Graded as in a class, with so many runs. */
export async function marksOf(
  { file, name, expect, sound }: AnyAllocator,
  seed: string,
  count: number,
  sandbox: SandboxWish = 'auto',
): Promise<MarksRow> {
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
    return rowOf(graded, expect, sound);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowOf(graded: GradedSubmission, expect: readonly string[], sound: boolean): MarksRow {
  const { name, marks, maximum, tests } = graded;
  const lost = tests.filter(({ losses }) => losses.length > 0).map(({ invariant }) => invariant);
  const unjudged = tests
    .filter((test) => test.losses.length === 0 && test.marks < test.maximum)
    .map(({ invariant }) => invariant);
  const unexpected = lost.filter((invariant) => !expect.includes(invariant));
  const missed = expect.filter((invariant) => !lost.some((each) => each === invariant));
  const isRight = sound ? marks === maximum : lost.length > 0 && unexpected.length === 0;
  return { name, marks, maximum, expect, lost, unexpected, missed, unjudged, isRight };
}

function lostText({ lost, unjudged }: MarksRow): string {
  const never = unjudged.length === 0 ? '' : `; never judged: ${unjudged.join(' ')}`;
  return `lost ${lost.join(' ') || 'nothing'}${never}`;
}

/** As the command line has it. */
const SHRINK_TRIES = 200;

const HEAD = ['name', 'marks', 'lost', 'expected'];

function cellsOf({ name, marks, lost, expect }: MarksRow): (string | number)[] {
  return [name, marks ?? '-', lost.join(' '), expect.join(' ')];
}
