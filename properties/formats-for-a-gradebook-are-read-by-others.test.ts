// The gradebook's formats: CSV as other parsers read it (csv-parse; Python's, where it is there), Gradescope's and
// PrairieLearn's results by what their documentation asks for. Whatever students call themselves and their files.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gradebookCsv } from '../src/grade/csv.ts';
import type { GradedSubmission, GradedTest } from '../src/grade/graded.ts';
import { gradescopeJson } from '../src/grade/gradescope.ts';
import { prairieLearnJson } from '../src/grade/prairielearn.ts';
import type { FindingJson } from '../src/report/json.ts';
import { hostileText } from './support/hostile-text.ts';
import { requireTool } from './support/require-tool.ts';

const finding: FindingJson = {
  invariant: 'contents',
  tier: 'safety',
  says: 'p0 changed',
  trace: 'a 0 24\nf 0\n',
  ops: 2,
  originalOps: 9,
  step: 1,
  reproducer: null,
};

const contents: GradedTest = {
  invariant: 'contents',
  tier: 'safety',
  statement: 'The bytes of a live payload change only when its owner writes them.',
  marks: 20,
  maximum: 30,
  losses: [{ finding: 0, cause: 'changed', points: 10, explanation: 'free wrote into p1' }],
};

const zeroing: GradedTest = {
  ...contents,
  invariant: 'zeroing',
  statement: 'All bytes of a calloc are zero.',
  marks: 10,
  maximum: 10,
  losses: [],
};

const graded: GradedSubmission = {
  id: 's01',
  name: 'Ada L.',
  state: 'graded',
  reason: null,
  marks: 30,
  maximum: 40,
  tiers: [{ tier: 'safety', marks: 30, maximum: 40 }],
  tests: [contents, zeroing],
  findings: [finding],
  isolation: 'bubblewrap',
  contract: 'osmem',
  seed: 'class',
  budget: '2000runs',
  runs: 2000,
  ops: 123_456,
  elapsedMs: 4321,
};

const unmarked = { marks: null, tests: [], tiers: [], findings: [] } as const;
const broken: GradedSubmission = {
  ...graded,
  ...unmarked,
  marks: 0,
  state: 'does-not-build',
  reason: "osmem.c:3:1: error: expected ';'\n",
};
const cut: GradedSubmission = { ...graded, ...unmarked, state: 'undecided', reason: 'cut short' };

const hostile: fc.Arbitrary<GradedSubmission> = fc
  .record({
    id: hostileText,
    name: hostileText,
    isolation: hostileText,
    contract: hostileText,
    seed: hostileText,
    budget: hostileText,
    reason: fc.option(hostileText),
    explanation: hostileText,
    trace: hostileText,
    state: fc.constantFrom('graded', 'does-not-build', 'undecided', 'refused'),
    marks: fc.option(fc.double({ min: 0, max: 40, noNaN: true })),
  })
  .map(({ explanation, trace, ...texts }) => ({
    ...graded,
    ...texts,
    tests: [{ ...contents, losses: [{ ...contents.losses[0]!, explanation }] }, zeroing],
    findings: [{ ...finding, trace }],
  })) as fc.Arbitrary<GradedSubmission>;
const RUNS = { seed: 4711, numRuns: 200 };

const validator = (name: string): ValidateFunction =>
  new Ajv2020({ allErrors: true, strictTypes: false }).compile(
    JSON.parse(readFileSync(new URL(`support/schemas/${name}`, import.meta.url), 'utf8')),
  );

interface Results {
  readonly tests: unknown;
  readonly output: unknown;
  readonly gradable: unknown;
  readonly format_errors: unknown;
}

/** Nothing that cannot be seen is left in any text, however deep. */
function expectVisible(value: unknown): void {
  if (typeof value === 'string') expect(value).not.toMatch(/[^\P{Cc}\n\t]|\p{Cf}|\p{Cs}/u);
  else if (typeof value === 'object' && value !== null) Object.values(value).forEach(expectVisible);
}

/** What the format tells of a submission, held to its schema. */
function acceptance(schema: string, format: (submission: GradedSubmission) => string) {
  const isValid = validator(schema);
  return (submission: GradedSubmission): Results => {
    const results = JSON.parse(format(submission));
    isValid(results);
    expect(isValid.errors ?? []).toEqual([]);
    expectVisible(results);
    return results;
  };
}

