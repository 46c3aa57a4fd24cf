// How common each cause is: over a class, which submissions have it.

import type { InvariantName } from '../oracle/violation.ts';
import type { GradedSubmission } from './graded.ts';

export interface ClassCause {
  readonly invariant: InvariantName;
  /** Short and stable: `not-best-fit`. */
  readonly cause: string;
  /** Of the submissions that have it, in their order. */
  readonly ids: readonly string[];
  /** What was said of the first of them. */
  readonly says: string;
}

/** The commonest first; then by invariant and cause. */
export function causesOf(all: readonly GradedSubmission[]): ClassCause[] {
  const found = new Map<string, ClassCause & { readonly ids: string[] }>();
  for (const { id, tests, findings } of all) {
    for (const { invariant, losses } of tests) {
      for (const { cause, finding } of losses) {
        const key = `${invariant}/${cause}`;
        const says = findings[finding]?.says ?? '';
        const known = found.get(key) ?? { invariant, cause, ids: [], says };
        if (!known.ids.includes(id)) known.ids.push(id);
        found.set(key, known);
      }
    }
  }
  return [...found].sort(byCount).map(([, cause]) => cause);
}

function byCount([a, first]: [string, ClassCause], [b, second]: [string, ClassCause]): number {
  return second.ids.length - first.ids.length || (a < b ? -1 : 1);
}
