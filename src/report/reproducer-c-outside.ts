// Findings outside of the driver: each as a C program, compiled with the target's own files and run.

import type { Finding, Reproducer } from '../check/finding.ts';
import type { Contract } from '../contract/contract.ts';
import type { Violation } from '../oracle/violation.ts';
import { ReproducerRunner, type ReproducerTarget } from '../target/reproducer-run.ts';
import { type ReproducerRequest, reproducerC } from './reproducer-c.ts';

type Manner = Pick<ReproducerRequest, 'rehearsed' | 'sparse'>;

const SPARSE: Manner = { sparse: true };
const REHEARSED: Manner = { rehearsed: true };

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

  /** Undefined where there is nothing that a program could assert. What the program does not show may need
   * payloads that are not wholly written, or what an earlier trace left in the target. */
  readonly show = async (
    finding: Finding,
    signal?: AbortSignal,
  ): Promise<Reproducer | undefined> => {
    const first = await this.#run(finding, {}, signal);
    if (first === undefined || first.reproduced) return first;
    for (const manner of this.#contract.initAgain ? [SPARSE, REHEARSED] : [SPARSE]) {
      const other = await this.#run(finding, manner, signal);
      if (other?.reproduced) return other;
    }
    return first;
  };

  async #run(
    { violation, trace }: Finding,
    manner: Manner,
    signal: AbortSignal | undefined,
  ): Promise<Reproducer | undefined> {
    this.#runner ??= new ReproducerRunner(this.#target);
    const { build } = this.#runner;
    const contract = this.#contract;
    const source = reproducerC({ violation, trace, contract, build, ...manner });
    if (source === undefined) return undefined;
    const { outcome, says } = await this.#runner.run(source, signal);
    if (outcome !== 'failed' && signal?.aborted) {
      return { source, reproduced: undefined, says: 'the time was up' };
    }
    const reason = outcome === 'held' ? whyHeld(violation) : says;
    return { source, reproduced: outcome === 'failed', says: reason };
  }

  close(): void {
    this.#runner?.close();
  }
}

/** Why a program need not fail that makes the calls of a finding; empty where nobody knows. */
function whyHeld({ cause }: Violation): string {
  switch (cause) {
    case 'hung':
      return 'it ran to its end, no call taking 2 s of processor time';
    case 'changed-block':
      return 'it ran to its end, as what has changed is a header, which no program reads';
    default:
      return '';
  }
}