describe("Gradescope's results", () => {
  const accepted = acceptance('gradescope-results.json', gradescopeJson);

  test('are what its documentation asks for, whatever is in them', () => {
    fc.assert(
      fc.property(hostile, (submission) => void accepted(submission)),
      RUNS,
    );
  });

  test('give the score of the whole and of each line of the rubric, and say why', () => {
    const results = accepted(graded);
    expect(results).toMatchObject({ score: 30, execution_time: 4, visibility: 'visible' });
    expect(results.tests).toMatchObject([
      { name: 'safety: contents', score: 20, max_score: 30, status: 'failed' },
      { name: 'safety: zeroing', score: 10, max_score: 10, status: 'passed' },
    ]);
    expect(JSON.stringify(results)).toContain(
      '-10 (changed): free wrote into p1\\nTrace:\\n  a 0 24',
    );
  });

  test('tell what the compiler said, and hide what nobody could mark', () => {
    expect(accepted(broken)).toMatchObject({ score: 0, visibility: 'visible' });
    expect(accepted(broken).output).toContain("osmem.c:3:1: error: expected ';'");
    expect(accepted(cut)).toMatchObject({
      visibility: 'hidden',
      extra_data: { state: 'undecided' },
    });
  });

  test('declare no text as markup', () => {
    expect(gradescopeJson(graded)).not.toMatch(/"(html|md|ansi|simple_format)"/);
  });
});

describe("PrairieLearn's results", () => {
  const accepted = acceptance('prairielearn-results.json', prairieLearnJson);

  test('are what its documentation asks for, whatever is in them', () => {
    fc.assert(
      fc.property(hostile, (submission) => void accepted(submission)),
      RUNS,
    );
  });

  test('give the score as a part of one, and points for each line of the rubric', () => {
    const results = accepted(graded);
    expect(results).toMatchObject({ gradable: true, score: 0.75 });
    expect(results.tests).toMatchObject([
      { name: 'safety: contents', points: 20, max_points: 30, message: 'free wrote into p1' },
      { name: 'safety: zeroing', points: 10, max_points: 10, message: '' },
    ]);
  });

  test('cost no attempt where there is nothing to mark', () => {
    for (const submission of [broken, cut]) {
      const results = accepted(submission);
      expect(results.gradable).toBe(false);
      expect(results).not.toHaveProperty('score');
      expect(results.format_errors).toHaveLength(1);
    }
  });

  test('stay below what it takes', () => {
    const long = {
      ...contents,
      losses: [{ ...contents.losses[0]!, explanation: 'é'.repeat(1e5) }],
    };
    const tests = Array.from({ length: 60 }, () => long);
    expect(Buffer.byteLength(prairieLearnJson({ ...graded, tests }))).toBeLessThan(1e6);
  });
});

describe('the CSV', () => {
  const rowsOf = (text: string): string[][] => parse(text, { record_delimiter: '\r\n' });

  test('is a table that another parser reads, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 4 }), (all) => {
        const rows = rowsOf(gradebookCsv(all));
        expect(rows).toHaveLength(all.length + 1);
        for (const row of rows) expect(row).toHaveLength(rows[0]!.length);
      }),
      RUNS,
    );
  });

  test('has no cell that a spreadsheet would calculate, with either separator', () => {
    fc.assert(
      fc.property(hostile, (submission) => {
        for (const cell of rowsOf(gradebookCsv([submission])).flat()) {
          if (cell !== '' && !Number.isNaN(Number(cell))) continue;
          for (const part of cell.split(';')) expect(part.trimStart()).not.toMatch(/^[=+@-]/);
          expectVisible(cell);
          expect(cell).not.toMatch(/[\t\n]/);
        }
      }),
      RUNS,
    );
  });

  test('has a column for each tier and line of the rubric, empty where nothing was judged', () => {
    const [header, ...rows] = rowsOf(gradebookCsv([cut, graded, broken]));
    const columns = (row: readonly string[]): Record<string, string> =>
      Object.fromEntries(header!.map((name, at) => [name, row[at]!]));
    expect(rows.map(columns)).toMatchObject([
      { id: 's01', state: 'undecided', marks: '', contents: '', 'tier safety': '' },
      { marks: '30', maximum: '40', contents: '20', zeroing: '10', 'tier safety': '30' },
      { state: 'does-not-build', marks: '0', reason: "osmem.c:3:1: error: expected ';'" },
    ]);
    expect(columns(rows[1]!)).toMatchObject({
      findings: '1',
      isolation: 'bubblewrap',
      seed: 'class',
    });
  });

  test.runIf(requireTool('python3'))('and the JSON are read alike by Python', () => {
    const all = fc.sample(hostile, { ...RUNS, numRuns: 100 });
    const texts = [gradebookCsv(all), ...all.map(gradescopeJson), ...all.map(prairieLearnJson)];
    const program = [
      'import csv, io, json, sys',
      'texts = json.load(sys.stdin)',
      'rows = list(csv.reader(io.StringIO(texts[0], newline="")))',
      'json.dump([rows, [json.loads(text) for text in texts[1:]]], sys.stdout)',
    ].join('\n');
    const { stdout, stderr } = spawnSync('python3', ['-c', program], {
      input: JSON.stringify(texts),
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    expect(stderr).toBe('');
    const [rows, objects] = JSON.parse(stdout);
    expect(rows).toEqual(rowsOf(texts[0]!));
    expect(objects).toEqual(texts.slice(1).map((text) => JSON.parse(text)));
  });
});
