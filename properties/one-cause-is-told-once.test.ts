// Findings with one established cause, and rules that one call of one trace breaks, are told once, each with the
// trace that shows it; what nothing shows to be one is told apart, with a word on where to begin.

import { describe, expect, test } from 'vitest';
import type { Finding } from '../src/check/finding.ts';
import { oneEachCause } from '../src/check/one-defect.ts';
import { osmem } from '../src/contract/osmem.ts';
import { findingJson } from '../src/report/json.ts';
import { findingLines } from '../src/report/text.ts';
import { parseTrace } from '../src/trace/notation.ts';

function finding(invariant: 'disjointness' | 'status', trace: string, cause?: string): Finding {
  const ops = parseTrace(trace);
  const violation = {
    invariant,
    tier: invariant === 'status' ? ('structure' as const) : ('safety' as const),
    says: `${invariant} is broken`,
    step: ops.length - 1,
    opKind: 'realloc' as const,
    cause: invariant,
    clause: 'what is owed',
  };
  const told = cause === undefined ? {} : { cause: { name: cause, says: cause, evidence: ['e'] } };
  const rest = { originalOps: 9, tries: 1, seed: 's', before: undefined, after: undefined };
  return { violation, trace: ops, ...rest, ...told };
}

const OVERLAP = finding('disjointness', 'a 0 1; a 1 1; r 0 41', 'grown');
const STATUS = finding('status', 'a 0 1; a 1 1; r 0 9', 'grown');

describe('findings are told once', () => {
  test('if the same cause is established for them, where they are worst', () => {
    const [only, ...rest] = oneEachCause([OVERLAP, STATUS]);
    expect(rest).toEqual([]);
    expect(only?.violation).toBe(OVERLAP.violation);
    expect(only?.also).toEqual([{ ...STATUS.violation, trace: STATUS.trace }]);
    const text = findingLines(only!, 1, { contract: osmem, targetArguments: [] }).join('\n');
    expect(text).toContain("Also status: status is broken\n     by 'a 0 1; a 1 1; r 0 9'\n");
    expect(findingJson(only!, undefined).also).toEqual([
      {
        invariant: 'status',
        tier: 'structure',
        says: 'status is broken',
        trace: 'a 0 1\na 1 1\nr 0 9\n',
      },
    ]);
  });

  test('if one call of one trace breaks both rules, with the cause of either', () => {
    const bare = finding('disjointness', 'a 0 1; a 1 1; r 0 9');
    const told = oneEachCause([bare, STATUS]);
    expect(told.map(({ cause, also }) => [cause?.name, also?.length])).toEqual([['grown', 1]]);
    const text = findingLines(told[0]!, 1, { contract: osmem, targetArguments: [] }).join('\n');
    expect(text).toContain('Also status: status is broken\n');
    expect(text).not.toContain("by 'a 0 1; a 1 1; r 0 9'");
  });

  test('and apart if their causes differ, or neither cause nor trace is the same', () => {
    const other = finding('status', 'a 0 1; a 1 1; r 0 41', 'another');
    expect(oneEachCause([OVERLAP, other])).toEqual([OVERLAP, other]);
    const bare = finding('status', 'a 0 1; a 1 1; r 0 9');
    expect(oneEachCause([OVERLAP, bare])).toEqual([OVERLAP, bare]);
  });
});
