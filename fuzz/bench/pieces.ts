// `npm run bench -- pieces [--pieces aimed,swarm] [--seeds 10] [--runs 2000] [--only WORDS] [--part 1/2]`: what each piece
// of the search that makes traces is worth: runs until an invariant that is expected speaks, over every broken C allocator
// of the corpus and every seeded bug of ours, with all pieces on and with one off. In runs, not in time, so the
// figures depend on the seed alone. What is not caught counts as `--runs`. (`part`: every n-th task, for several processes.)

import { parseArgs } from 'node:util';
import { mean, median, sum } from 'simple-statistics';
import { EVERY_PIECE, type Pieces, type SearchPiece, without } from '../../src/generate/pieces.ts';
import { deriveSeed } from '../../src/generate/seed.ts';
import { traces } from '../../src/generate/traces.ts';
import type { Target } from '../../src/target/target.ts';
import { anyAllocators } from '../corpora.ts';
import { runs as amountOf } from '../fuzzer.ts';
import { huntDown } from '../hunt-down.ts';
import { MUTANTS, mutantTarget } from '../mutant-list.ts';
import { withNative } from '../native-target.ts';
import { tableText } from '../table.ts';
import { compare } from './bugs/statistics.ts';

/** Those that make the traces; what others are worth only a whole campaign shows. */
const MAKING: readonly SearchPiece[] = [
  'edges',
  'swarm',
  'crowds',
  'lifetimes',
  'phases',
  'holes',
  'aimed',
];
/** A task that takes more runs than this is of the slow tail. */
const SLOW = 200;
const SIGNIFICANT = 0.05;
const NATIVE_BATCH = 16;

interface Options {
  readonly pieces: readonly SearchPiece[];
  readonly seeds: number;
  readonly runs: number;
  readonly only: readonly string[];
  readonly part: number;
  readonly parts: number;
}

export async function benchPieces(
  seed: string,
  say: (line: string) => void,
  argv: readonly string[],
): Promise<void> {
  const options = optionsIn(argv);
  const { only, part, parts, pieces } = options;
  const isMeant = ({ name }: Task) => only.some((word) => name.includes(word));
  const tasks = allTasks()
    .filter(isMeant)
    .filter((_, i) => i % parts === part);
  const rows: Row[] = [];
  for (const task of tasks) {
    const row = await task.open((target) => rowFor(task, target, options, seed));
    rows.push(row);
    say(JSON.stringify(row));
  }
  say(
    tableText(
      HEAD,
      pieces.map((piece) => cellsOf(piece, rows)),
    ),
  );
  say(`\nSlower than ${SLOW} runs with any of them:`);
  const slow = rows.filter((row) => Object.values(row.runs).some((each) => median(each) > SLOW));
  const names = ['task', 'all', ...pieces.map((piece) => `no ${piece}`)];
  const medians = ({ name, runs }: Row) => [name, ...Object.values(runs).map((r) => median(r))];
  say(tableText(names, slow.map(medians)));
}

interface Task {
  readonly name: string;
  readonly expect: readonly string[];
  readonly batch: number;
  open(use: (target: Target) => Promise<Row>): Promise<Row>;
}

function allTasks(): Task[] {
  const broken = anyAllocators().filter(({ sound }) => !sound);
  return [
    ...broken.map(
      (each): Task => ({
        name: each.name,
        expect: each.expect,
        batch: NATIVE_BATCH,
        open: (use) => withNative(each, use),
      }),
    ),
    ...MUTANTS.map(
      (each): Task => ({
        name: `mutant:${each.name}`,
        expect: each.kills,
        batch: 1,
        open: (use) => use(mutantTarget(each)),
      }),
    ),
  ];
}

/** Of each seed, by the piece that was off; `all`: none was. */
type Figures = { readonly all: readonly number[] } & Partial<
  Record<SearchPiece, readonly number[]>
>;

