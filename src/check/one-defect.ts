// Findings that are one defect, told by more than one rule. They are put together only where the traces
// prove it: folding two defects into one would hide one of them.

import { addSizes, alignSize } from '../contract/size-t.ts';
import { MEMORY_LIMIT } from '../memory/address.ts';
import { formatTrace } from '../trace/notation.ts';
import { requested } from '../trace/trace.ts';
import type { Finding } from './finding.ts';
import { UNMERGED } from './unmerged.ts';

/** The findings in the order given, worst first: each takes in those after it that are the same defect. */
export function oneEachDefect(findings: readonly Finding[]): Finding[] {
  const kept: Finding[] = [];
  for (const finding of findings) {
    const same = kept.findIndex((worse) => isSameDefect(worse, finding));
    if (same < 0) kept.push(finding);
    else kept[same] = withAlso(kept[same] as Finding, finding);
  }
  return kept;
}

function withAlso(worse: Finding, { violation, also = [] }: Finding): Finding {
  return { ...worse, also: [...(worse.also ?? []), violation, ...also] };
}

/**
 * The same once their causes are known, for who reads them: findings with one established cause, and rules that one
 * call of one trace breaks at once, are told where they are worst. Each keeps the trace that shows it.
 */
export function oneEachCause(findings: readonly Finding[]): Finding[] {
  const told: Finding[] = [];
  for (const finding of findings) {
    const same = told.findIndex((worse) => isSameCause(worse, finding));
    const worse = told[same];
    if (worse === undefined) told.push(finding);
    else told[same] = withTrace(worse, finding);
  }
  return told;
}

function isSameCause(worse: Finding, other: Finding): boolean {
  if (worse.cause !== undefined && other.cause !== undefined) {
    return worse.cause.name === other.cause.name;
  }
  const isSameStep = worse.violation.step === other.violation.step;
  return isSameStep && formatTrace(worse.trace) === formatTrace(other.trace);
}

function withTrace(worse: Finding, { violation, trace, cause, also = [] }: Finding): Finding {
  const why = worse.cause ?? cause;
  return {
    ...worse,
    ...(why === undefined ? {} : { cause: why }),
    also: [...(worse.also ?? []), { ...violation, trace }, ...also],
  };
}

function isSameDefect(worse: Finding, other: Finding): boolean {
  if (other.violation.cause === UNMERGED) {
    const { invariant, opKind } = worse.violation;
    return invariant === 'coalescing' && opKind === other.violation.opKind;
  }
  const impossible = impossibleBy(other);
  return impossible !== '' && impossible === impossibleBy(worse);
}

/**
 * How the violating request cannot be had. Shrinking makes sizes small wherever it can, so such a request is
 * what is wrong, whatever comes of it; save that a syscall refused it, which is another defect.
 */
function impossibleBy({ violation, trace }: Finding): 'product' | 'wraps' | 'beyond' | '' {
  const op = trace[violation.step];
  if (op === undefined || violation.invariant === 'failure') return '';
  const bytes = requested(op);
  if (bytes === undefined) return 'product';
  const need = alignSize(bytes, 8);
  if (need === undefined || addSizes(need, LONGEST_HEADER) === undefined) return 'wraps';
  return bytes > MEMORY_LIMIT ? 'beyond' : '';
}

/** Bytes. */
const LONGEST_HEADER = 32;
