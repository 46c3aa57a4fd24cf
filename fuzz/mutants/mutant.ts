// A mutant: our allocator with one seeded bug, and the invariants that must see it. `kills` was written
// down before the mutant ever ran: it says what the bug breaks, not what happened to be found.

import { type AllocatorParts, soundParts } from '../../src/allocator/parts.ts';
import type { InvariantName } from '../../src/oracle/violation.ts';

export interface Mutant {
  readonly name: string;
  /** The bug, as its author would tell it. */
  readonly story: string;
  /** It must be killed, and by one of these. */
  readonly kills: readonly InvariantName[];
  readonly parts: AllocatorParts;
}

/** The sound allocator with some parts replaced. */
export function mutant(
  name: string,
  story: string,
  kills: readonly InvariantName[],
  parts: Partial<AllocatorParts>,
): Mutant {
  return { name, story, kills, parts: { ...soundParts, ...parts } };
}
