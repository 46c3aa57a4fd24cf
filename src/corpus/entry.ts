// A corpus entry: a trace with what is known of it, as a file that a person reads and a machine runs. The
// name of the file is the hash of the trace, so the same trace is kept once whoever finds it.

import { createHash } from 'node:crypto';
import type { Finding } from '../check/finding.ts';
import { formatEntry, formatTrace, type TraceEntry } from '../trace/notation.ts';
import type { Trace } from '../trace/trace.ts';

/** What an entry's header says of a verdict; absent fields were not recorded. */
export interface Record {
  readonly target: string | undefined;
  readonly contract: string | undefined;
  readonly verdict: 'passed' | 'failed' | undefined;
  /** A failed entry must show one of these; none: any violation will do. */
  readonly invariants: readonly string[];
}

export function recordOf({ header }: Pick<TraceEntry, 'header'>): Record {
  const verdict = header.get('verdict');
  return {
    target: header.get('target'),
    contract: header.get('contract'),
    verdict: verdict === 'passed' || verdict === 'failed' ? verdict : undefined,
    invariants: (header.get('invariant') ?? '').split(/[\s,]+/).filter((name) => name !== ''),
  };
}

/** The entry that keeps a finding. `found` is a date, `2026-11-23`. */
export function entryOf(
  finding: Finding,
  about: { readonly target: string; readonly contract: string; readonly found: string },
): TraceEntry {
  const { violation, trace } = finding;
  const header = new Map([
    ['target', about.target],
    ['contract', about.contract],
    ['verdict', 'failed'],
    ['invariant', violation.invariant],
    ['says', violation.says],
    ['found', about.found],
    ['seed', finding.seed],
    ['shrunk', `${finding.originalOps} -> ${trace.length} ops in ${finding.tries} tries`],
  ]);
  return { header, trace };
}

/** `9f2c41d07be3a815.trace`: the same for the same trace, whatever its header says. */
export function entryName(trace: Trace): string {
  const hash = createHash('sha256').update(formatTrace(trace)).digest('hex');
  return `${hash.slice(0, 16)}.trace`;
}

export function entryText(entry: TraceEntry): string {
  return formatEntry(entry);
}
