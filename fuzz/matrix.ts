// Each invariant alone, all others off: which mutants does it kill? One judge for each invariant looks at
// the same executions, which is what separate runs would show, for a fraction of the time.

import { traces } from '../src/generate/traces.ts';
import { INVARIANTS } from '../src/oracle/invariants.ts';
import { Judge } from '../src/oracle/judge.ts';
import type { InvariantName } from '../src/oracle/violation.ts';
import type { Beginning, Step } from '../src/target/execution.ts';
import { createSimulatedTarget, type SimulatedTarget } from '../src/target/simulated.ts';
import type { Visitor } from '../src/target/target.ts';
import type { Trace } from '../src/trace/trace.ts';
import { type Mutant, mutantTarget } from './mutant-list.ts';

export interface MatrixRow {
  readonly invariant: InvariantName;
  /** Names of the mutants that it kills with all others off. */
  readonly kills: readonly string[];
}

export function matrixRows(mutants: readonly Mutant[], seed: string, runs: number): MatrixRow[] {
  const kills = mutants.map((mutant) => ({
    name: mutant.name,
    by: killersOf(mutantTarget(mutant), seed, runs),
  }));
  return INVARIANTS.map(({ name: invariant }) => ({
    invariant,
    kills: kills.filter(({ by }) => by.has(invariant)).map(({ name }) => name),
  }));
}

/** The invariants that, alone, say something of the sound allocator: none, or the oracle is wrong. */
export function matrixSoundKills(seed: string, runs: number): InvariantName[] {
  return [...killersOf(createSimulatedTarget(), seed, runs)];
}

function killersOf(target: SimulatedTarget, seed: string, runs: number): Set<InvariantName> {
  const panel = new Panel(target);
  const source = traces(seed, target.contract);
  for (let run = 0; run < runs && !panel.isDecided; run++) {
    target.run(source.next().value.trace, 'hunting', panel);
  }
  return panel.killers;
}

/** Many judges, one execution: it goes on while any of them still looks. */
class Panel implements Visitor {
  readonly killers = new Set<InvariantName>();
  readonly #judges: ReadonlyMap<InvariantName, Judge>;
  /** Those that have not yet killed. */
  #sitting: [InvariantName, Judge][] = [];

  constructor(target: SimulatedTarget) {
    const { contract } = target;
    this.#judges = new Map(
      INVARIANTS.map(({ name }) => [name, new Judge(contract, { only: new Set([name]) })]),
    );
  }

  get isDecided(): boolean {
    return this.killers.size === this.#judges.size;
  }

  begin(_trace: Trace, beginning: Beginning): void {
    this.#sitting = [...this.#judges].filter(([name]) => !this.killers.has(name));
    for (const [, judge] of this.#sitting) judge.begin(beginning);
  }

  step(step: Step): boolean {
    for (const [name, judge] of this.#sitting) {
      if (judge.step(step).length > 0) this.killers.add(name);
    }
    this.#sitting = this.#sitting.filter(([name, judge]) => !judge.over && !this.killers.has(name));
    return this.#sitting.length > 0;
  }

  end(): void {}
}
