// A class on the command line: what is written, and what is left after SIGKILL and Ctrl-C. What ends by itself is
// run in this process, with children as they are shipped; what is killed is a process of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import {
  cpSync,
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
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ZipFile } from 'yazl';
import { main } from '../src/cli/main.ts';
import { openSandbox } from '../src/target/sandbox.ts';
import { Built } from './support/built.ts';
import { requireTool } from './support/require-tool.ts';

const CORPUS = join(import.meta.dirname, '../corpus/class');
const home = mkdtempSync(join(tmpdir(), 'allocheck-test-'));
const temporary = join(home, 'tmp');
const students = join(home, 'students');
let built: Built | undefined;

// The script of the children is that of the build.
vi.mock(import('../src/cli/known-traces.ts'), async (original) => {
  const real = await original();
  return { ...real, packageFolder: () => built?.folder ?? real.packageFolder() };
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(argv: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [built?.main ?? '', 'grade', ...argv], {
    cwd: home,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { out: '', err: '' };
  child.stdout?.on('data', (chunk) => {
    texts.out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    texts.err += chunk;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, ...texts }));
  });
  return { child, ended };
}

async function gradeWith(signal: AbortSignal, argv: readonly string[]): Promise<Ended> {
  const texts = { out: '', err: '' };
  const code = await main(['grade', ...argv], {
    stdout: (text) => {
      texts.out += text;
    },
    stderr: (text) => {
      texts.err += text;
    },
    cwd: home,
    signal,
    terminal: false,
    env: {},
  });
  return { code, ...texts };
}
const grade = (...argv: string[]): Promise<Ended> => gradeWith(new AbortController().signal, argv);
const RUNS = ['--budget', '20runs'];
const short = (out: string): string[] => [
  'students',
  ...[
    '--out',
    out,
    '--rubric',
    join(CORPUS, 'rubric.json'),
    '--seed',
    'class',
    '--budget',
    '20runs',
  ],
];
const timeless = (out: string): string =>
  readFileSync(join(home, out, 'gradebook.csv'), 'utf8').replaceAll(/,[\d.]+\r\n/g, '\r\n');
const resultsIn = (out: string): string[] =>
  existsSync(join(home, out, 'results')) ? readdirSync(join(home, out, 'results')) : [];

/** Rejects after a minute. */
async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 10) {
    if (waited > 60_000) throw new Error('it never came to that');
    await sleep(10);
  }
}

/** A small class: sound, not compiling, broken and in an archive, no C. */
async function writeClass(): Promise<void> {
  mkdirSync(temporary);
  mkdirSync(students);
  for (const name of ['amber', 'jana.c']) {
    cpSync(join(CORPUS, 'submissions', name), join(students, name), { recursive: true });
  }
  const zip = new ZipFile();
  zip.addFile(join(CORPUS, 'submissions/hana.c'), 'hana/osmem.c');
  zip.end();
  writeFileSync(join(students, '<b>lena&.zip'), await buffer(zip.outputStream));
  writeFileSync(join(students, 'notes.txt'), '');
}

