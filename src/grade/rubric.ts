// A rubric: what each invariant is worth. Points are for promises kept, so that a defect costs the same
// however often it shows; the tiers are those of the contract.

import * as v from 'valibot';
import { type Contract, judges, TIERS, type Tier } from '../contract/contract.ts';
import { OperatingError } from '../contract/operating-error.ts';
import { INVARIANTS } from '../oracle/invariants.ts';
import type { InvariantName } from '../oracle/violation.ts';

export interface Rubric {
  readonly title: string;
  readonly lines: readonly RubricLine[];
  /** The sum of all points. */
  readonly maximum: number;
  /** Whether a line that was never judged earns its points. `lost`: what was never seen was not shown. */
  readonly unjudged: Unjudged;
}

export interface RubricLine {
  readonly invariant: InvariantName;
  readonly tier: Tier;
  readonly statement: string;
  readonly points: number;
  /** Points that one defect costs; the line is never below 0. */
  readonly each: number;
}

export type Unjudged = 'lost' | 'earned';

/** Out of 100 where all is judged. Memory that cannot be trusted weighs more than a block at the wrong place. */
const DEFAULT_POINTS: Readonly<Record<InvariantName, number>> = {
  termination: 12,
  result: 6,
  alignment: 4,
  containment: 6,
  disjointness: 8,
  contents: 8,
  zeroing: 4,
  'realloc-prefix': 6,
  failure: 6,
  overflow: 6,
  'block-list': 6,
  status: 5,
  coalescing: 5,
  placement: 9,
  syscalls: 9,
};

const DEFAULT_TITLE = 'Memory allocator';
/** Points of one line: more is a slip of the keyboard. */
const MOST_POINTS = 10_000;

/** What `grade` marks by where no rubric is given: everything that the contract promises. */
export function defaultRubric(contract: Contract): Rubric {
  const lines = judged(contract).map(({ name, tier, statement }) => {
    const points = DEFAULT_POINTS[name];
    return { invariant: name, tier, statement, points, each: points };
  });
  return rubricOf(DEFAULT_TITLE, lines, 'lost');
}

/** Reads a rubric.json. Throws an OperatingError of one line that says where it is wrong. */
export function readRubric(text: string, name: string, contract: Contract): Rubric {
  const found = v.safeParse(RUBRIC, parsed(text, name));
  if (!found.success) throw refused(name, sayIssue(found.issues[0]));
  const { title, unjudged, tiers } = found.output;
  const lines = TIERS.flatMap((tier) => linesOf(tier, tiers[tier], name, contract));
  const worth = lines.filter(({ points }) => points > 0);
  if (worth.length === 0) throw refused(name, 'it gives no points at all');
  return rubricOf(title ?? DEFAULT_TITLE, worth, unjudged ?? 'lost');
}

const POINTS = v.pipe(
  v.number('points are a number'),
  v.finite('points are a number'),
  v.minValue(0, 'points are not below 0'),
  v.maxValue(MOST_POINTS, `points are at most ${MOST_POINTS}`),
);
const LINE = v.union(
  [POINTS, v.strictObject({ points: POINTS, each: v.optional(POINTS) })],
  'a line is its points (0 or more), or { "points": 10, "each": 5 }',
);
const LINES = v.record(v.string(), LINE, 'a tier holds its invariants: { "termination": 12 }');
const TIER_ENTRIES = {
  safety: v.optional(LINES),
  robustness: v.optional(LINES),
  structure: v.optional(LINES),
  policy: v.optional(LINES),
};
const RUBRIC = v.strictObject(
  {
    title: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200))),
    unjudged: v.optional(v.picklist(['lost', 'earned'], 'it is "lost" or "earned"')),
    tiers: v.strictObject(TIER_ENTRIES, `tiers are ${TIERS.join(', ')}`),
  },
  'a rubric has "tiers", and may have "title" and "unjudged"',
);
type RawLines = v.InferOutput<typeof LINES>;

function linesOf(
  tier: Tier,
  raw: RawLines | undefined,
  name: string,
  contract: Contract,
): RubricLine[] {
  const known = judged(contract).filter((each) => each.tier === tier);
  for (const invariant of Object.keys(raw ?? {})) {
    if (known.some((each) => each.name === invariant)) continue;
    const those = known.map((each) => each.name).join(', ') || 'no invariants';
    throw refused(name, `tiers.${tier}: ${contract.name} has ${those} there, not ${invariant}`);
  }
  return known.flatMap(({ name: invariant, statement }) => {
    const line = raw?.[invariant];
    if (line === undefined) return [];
    const points = typeof line === 'number' ? line : line.points;
    const each = typeof line === 'number' ? points : Math.min(line.each ?? points, points);
    return [{ invariant, tier, statement, points, each }];
  });
}

/** The invariants that the contract has rules for. */
function judged(contract: Contract) {
  const withHeap = contract.placement !== undefined;
  return INVARIANTS.filter(
    ({ tier, name }) =>
      judges(contract, tier) &&
      (withHeap || tier === 'safety' || tier === 'robustness') &&
      (contract.interposed || (name !== 'containment' && name !== 'failure')),
  ).sort((a, b) => TIERS.indexOf(a.tier) - TIERS.indexOf(b.tier));
}

function rubricOf(title: string, lines: readonly RubricLine[], unjudged: Unjudged): Rubric {
  const maximum = rounded(lines.reduce((sum, { points }) => sum + points, 0));
  return { title, lines, maximum, unjudged };
}

/** Points as people write them: no 0.30000000000000004. */
export function rounded(points: number): number {
  return Math.round(points * 1e6) / 1e6;
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refused(name, `it is no JSON: ${(error as Error).message.replaceAll(/\s+/g, ' ')}`);
  }
}

function sayIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  const unknownKey = issue.type === 'strict_object' && issue.expected === 'never';
  const says = unknownKey ? 'there is no such key' : issue.message;
  return path === null ? says : `${path}: ${says}`;
}

function refused(name: string, why: string): OperatingError {
  return new OperatingError(`--rubric ${name}: ${why}`);
}