interface Row {
  readonly name: string;
  /** Up to the one that showed it. */
  readonly runs: Figures;
  readonly ops: Figures;
}

type Filling = { all: number[] } & Partial<Record<SearchPiece, number[]>>;

async function rowFor(task: Task, target: Target, options: Options, root: string): Promise<Row> {
  const runs: Filling = { all: [] };
  const ops: Filling = { all: [] };
  for (const off of ['all', ...options.pieces] as const) {
    const pieces = off === 'all' ? EVERY_PIECE : without(off);
    const tookRuns: number[] = [];
    const tookOps: number[] = [];
    for (let i = 0; i < options.seeds; i++) {
      const seed = deriveSeed(root, task.name, i);
      const { batch } = task;
      const invariants = task.expect.length > 0 ? { invariants: task.expect } : {};
      const amount = amountOf(options.runs);
      const hunt = await huntDown(target, { seed, amount, batch, pieces, ...invariants });
      const took = Math.min(hunt.runs, options.runs);
      tookRuns.push(took);
      tookOps.push(opsIn(seed, target, took, pieces));
    }
    runs[off] = tookRuns;
    ops[off] = tookOps;
  }
  return { name: task.name, runs, ops };
}

/** Of the first so many runs. */
function opsIn(seed: string, target: Target, runs: number, pieces: Pieces): number {
  let ops = 0;
  for (const { index, trace } of traces(seed, target.contract, 0, { pieces })) {
    if (index === runs) break;
    ops += trace.length;
  }
  return ops;
}

const HEAD = [
  'piece',
  'tasks',
  'better with it',
  'worse',
  'no difference',
  'runs without : with',
  'ops without : with',
  'slow tail',
  'runs in sum, without',
  'with',
];

/** `slow tail`: the ratio of runs over the tasks that take more than SLOW with it or without. */
function cellsOf(piece: SearchPiece, rows: readonly Row[]): (string | number)[] {
  const compared = rows.map(({ runs }) => compare(runs.all, runs[piece] ?? []));
  const better = compared.filter(({ p, a12 }) => p < SIGNIFICANT && a12 > 0.5).length;
  const worse = compared.filter(({ p, a12 }) => p < SIGNIFICANT && a12 < 0.5).length;
  const slow = rows.filter(
    ({ runs }) => Math.max(median([...runs.all]), median([...(runs[piece] ?? [])])) > SLOW,
  );
  return [
    piece,
    rows.length,
    better,
    worse,
    rows.length - better - worse,
    ratio(rows, 'runs', piece),
    ratio(rows, 'ops', piece),
    slow.length === 0 ? '-' : `${ratio(slow, 'runs', piece)} (${slow.length})`,
    sum(rows.flatMap(({ runs }) => [...(runs[piece] ?? [])])),
    sum(rows.flatMap(({ runs }) => [...runs.all])),
  ];
}

/** The geometric mean over tasks and seeds. */
function ratio(rows: readonly Row[], what: 'runs' | 'ops', piece: SearchPiece): string {
  const logs = rows.flatMap((row) => {
    const on = mean(row[what].all.map(Math.log));
    return mean((row[what][piece] ?? []).map(Math.log)) - on;
  });
  return Math.exp(mean(logs)).toFixed(2);
}

function optionsIn(argv: readonly string[]): Options {
  const options = {
    pieces: { type: 'string', default: MAKING.join(',') },
    seeds: { type: 'string', default: '10' },
    runs: { type: 'string', default: '2000' },
    only: { type: 'string', default: '' },
    part: { type: 'string', default: '1/1' },
  } as const;
  const { values } = parseArgs({ args: [...argv], options });
  const [part = 1, parts = 1] = values.part.split('/').map(Number);
  return {
    pieces: values.pieces.split(',') as SearchPiece[],
    seeds: Number(values.seeds),
    runs: Number(values.runs),
    only: values.only.split(','),
    part: part - 1,
    parts,
  };
}
