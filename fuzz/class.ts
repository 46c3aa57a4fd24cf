// A class of 60, graded as a teacher does, by the command line: once undisturbed, and once killed with SIGKILL at
// random moments and started again each time. Both must come to the same, apart from times, within their time; no
// sound one may lose a mark, none that attacks may gain one, and nothing may be left behind.

import { availableParallelism } from 'node:os';
import { between } from '../src/generate/random.ts';
import { deriveSeed, randomFrom } from '../src/generate/seed.ts';
import type { GradedSubmission } from '../src/grade/graded.ts';
import { slugOf } from '../src/grade/store.ts';
import { type Member, STATES_OF, writeMembers } from './class/members.ts';
import { Room } from './class/room.ts';
import { type Fuzzer, runs } from './fuzzer.ts';
import { DOES_NOTHING } from './hostile/attack.ts';
import { withoutCompiler } from './native-target.ts';
import { type Cell, figure, tableText } from './table.ts';

/** Of each submission: a cap, which none but those that waste time may meet. */
const LIMIT = '5s';
const BUDGET = '200runs';
/** What takes a tenth of a second on an idle machine takes ten times that beside others. */
const TRIES = '100';
const JOBS = 2;
/** Of the undisturbed run (acceptance: under 8 minutes). */
const MOST_MS = 8 * 60_000;
/** All kills together come so late in what is to do, in percent, that none comes after the end. */
const KILLED_PERCENT = 90;

export const classOf60: Fuzzer = {
  name: 'class',
  about: 'a class of 60 is graded in time, and killed at random moments comes to the same marks',
  amount: runs(10),
  async run({ seed, amount, say }) {
    const missing = withoutCompiler();
    if (missing !== undefined) return missing;
    const room = new Room();
    try {
      const members = await writeMembers(room.class);
      const order = ['--seed', deriveSeed(seed, 'class', 0), '--budget', BUDGET, '--limit', LIMIT];
      const argv = [...order, '--shrink', TRIES, '--jobs', String(JOBS), '--quiet'];
      const whole = await room.grade([...argv, '--out', 'whole']);
      const problems = whole.code === 0 ? [] : [`it ended with ${whole.code}: ${whole.output}`];
      problems.push(...(await leftOf(room, 'the undisturbed run')));
      if (whole.elapsedMs > MOST_MS) problems.push(`it took ${whole.elapsedMs} ms`);
      const rows = whole.code === 0 ? rowsOf(members, room) : [];
      problems.push(...problemsOf(rows));
      say(tableText(HEAD, rows.map(cellsOf)));
      const seconds = figure(whole.elapsedMs / 1000);
      say(
        `${members.length} graded in ${seconds} s, ${JOBS} at a time on ${availableParallelism()} cores`,
      );

      const moments = momentsOf(seed, amount.count, whole.elapsedMs);
      const kills = await killed(room, [...argv, '--out', 'killed'], moments, say);
      const differences = differencesOf(room.filesOf('whole'), room.filesOf('killed'));
      problems.push(...kills.problems, ...differences);
      for (const problem of problems) say(problem);
      const undecided = rows.filter(({ state }) => state === 'undecided').length;
      return {
        passed: problems.length === 0,
        summary:
          `${members.length} submissions in ${seconds} s, ${undecided} undecided, ` +
          `${moments.length} kills, ${differences.length} differences`,
        figures: { rows, elapsedMs: whole.elapsedMs, moments, kept: kills.kept, problems },
      };
    } finally {
      room.close();
    }
  },
};

interface MarkedRow extends Member {
  readonly state: string;
  readonly marks: number | null;
  readonly maximum: number;
  readonly reason: string;
  readonly elapsedMs: number;
}

function rowsOf(members: readonly Member[], room: Room): MarkedRow[] {
  const files = room.filesOf('whole');
  return members.map((member) => {
    const text = files.get(`results/${slugOf(member.id)}.json`) ?? '';
    const { graded } = JSON.parse(text) as { readonly graded: GradedSubmission };
    const { state, marks, maximum, reason, elapsedMs } = graded;
    return { ...member, state, marks, maximum, reason: reason ?? '', elapsedMs };
  });
}

