// One submission: its state and reason whatever it is, and what is said of a process that was to grade it and did
// not. And what the store, the work folder and the summary make of it.

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { recordedSeed } from '../src/cli/grade-terms.ts';
import { isoC } from '../src/contract/iso-c.ts';
import { OperatingError } from '../src/contract/operating-error.ts';
import { osmem } from '../src/contract/osmem.ts';
import { blankOf } from '../src/grade/blank.ts';
import { type ChildOptions, runChild } from '../src/grade/child.ts';
import { type GradeOutcome, type GradeSettings, gradeOne } from '../src/grade/grade-one.ts';
import type { GradedSubmission } from '../src/grade/graded.ts';
import { defaultRubric } from '../src/grade/rubric.ts';
import { Store } from '../src/grade/store.ts';
import { studentText } from '../src/grade/student-text.ts';
import { kindOf, type Submission } from '../src/grade/submission.ts';
import { summaryText } from '../src/grade/summary.ts';
import { WorkFolder } from '../src/grade/work-folder.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { bump } from './support/c-target.ts';
import { requireTool } from './support/require-tool.ts';

const home = mkdtempSync(join(tmpdir(), 'allocheck-test-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const settings: GradeSettings = {
  contract: osmem,
  rubric: defaultRubric(osmem),
  seed: 'one',
  budget: { kind: 'runs', runs: 3 },
  budgetText: '3runs',
  shrinkTries: 50,
  cflags: [],
  header: undefined,
  sandbox: 'none',
  repeated: [],
};
const never = new AbortController().signal;
let count = 0;
function submissionOf(name: string, text: string | Buffer): Submission {
  const path = join(home, name);
  writeFileSync(path, text);
  return { id: name, name, path, kind: kindOf(name), refused: '' };
}

const kept = (file: string): Submission => {
  const path = join(import.meta.dirname, '../corpus/allocators', file);
  return { id: 'p.c', name: 'p', path, kind: 'file', refused: '' };
};

function jobOf(submission: Submission, more: Partial<GradeSettings> = {}) {
  count += 1;
  const folder = join(home, `job-${count}`);
  mkdirSync(folder);
  return { submission, settings: { ...settings, ...more }, folder };
}

async function gradedOf(submission: Submission, signal = never): Promise<GradeOutcome> {
  return gradeOne(jobOf(submission), [], signal);
}
const outcomeOf = (graded: Partial<GradedSubmission>): GradeOutcome => {
  const submission = submissionOf('kept.c', '');
  const whole = { ...blankOf(submission, settings), ...graded };
  return { graded: whole, hash: 'h', text: 'told\n', html: null, programs: [] };
};

describe.runIf(requireTool('gcc'))('one submission', () => {
  test('that does not build has no marks, and is told the error without our folders', async () => {
    const { graded, text, hash } = await gradedOf(submissionOf('bad.c', 'int x = ;\n'));
    expect(graded).toMatchObject({ state: 'does-not-build', marks: 0 });
    expect(graded.reason).toContain('bad.c');
    expect(graded.reason).not.toContain(home);
    expect(hash).not.toBe('');
    expect(text).toMatch(/^bad\.c: 0 of 100, it does not build\n/);
  });

  test('that cannot be unpacked, or is none, is refused and has no marks', async () => {
    const broken = await gradedOf(submissionOf('bad.zip', 'no archive'));
    expect(broken.graded).toMatchObject({ state: 'refused', marks: null });
    const none = { ...submissionOf('n.c', ''), kind: 'none', refused: 'it is a link' } as const;
    const { graded, text } = await gradedOf(none);
    expect(graded).toMatchObject({ state: 'refused', marks: null, reason: 'it is a link' });
    expect(text).toMatch(/^n\.c: not graded\n\n {2}it is a link\n/);
  });

  test('that is stopped is undecided, whatever it is', async () => {
    for (const text of [bump({}), 'int x = ;\n']) {
      const { graded } = await gradedOf(submissionOf('s.c', text), AbortSignal.abort());
      expect(graded).toMatchObject({ state: 'undecided', marks: null });
      expect(graded.reason).toMatch(/^stopped /);
    }
  });

  test('that is stopped while it is hunted says how far it came', async () => {
    const job = jobOf(submissionOf('long.c', bump()), { budget: { kind: 'runs', runs: 1e6 } });
    const { graded } = await gradeOne(job, [], AbortSignal.timeout(700));
    expect(graded).toMatchObject({ state: 'undecided', marks: null });
    expect(graded.reason).toMatch(/^stopped (after [\d,]+ runs?, with |while it was built$)/);
  });

  test('that reports of itself what is not so is refused, and what it did is not told', async () => {
    const { graded } = await gradedOf(kept('hostile/patches-the-drivers-checks.c'));
    expect(graded).toMatchObject({ state: 'refused', marks: null, findings: [] });
    expect(graded.reason).toBe(
      'what it reports of itself is not so, which somebody has to look at',
    );
  });

  test('that admits to a wrong syscall alone, and goes otherwise when it is watched, is not marked by it', async () => {
    const { path } = kept('broken/preallocation-skipped.c');
    const unsteady =
      '#undef os_malloc\nvoid *os_malloc(size_t n) { void *at = steady(n);' +
      ' errno = (int)(__builtin_ia32_rdtsc() >> 4 & 1023) + 1; return at; }';
    const source = `#define os_malloc steady\n${readFileSync(path, 'utf8')}\n#include <errno.h>\n${unsteady}\n`;
    const { graded } = await gradedOf(submissionOf('unsteady.c', source));
    expect(graded).toMatchObject({ state: 'undecided', marks: null, findings: [] });
    expect(graded.reason).toBe('it goes otherwise when it is watched');
  });

  test('is marked by another contract, with the real operating system', async () => {
    const own =
      'void *my_malloc(size_t n) { return malloc(n); } void my_free(void *p) { free(p); }';
    const submission = submissionOf('iso.c', `#include <stdlib.h>\n${own}\n`);
    const contract = { ...isoC, symbols: { malloc: 'my_malloc', free: 'my_free' } };
    const job = jobOf(submission, { contract, rubric: defaultRubric(contract), header: 32 });
    const { graded, html, text } = await gradeOne(job, [], never);
    expect(graded).toMatchObject({ state: 'graded', findings: [], contract: 'iso-c' });
    expect(text).toContain('No violation of iso-c was seen.');
    expect(html).toBeNull();
  });

  test('that works is marked, and its findings are told with what they cost', async () => {
    const forgetful = bump({ malloc: 'if (n > 0) return 0;' });
    const { graded, text, html, programs } = await gradedOf(submissionOf('f.c', forgetful));
    expect(graded.state).toBe('graded');
    expect(graded.marks).toBeLessThan(graded.maximum);
    expect(graded.findings.length).toBeGreaterThan(0);
    expect(programs).toHaveLength(graded.findings.length);
    expect(text).toMatch(/^- +0\/\d+ {2}result .*\(finding \d/m);
    expect(text).toMatch(/\(never came to be judged\)/);
    expect(html).toContain('<html');
  });

  test('is drawn with the cause of what it broke, as the report tells it', async () => {
    const known = [{ seed: 'known', trace: parseTrace('a 0 1; a 1 1; r 0 41') }];
    const job = jobOf(kept('broken/grows-into-live-neighbour.c'));
    const { text, html } = await gradeOne(job, known, never);
    const cause = /Cause: (realloc grows \S+ over the block behind it)/.exec(text)?.[1];
    expect(cause).toBeDefined();
    expect(html).toContain(`Cause: ${cause}`);
  });
});

describe('the process of a submission', () => {
  const limits = (script: string, more: Partial<ChildOptions> = {}): ChildOptions => {
    const path = join(home, `${count}.mjs`);
    writeFileSync(path, script);
    const rest = { limitMs: 20_000, memoryMiB: 64, temporary: home, cache: home, signal: never };
    return { script: path, ...rest, ...more };
  };
  const end = (script: string, more: Partial<ChildOptions> = {}) =>
    runChild(jobOf(submissionOf('p.c', '')), limits(script, more));
  const WAITS = "process.on('message', () => {}); setInterval(() => {}, 1000);";

  test('answers with what it was given, whatever it does then', async () => {
    const echo = "process.once('message', ({ submission }) => process.send(submission, () => { ";
    const answered = await end(`${echo} process.exit(9); }));`);
    expect(answered).toMatchObject({ kind: 'done', outcome: { id: 'p.c' } });
  });

  test.each([
    ["throw new TypeError('of ours')", /with code 1: .*of ours/],
    ['process.exit(7)', /with code 7$/],
    ["process.kill(process.pid, 'SIGKILL')", /by SIGKILL$/],
  ])('that ends by %j is lost, and says how', async (script, why) => {
    const lost = await end(script);
    expect(lost.kind).toBe('lost');
    expect(lost.kind === 'lost' && lost.why).toMatch(why);
  });

  test('is ended at its limit, and at the signal, even before it began', async () => {
    expect(await end(WAITS, { limitMs: 300 })).toEqual({ kind: 'overdue' });
    expect(await end(WAITS, { signal: AbortSignal.timeout(300) })).toEqual({ kind: 'stopped' });
    expect(await end(WAITS, { signal: AbortSignal.abort() })).toEqual({ kind: 'stopped' });
  });

  test('has no more memory than it may have', async () => {
    const lost = await end('const all = []; for (;;) all.push(new Array(1e5).fill(all.length));');
    expect(lost).toMatchObject({ kind: 'lost', why: expect.stringMatching(/heap|memory/) });
  });
});

describe('the store', () => {
  const folder = join(home, 'store');

  test('gives back what it keeps, by its key alone', () => {
    const store = new Store(folder);
    const outcome = { ...outcomeOf({ marks: 5 }), html: '<p>', programs: [null, 'int x;'] };
    store.keep('key', outcome);
    const { graded, hash } = outcome;
    expect(new Store(folder).find('kept.c', 'key')).toMatchObject({ graded, hash });
    expect(store.find('kept.c', 'another')).toBeUndefined();
    expect(store.find('nobody', 'key')).toBeUndefined();
    expect(readdirSync(join(folder, 'students/kept.c')).sort()).toEqual(
      ['finding-2.c', 'prairielearn.json', 'report.html', 'report.txt', 'results.json'].sort(),
    );
    store.forget('kept.c');
    expect(store.find('kept.c', 'key')).toBeUndefined();
    expect(readdirSync(join(folder, 'students'))).toEqual([]);
  });

  test.each(['', '{', 'null', '{"schema":"allocheck/graded@1","key":"key"}'])(
    'does not take the result %j, which is not whole',
    (text) => {
      const store = new Store(folder);
      store.keep('key', outcomeOf({}));
      expect(store.find('kept.c', 'key')).toBeDefined();
      store.write('results/kept.c.json', text);
      expect(store.find('kept.c', 'key')).toBeUndefined();
    },
  );

  test('does not take the result of another, and cannot be where a file is', () => {
    const store = new Store(folder);
    store.keep('key', outcomeOf({}));
    store.write('results/other.c.json', store.read('results/kept.c.json') ?? '');
    expect(store.find('other.c', 'key')).toBeUndefined();
    expect(() => new Store(join(folder, 'results/kept.c.json'))).toThrow(OperatingError);
    expect(() => store.write('none/gradebook.csv', '')).toThrow(/cannot write .*ENOENT/);
  });

  test.each([
    [undefined, undefined],
    ['{', undefined],
    ['{"seed":7}', undefined],
    ['{"seed":"s"}', 's'],
  ])('the record %j has the seed %j', (text, seed) => {
    expect(recordedSeed(text)).toBe(seed);
  });
});

describe('a work folder', () => {
  test('is gone when it is removed, and those of dead processes with the next', () => {
    const parent = mkdtempSync(join(home, 'work-'));
    const { pid } = spawnSync(process.execPath, ['--version']);
    const names = [`allocheck-grade-${pid}-dead`, `allocheck-grade-${process.pid}-mine`];
    const odd = ['allocheck-grade-odd', 'allocheck-grade-1-init', 'other'];
    for (const name of [...names, ...odd]) mkdirSync(join(parent, name));
    const work = new WorkFolder(parent);
    expect(readdirSync(parent)).toEqual(expect.arrayContaining([names[1] as string, ...odd]));
    expect(existsSync(join(parent, names[0] as string))).toBe(false);
    const [first, second] = [work.next(), work.next()];
    expect(second).toHaveLength(first.length);
    expect(readdirSync(second).sort()).toEqual(['in', 'tmp']);
    work.remove();
    expect(existsSync(work.folder)).toBe(false);
  });

  test('that cannot be made is one line', () => {
    expect(() => new WorkFolder(join(home, 'nowhere'))).toThrow(/^cannot make .*: ENOENT$/);
  });
});

describe('in words,', () => {
  const told = (...all: Partial<GradedSubmission>[]) => all.map((each) => outcomeOf(each));

  test('a class has its states and marks, and those without marks have no mean', () => {
    const some = told(
      { state: 'graded', marks: 90 },
      { state: 'graded', marks: 45.5 },
      { state: 'does-not-build', marks: 0 },
      { state: 'undecided' },
    );
    expect(summaryText({ results: some, reused: 2, left: 0 })).toBe(
      '4 submissions: 2 graded, 1 not building, 1 undecided\n' +
        'marks out of 100: mean 45.2, median 45.5, from 0 to 90\n' +
        '2 of them as an earlier run left them\n',
    );
    const none = summaryText({ results: told({ state: 'refused' }), reused: 0, left: 0 });
    expect(none).toBe('1 submission: 1 refused\n');
  });

  test('the causes are the five commonest, the commonest first', () => {
    const lost = (...causes: readonly string[]) => {
      const losses = causes.map((cause) => ({ cause, finding: 0, points: 1, explanation: 'e' }));
      const test = { invariant: 'contents', tier: 'safety', statement: 's', marks: 0, maximum: 8 };
      return {
        state: 'graded',
        marks: 50,
        tests: [{ ...test, losses }],
      } as Partial<GradedSubmission>;
    };
    const results = told(lost('f', 'e', 'd', 'c', 'b', 'a'), lost('f'), lost('f', 'b', 'b'));
    const named = results.map((each, at) => ({ ...each, graded: { ...each.graded, id: `${at}` } }));
    const lines = summaryText({ results: named, reused: 0, left: 0 }).trimEnd().split('\n');
    expect(lines.slice(2).map((line) => line.trim())).toEqual([
      '3 contents: f',
      '2 contents: b',
      '1 contents: a',
      '1 contents: c',
      '1 contents: d',
    ]);
  });

  test('a student has a first line for each state', () => {
    const states = ['graded', 'does-not-build', 'undecided', 'refused'] as const;
    const lines = states.map(
      (state) => studentText(outcomeOf({ state, marks: 7 }).graded).split('\n')[0],
    );
    expect(lines).toEqual([
      'kept.c: 7 of 100',
      'kept.c: 7 of 100, it does not build',
      'kept.c: undecided, no marks yet',
      'kept.c: not graded',
    ]);
  });
});
