// The built-in allocator under every profile: each step judged by the oracle, and held to the placement
// specification address by address, syscall by syscall, block by block. Four parts: without failing
// syscalls, with them, with a dynamic threshold, and on the recorded programs.

import type { Run } from '../src/check/hunt.ts';
import type { ProfileLimits } from '../src/generate/profile.ts';
import { deriveSeed } from '../src/generate/seed.ts';
import { traces } from '../src/generate/traces.ts';
import { createSimulatedTarget, type SimulatedOptions } from '../src/target/simulated.ts';
import { corpusTraces } from './corpora.ts';
import { type Amount, type Fuzzer, type FuzzReport, isSpent, ops, shareOf } from './fuzzer.ts';
import { figure, tableText } from './table.ts';
import { describeProblems, Vigil } from './vigil.ts';

export const simulated: Fuzzer = {
  name: 'simulated',
  about: 'the built-in allocator under every profile, judged and held to the specification',
  amount: ops(2_000_000),
  smoke: ops(60_000),
  async run({ seed, amount, brief, say }) {
    const results: PartResult[] = [];
    for (const part of PARTS) {
      const source = traces(deriveSeed(seed, part.name, 0), part.target.contract, 0, part.limits);
      results.push(watchPart(part, source, shareOf(amount, part.share)));
    }
    const length = brief ? BRIEF_LENGTH : amount.count;
    results.push(watchPart(PROGRAMS, programs(length), undefined));
    say(tableText(HEAD, results.map(rowOf)));
    for (const { part, vigil } of results) {
      for (const line of describeProblems(vigil.problems, createSimulatedTarget(part.options))) {
        say(line);
      }
    }
    return report(results);
  },
};

/**
 * Ops of each program, in `smoke`; else at most the amount. Late ones, on heaps of many thousand blocks,
 * take a hundred times as long as early ones.
 */
const BRIEF_LENGTH = 3000;

function programs(length: number): Run[] {
  return corpusTraces('programs').map(({ seed, trace }) => ({
    seed,
    trace: trace.slice(0, length),
  }));
}

interface Part {
  readonly name: string;
  /** Of the whole amount. */
  readonly share: number;
  readonly options: SimulatedOptions;
  readonly target: ReturnType<typeof createSimulatedTarget>;
  readonly limits: ProfileLimits;
}

/** High enough to be moved by the sizes that are generated, low enough to stop moving. */
const DYNAMIC = { dynamicThreshold: { cap: 1 << 20 } };

const PARTS: readonly Part[] = [
  part('no syscall fails', 0.4, {}, { failures: false }),
  part('syscalls may fail', 0.4, {}, {}),
  part('dynamic threshold', 0.2, DYNAMIC, {}),
];
const PROGRAMS = part('recorded programs', 0, {}, {});

function part(name: string, share: number, options: SimulatedOptions, limits: ProfileLimits): Part {
  return { name, share, options, target: createSimulatedTarget(options), limits };
}

interface PartResult {
  readonly part: Part;
  readonly vigil: Vigil;
  readonly elapsedMs: number;
}

/** Without an amount: all that the source has. */
function watchPart(part: Part, source: Iterable<Run>, amount: Amount | undefined): PartResult {
  const started = performance.now();
  const vigil = new Vigil(part.target);
  for (const { seed, trace } of source) {
    vigil.watch(seed, trace);
    if (amount !== undefined && isSpent(amount, vigil.runs, vigil.ops)) break;
  }
  return { part, vigil, elapsedMs: performance.now() - started };
}

const HEAD = ['part', 'runs', 'checked ops', 'ops/s', 'refused syscalls', 'problems'];

function rowOf({ part, vigil, elapsedMs }: PartResult): (string | number)[] {
  const speed = elapsedMs > 0 ? (vigil.ops / elapsedMs) * 1000 : 0;
  return [part.name, vigil.runs, vigil.ops, speed, vigil.refused, vigil.problemCount];
}

function report(results: readonly PartResult[]): FuzzReport {
  const sum = (of: (vigil: Vigil) => number): number =>
    results.reduce((total, { vigil }) => total + of(vigil), 0);
  const problems = sum((vigil) => vigil.problemCount);
  const checked = sum((vigil) => vigil.ops);
  return {
    passed: problems === 0,
    summary:
      problems === 0
        ? `${figure(checked)} checked ops, 0 violations, equal to the specification throughout`
        : `${figure(problems)} of ${figure(sum((vigil) => vigil.runs))} runs went wrong`,
    figures: {
      problems,
      parts: results.map(({ part, vigil, elapsedMs }) => ({
        name: part.name,
        runs: vigil.runs,
        ops: vigil.ops,
        refused: vigil.refused,
        problems: vigil.problemCount,
        elapsedMs,
      })),
    },
  };
}