const HEAD = ['submission', 'kind', 'state', 'marks', 'ms', 'reason'];
/** Characters of a reason in the table. */
const WIDTH = 60;

function cellsOf({ id, kind, state, marks, elapsedMs, reason }: MarkedRow): Cell[] {
  const short = reason
    .split('\n', 1)[0]!
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, WIDTH);
  return [id, kind, state, marks ?? '-', elapsedMs, short];
}

/** A rare defect may keep its marks in so few runs: what a broken one must lose, `grading` holds it to. */
function problemsOf(rows: readonly MarkedRow[]): string[] {
  const honest = rows.find(({ id }) => id === DOES_NOTHING)?.marks ?? 0;
  return rows.flatMap(({ id, kind, state, marks, maximum, reason }) => {
    if (!STATES_OF[kind].some((each) => each === state)) return [`${id} is ${state}: ${reason}`];
    if (kind === 'sound' && marks !== maximum) return [`${id} is sound, and has ${marks} marks`];
    if (kind === 'hostile' && (marks ?? 0) > honest) return [`${id} gains ${marks} marks`];
    return [];
  });
}

/** Milliseconds after the start, one a run that is killed. */
function momentsOf(seed: string, count: number, elapsedMs: number): number[] {
  const random = randomFrom(deriveSeed(seed, 'kills', 0));
  const parts = Array.from({ length: count }, () => between(random, 1, 1000));
  const sum = parts.reduce((all, part) => all + part, 0);
  return parts.map((part) => Math.round((elapsedMs * KILLED_PERCENT * part) / (100 * sum)));
}

/** Killed at each moment, and at last let alone. */
async function killed(
  room: Room,
  argv: readonly string[],
  moments: readonly number[],
  say: (line: string) => void,
): Promise<{ readonly problems: string[]; readonly kept: number[] }> {
  const problems: string[] = [];
  const kept: number[] = [];
  for (const [at, moment] of moments.entries()) {
    const { code } = await room.grade(argv, moment);
    if (code !== null) problems.push(`kill ${at + 1} came too late: it had ended with ${code}`);
    const left = await room.leftProcesses();
    problems.push(...left.map((process) => `kill ${at + 1} leaves ${process}`));
    kept.push(done(room));
    say(`killed after ${moment} ms, with ${done(room)} done by then`);
  }
  const { code, output, elapsedMs } = await room.grade(argv);
  if (code !== 0) problems.push(`after the kills it ended with ${code}: ${output}`);
  say(`the rest in ${figure(elapsedMs / 1000)} s`);
  problems.push(...(await leftOf(room, 'the run after the kills')));
  return { problems, kept };
}

function done(room: Room): number {
  return [...room.filesOf('.').keys()].filter((name) => name.startsWith('killed/results/')).length;
}

async function leftOf(room: Room, run: string): Promise<string[]> {
  const left = [...(await room.leftProcesses()), ...room.leftFiles()];
  return left.map((each) => `${run} leaves ${each}`);
}

/** All that is compared is the same but for these: the last column of the gradebook, the result's own time, and
 * that of Gradescope. */
function timeless(name: string, text: string): string {
  if (name === 'gradebook.csv') return text.replaceAll(/,[\d.]+\r\n/g, '\r\n');
  if (name.endsWith('/results.json')) return text.replace(/^ {2}"execution_time": [\d.]+,$/m, '');
  return name.startsWith('results/') ? text.replace(/^ {4}"elapsedMs": \d+$/m, '') : text;
}

function differencesOf(
  whole: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): string[] {
  const names = [...new Set([...whole.keys(), ...other.keys()])].sort();
  const differ = names.filter((name) => {
    const texts = [whole.get(name), other.get(name)];
    const [a, b] = texts.map((text) => (text === undefined ? undefined : timeless(name, text)));
    return a !== b;
  });
  return differ.map((name) => `${name} differs`);
}
