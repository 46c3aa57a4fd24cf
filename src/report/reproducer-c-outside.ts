// Findings outside of the driver: each as a C program, compiled with the target's own files and run.

import type { Finding, Reproducer } from '../check/finding.ts';
import type { Contract } from '../contract/contract.ts';
import { ReproducerRunner, type ReproducerTarget } from '../target/reproducer-run.ts';
import { reproducerC } from './reproducer-c.ts';

/** The program of one target's findings; close it when all are shown. */
export class Outside {
  readonly #target: ReproducerTarget;
  readonly #contract: Contract;
  /** Made for the first finding: most checks find nothing. */
  #runner: ReproducerRunner | undefined;

  /** `contract`: as the target has it, which knows how its init function is written. */
  constructor(target: ReproducerTarget, contract: Contract) {
    this.#contract = contract;
    this.#target = { ...target, defines: contract.defines ?? [] };
  }

  /** Undefined where there is nothing that a program could assert. */
  readonly show = async ({ violation, trace }: Finding): Promise<Reproducer | undefined> => {
    this.#runner ??= new ReproducerRunner(this.#target);
    const { build } = this.#runner;
    const source = reproducerC({ violation, trace, contract: this.#contract, build });
    if (source === undefined) return undefined;
    const { outcome, says } = await this.#runner.run(source);
    return { source, reproduced: outcome === 'failed', says };
  };

  close(): void {
    this.#runner?.close();
  }
}
