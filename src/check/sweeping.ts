// Sweeps in a campaign: of some of its runs, one thing that they asked of the system is refused, and then what they
// asked for after that, too. Random traces arm failures as they come, and most hit nothing: few calls ask the system
// at all, and the first, which decides how an allocator begins, is met by one in hundreds.
//
// Measured in campaigns that stop at their first finding, calls until then, ten seeds each: the 20 broken allocators of
// this project that need a failing syscall take a third of what they take without (the geometric mean of the medians),
// seven that need none, and are found late, as many: fuzz/bench/sweeps.md.

import { type Contract, judges } from '../contract/contract.ts';
import type { Visitor } from '../target/target.ts';
import type { Run } from './hunt.ts';
import {
  type Asked,
  AskedLog,
  type Attempt,
  grantedOf,
  type SweepRunner,
  tryAll,
} from './sweep.ts';

/** One run in so many, at first and then: what shows where a syscall fails shows soon. */
const OFTEN = 8;
const SELDOM = 64;
const FIRST_RUNS = 128;

export class Sweeping {
  /** Sees the steps of the runs that may be swept. */
  readonly log: AskedLog;
  readonly #isOn: boolean;
  #runs = 0;
  #turns = 0;

  /** `isOn`: whether it is wanted; it is off, too, where the contract lets nothing fail. */
  constructor(beside: Visitor, contract: Contract, isOn: boolean) {
    this.log = new AskedLog(beside);
    this.#isOn = isOn && contract.interposed && judges(contract, 'robustness');
  }

  /** A batch was run, and this was asked for in it: what is to be refused of it. */
  turns(batch: readonly Run[]): Attempt[] {
    const attempts: Attempt[] = [];
    if (!this.#isOn) return attempts;
    for (const [index, run] of batch.entries()) {
      this.#runs += 1;
      if (this.#runs % (this.#runs <= FIRST_RUNS ? OFTEN : SELDOM) !== 0) continue;
      const refusal = this.#choose(this.log.all[index] ?? []);
      if (refusal !== undefined) attempts.push({ run, refusal });
    }
    return attempts;
  }

  /** The first in every other turn, else each of them in its turn. */
  #choose(asked: readonly Asked[]): Asked | undefined {
    const granted = grantedOf(asked);
    const turn = this.#turns++;
    return granted[turn % 2 === 0 ? 0 : (turn >> 1) % Math.max(1, granted.length)];
  }
}

/** One refused in each, then the next as well. */
export async function sweepTurns(attempts: readonly Attempt[], runner: SweepRunner): Promise<void> {
  const seconds: Attempt[] = [];
  await tryAll(attempts, runner, (run, then) => {
    const refusal = grantedOf(then)[0];
    if (refusal !== undefined) seconds.push({ run, refusal });
  });
  await tryAll(seconds, runner, () => {});
}
