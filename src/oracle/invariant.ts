// What an invariant is: a named claim that must hold after every step, and a check that says when it
// does not. Checks are independent: each must catch its own kind of bug with all others off.

import type { Tier } from '../contract/contract.ts';
import type { OpKind } from '../trace/op.ts';
import type { Situation } from './situation.ts';
import type { InvariantName, Violation } from './violation.ts';

export interface Invariant {
  readonly name: InvariantName;
  /** What must hold, in one plain sentence. */
  readonly statement: string;
  /** The tier of its violations, save where one names its own. */
  readonly tier: Tier;
  /** Of one check, in terms of B (blocks in the heap) and L (live payloads). */
  readonly cost: string;
  /** Whether the step has anything that this invariant can judge. */
  applies(s: Situation): boolean;
  /** The violation at this step, or undefined. Called only where it applies. */
  check(s: Situation): Breach | undefined;
}

/** What a check found: the judge adds where and whose it is. */
export interface Breach {
  /** Stable, free of numbers: findings are one per invariant, op kind and cause. */
  readonly cause: string;
  readonly says: string;
  readonly clause: string;
  /** Where it differs from the invariant's. */
  readonly tier?: Tier;
  /** Nothing later in this trace is evidence, though the tier is not safety. */
  readonly damage?: boolean;
}

export function violationOf(invariant: Invariant, breach: Breach, s: Situation): Violation {
  return {
    invariant: invariant.name,
    tier: breach.tier ?? invariant.tier,
    says: breach.says,
    step: s.index,
    opKind: kindOf(s),
    cause: breach.cause,
    clause: breach.clause,
  };
}

/** realloc(NULL, n) is malloc(n) and realloc(p, 0) is free(p): what is wrong with them is one defect. */
function kindOf(s: Situation): OpKind {
  if (s.op.kind !== 'realloc') return s.op.kind;
  if (s.call === 'release') return 'free';
  return s.call === 'resize' ? 'realloc' : 'malloc';
}