// Each test grades a class several times, in processes that wait for compilers and for each other.
describe.runIf(requireTool('gcc'))('a class', { timeout: 180_000 }, () => {
  beforeAll(async () => {
    await writeClass();
    built = new Built();
    vi.stubEnv('TMPDIR', temporary);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    built?.remove();
    rmSync(home, { recursive: true, force: true });
  });

  test('is graded whatever is in it, and leaves nothing behind', async () => {
    const { code, out, err } = await grade(...short('whole'));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^seed class\n4 submissions: 2 graded, 1 not building, 1 refused\n/);
    const rows = timeless('whole').split('\r\n').slice(1, -1);
    const states = rows.map((row) => row.split(',').slice(0, 4).join());
    expect(states).toEqual([
      '<b>lena&.zip,<b>lena&,graded,96.5',
      'amber,amber,graded,100',
      'jana.c,jana,does-not-build,0',
      'notes.txt,notes.txt,refused,',
    ]);
    const [hana = ''] = readdirSync(join(home, 'whole/students')).filter((id) => /lena/.test(id));
    const told = readdirSync(join(home, 'whole/students', hana));
    expect(told).toEqual(expect.arrayContaining(['report.html', 'report.txt', 'results.json']));
    const page = readFileSync(join(home, 'whole/index.html'), 'utf8');
    expect(page).not.toContain('<b>lena');
    expect(page).not.toMatch(/<script|src=|https?:/);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('that is killed again and again comes to the same marks', async () => {
    for (let kill = 0; kill < 2; kill += 1) {
      const before = resultsIn('killed').length;
      const { child, ended } = start(short('killed'));
      await until(() => resultsIn('killed').length > before);
      await sleep(137 * kill);
      child.kill('SIGKILL');
      await ended;
    }
    const kept = resultsIn('killed').length;
    const { code, out } = await grade(...short('killed'));
    expect(code).toBe(0);
    expect(out).toMatch(/^\d+ of them as an earlier run left them$/m);
    expect(kept).toBeGreaterThan(1);
    expect(timeless('killed')).toBe(timeless('whole'));
    const pages = ['killed', 'whole'].map((out) => readFileSync(join(home, out, 'index.html')));
    expect(pages[0]?.equals(pages[1] as Buffer)).toBe(true);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('that is done is not graded again, with the seed that it was graded by', async () => {
    const { out } = await grade('students', '--out', 'whole', ...short('x').slice(3, 5), ...RUNS);
    expect(out).toMatch(/^seed class\n/);
    expect(out).toContain('4 of them as an earlier run left them');
  });

  test('that Ctrl-C ends says how to go on, with exit code 3', async () => {
    const { child, ended } = start(short('stopped'));
    await until(() => resultsIn('stopped').length > 0);
    child.kill('SIGINT');
    const { code, out, err } = await ended;
    expect({ code, err }).toEqual({ code: 3, err: '' });
    expect(out).toMatch(/stopped with [1-3] left: the same command goes on from there\n$/);
    expect(timeless('stopped')).toContain(',undecided,');
    expect(readdirSync(temporary)).toEqual([]);
  });

  test.each([
    ['before anything', 0],
    ['after a result', 1],
  ])('that is stopped %s has what is left undecided, and goes on', async (_, results) => {
    const out = `aborted-${results}`;
    const controller = new AbortController();
    const ending = gradeWith(controller.signal, [...short(out), '--jobs', '1']);
    await until(() => resultsIn(out).length >= results);
    controller.abort();
    const { code, out: told } = await ending;
    const left = Number(/stopped with (\d+) left: the same/.exec(told)?.[1]);
    const undecided = timeless(out).match(/,undecided,.*not graded yet: the run was stopped/g);
    expect({ code, undecided: undecided?.length }).toEqual({ code: 3, undecided: left });
    expect(resultsIn(out)).toHaveLength(4 - left);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('with a result that was cut off is graded again there, and only there', async () => {
    cpSync(join(home, 'whole'), join(home, 'cut'), { recursive: true });
    const result = join(home, 'cut/results/amber.json');
    const text = readFileSync(result, 'utf8');
    writeFileSync(result, text.slice(0, text.length >> 1));
    writeFileSync(join(home, 'cut/class.json'), '{');
    const { code, out } = await grade(...short('cut'));
    expect(code).toBe(0);
    expect(out).toContain('3 of them as an earlier run left them');
    expect(timeless('cut')).toBe(timeless('whole'));
  });

  test('whose time is up has submissions undecided, which are not failed', async () => {
    const { code } = await grade(...short('capped'), '--limit', '150ms');
    expect(code).toBe(0);
    expect(timeless('capped')).toMatch(/^amber,amber,undecided,,100,0,.*limit of 0\.2 s/m);
    const { level } = openSandbox('auto');
    expect(timeless('capped')).toMatch(new RegExp(`limit of 0\\.2 s[^,]*,${level},`)); // as it was run
  });
});
