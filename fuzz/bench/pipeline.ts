// How fast allocheck's pipeline (generate, execute, judge) is against fast-check's `fc.commands`, driving
// the same target under the same judge at the same density, in one process, turn by turn. Prints what it
// measures, whatever that is: medians of the rounds, the ratio, and where our own time goes.

import fc from 'fast-check';
import { median } from 'simple-statistics';
import { randomProfile } from '../../src/generate/profile.ts';
import { randomTrace } from '../../src/generate/random-trace.ts';
import { deriveSeed, randomFrom } from '../../src/generate/seed.ts';
import { Judge } from '../../src/oracle/judge.ts';
import { createSimulatedTarget, type SimulatedTarget } from '../../src/target/simulated.ts';
import type { Visitor } from '../../src/target/target.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { tableText } from '../table.ts';
import { commandArbitraries, type Model, Real } from './commands.ts';
import { Judging } from './judging.ts';

/** For all alike: what our profiles use on average, and the longest trace. */
const SLOTS = 8;
const LONGEST = 200;
const ROUNDS = 7;
const WARM_UP = 2;

/** What one round did, and in how many milliseconds. */
interface Round {
  readonly runs: number;
  /** Calls made and judged. */
  readonly calls: number;
  readonly elapsedMs: number;
}

interface Contender {
  readonly name: string;
  round(number: number): Round;
}

export interface PipelineResult {
  readonly ours: number;
  readonly commands: number;
  readonly ratio: number;
}

export function benchPipeline(seed: string, say: (line: string) => void): PipelineResult {
  const target = createSimulatedTarget();
  const ours = allocheck(target, seed);
  const sameLength = commands(target, 'fc.commands', { size: 'max', maxCommands: LONGEST }, 400);
  const long = commands(target, 'fc.commands, 400', { size: 'max', maxCommands: 400 }, 200);
  const byDefault = commands(target, 'fc.commands, its defaults', {}, 4000);
  const all = [ours, sameLength, long, byDefault];
  const rounds = alternate(all);
  const speeds = all.map((contender) => median((rounds.get(contender) as Round[]).map(speedOf)));
  say(
    tableText(
      HEAD,
      all.map((each, i) => rowOf(each, rounds.get(each) as Round[], speeds, i)),
    ),
  );
  say('');
  say(tableText(['stage of ours', 'ns/op', 'share'], breakdown(target, seed)));
  const [oursSpeed, commandsSpeed] = speeds as [number, number];
  return { ours: oursSpeed, commands: commandsSpeed, ratio: oursSpeed / commandsSpeed };
}

const HEAD = [
  'driven by',
  'checked ops/s',
  'slowest',
  'fastest',
  'ops/run',
  'times slower than ours',
];

function rowOf(
  { name }: Contender,
  rounds: readonly Round[],
  speeds: readonly number[],
  index: number,
): (string | number)[] {
  const own = speeds[index] as number;
  const sorted = rounds.map(speedOf).sort((a, b) => a - b);
  const perRun = rounds.reduce((sum, { calls, runs }) => sum + calls / runs, 0) / rounds.length;
  const ratio = (speeds[0] as number) / own;
  return [name, own, sorted[0] as number, sorted.at(-1) as number, perRun, ratio.toFixed(1)];
}

/** A B C D A B C D …, so that whatever else the machine does falls on all alike. */
function alternate(all: readonly Contender[]): Map<Contender, Round[]> {
  const rounds = new Map<Contender, Round[]>(all.map((each) => [each, []]));
  for (let number = 0; number < WARM_UP + ROUNDS; number++) {
    for (const each of all) {
      const round = each.round(number);
      if (number >= WARM_UP) rounds.get(each)?.push(round);
    }
  }
  return rounds;
}

function speedOf({ calls, elapsedMs }: Round): number {
  return (calls / elapsedMs) * 1000;
}

const RUNS = 1500;

function allocheck(target: SimulatedTarget, seed: string): Contender {
  const judging = new Judging(new Judge(target.contract));
  return {
    name: 'allocheck',
    round: (number) =>
      timed(RUNS, judging, () => {
        for (let run = 0; run < RUNS; run++) {
          target.run(traceOf(target, `${seed}/${number}`, run), 'hunting', judging);
        }
      }),
  };
}

/** As campaigns make them (traceFromSeed), but for the slots and the longest, which are the commands'. */
function traceOf(target: SimulatedTarget, seed: string, run: number): Trace {
  const random = randomFrom(deriveSeed(seed, 'trace', run));
  const profile = randomProfile(random, target.contract, { maxLength: LONGEST });
  return randomTrace(random, { ...profile, slots: SLOTS }, target.contract);
}

function commands(
  target: SimulatedTarget,
  name: string,
  constraints: fc.CommandsContraints,
  numRuns: number,
): Contender {
  const arbitrary = fc.commands(commandArbitraries(SLOTS), constraints);
  const real = new Real(target);
  const setup = (): { model: Model; real: Real } => {
    real.begin();
    return { model: { live: [], justFreed: -1 }, real };
  };
  const property = fc.property(arbitrary, (cmds) => {
    fc.modelRun(setup, cmds);
    real.end();
  });
  return {
    name,
    round: (number) => timed(numRuns, real, () => fc.assert(property, { seed: number, numRuns })),
  };
}

function timed(runs: number, counter: { readonly calls: number }, work: () => void): Round {
  const before = counter.calls;
  const started = performance.now();
  work();
  const elapsedMs = performance.now() - started;
  return { runs, calls: counter.calls - before, elapsedMs };
}

/** Nobody judges: what execution alone costs. */
class Looking implements Visitor {
  calls = 0;

  begin(): void {}

  step(step: Parameters<Visitor['step']>[0]): boolean {
    if (step.outcome !== 'skipped') this.calls += 1;
    return true;
  }

  end(): void {}
}

/** By subtraction: generate; generate and execute; all three. On the same traces, medians of rounds. */
function breakdown(target: SimulatedTarget, seed: string): (string | number)[][] {
  const looking = new Looking();
  const judging = new Judging(new Judge(target.contract));
  const stages: Contender[] = [
    { name: 'generate', round: (n) => staged(target, seed, n, undefined) },
    { name: 'execute', round: (n) => staged(target, seed, n, looking) },
    { name: 'judge', round: (n) => staged(target, seed, n, judging) },
  ];
  const rounds = alternate(stages);
  const calls = (rounds.get(stages[2] as Contender) as Round[]).map((round) => round.calls);
  const upTo = stages.map((stage) => {
    const times = (rounds.get(stage) as Round[]).map(({ elapsedMs }, i) => elapsedMs / calls[i]!);
    return median(times) * 1e6;
  });
  const whole = upTo[2] as number;
  return stages.map(({ name }, i) => {
    const own = (upTo[i] as number) - (upTo[i - 1] ?? 0);
    return [name, Math.round(own), `${((100 * own) / whole).toFixed(0)}%`];
  });
}

function staged(
  target: SimulatedTarget,
  seed: string,
  number: number,
  visitor: (Visitor & { readonly calls: number }) | undefined,
): Round {
  return timed(RUNS, visitor ?? { calls: 0 }, () => {
    for (let run = 0; run < RUNS; run++) {
      const trace = traceOf(target, `${seed}/stages/${number}`, run);
      if (visitor !== undefined) target.run(trace, 'hunting', visitor);
    }
  });
}
