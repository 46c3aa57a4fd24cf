// The hostile zoo: submissions that attack the grader, each handed in once beside an honest neighbour. None may get
// more marks than one that does nothing, none may change what the neighbour gets, or leave a process or a file
// behind, or reach beyond its walls; and each is over within its limits.

import { deriveSeed } from '../src/generate/seed.ts';
import { whyNoSandbox } from '../src/target/sandbox.ts';
import { type Fuzzer, runs } from './fuzzer.ts';
import { type Attack, attack, attacks, DOES_NOTHING } from './hostile/attack.ts';
import { Scene } from './hostile/scene.ts';
import { isEverythingRequired, withoutCompiler } from './native-target.ts';
import { type Cell, tableText } from './table.ts';

export const hostile: Fuzzer = {
  name: 'hostile',
  about: 'submissions that attack the grader: no marks, no trace of them, no harm to others',
  amount: runs(60),
  async run({ seed, amount, say }) {
    const missing = withoutCompiler() ?? withoutWalls();
    if (missing !== undefined) return missing;
    const scene = await Scene.open();
    const rows: Attack[] = [];
    try {
      const order = { scene, seed: deriveSeed(seed, 'hostile', 0), runs: amount.count };
      for (const file of attacks()) rows.push(await attack(file, order));
    } finally {
      await scene.close();
    }
    say(tableText(HEAD, rows.map(cellsOf)));
    const honest = rows.find(({ name }) => name === DOES_NOTHING)?.marks ?? 0;
    const problems = rows.flatMap((row) => problemsOf(row, honest));
    for (const problem of problems) say(problem);
    return {
      passed: problems.length === 0 && rows.length > 0,
      summary: `${rows.length} attacks, ${problems.length} of them with some success`,
      figures: { attacks: rows, problems },
    };
  },
};

function withoutWalls() {
  const why = whyNoSandbox();
  if (why === undefined) return undefined;
  const summary = `${isEverythingRequired() ? '' : 'SKIPPED, '}${why}`;
  return { passed: !isEverythingRequired(), summary, figures: { skipped: true } };
}

const HEAD = ['attack', 'verdict', 'marks', 'processes', 'files', 'reached', 'neighbour', 'ms'];

function cellsOf(row: Attack): Cell[] {
  const { name, verdict, marks, processes, files, reached, sameNeighbour, elapsedMs } = row;
  const neighbour = sameNeighbour ? 'same' : 'CHANGED';
  const far = reached === '' ? '-' : reached;
  return [name, verdict, marks, processes, files, far, neighbour, elapsedMs];
}

/** Milliseconds of one submission: what the limits below it add up to. */
const TIME_LIMIT_MS = 60_000;

function problemsOf(row: Attack, honest: number): string[] {
  const { name, marks, processes, files, reached, sameNeighbour, elapsedMs } = row;
  return [
    ...(marks > honest ? [`${name}: gets ${marks} marks`] : []),
    ...(processes > 0 ? [`${name}: leaves ${processes} processes`] : []),
    ...(files > 0 ? [`${name}: leaves ${files} files`] : []),
    ...(reached === '' ? [] : [`${name}: ${reached}`]),
    ...(sameNeighbour ? [] : [`${name}: changes its neighbour's result`]),
    ...(elapsedMs > TIME_LIMIT_MS ? [`${name}: took ${elapsedMs} ms`] : []),
  ];
}
