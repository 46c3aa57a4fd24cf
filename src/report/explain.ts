// A finding explained: what happened, what was promised, the trace as C, the heap on both sides of the call,
// and the cause where one is established. A pure function of the finding: the evidence was taken by
// check/diagnose.ts.

import type { Cause } from '../check/causes/cause.ts';
import type { Finding, Where } from '../check/finding.ts';
import type { HeapWalk } from '../target/execution.ts';
import { callsOf, type Names } from './sentence.ts';

export interface Explanation {
  /** One sentence: what was seen. */
  readonly what: string;
  /** What is owed instead, in the words of the contract. */
  readonly clause: string;
  /** Where README.md says more of it. */
  readonly section: string;
  /** C, a line an op; the one that breaks the promise says so. */
  readonly trace: readonly string[];
  /** The blocks of the heap, a line each, by their distance from heap start; empty where they are not known. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly cause?: Cause;
}

const SECTION = 'What is judged';
const HURRIED = 'The time was up before its cause was looked for: replay takes that time.';

export function explain(finding: Finding, names: Names): Explanation {
  const { violation, trace, cause } = finding;
  const calls = callsOf(trace, names);
  return {
    what: violation.says,
    clause: violation.clause,
    section: `${SECTION}: ${violation.invariant}`,
    trace: calls.map((call, at) => statement(call, at === violation.step)),
    before: blocksOf(finding.before),
    after: blocksOf(finding.after),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** Armed failures are no C: they are said in a remark. */
function statement(call: string, breaks: boolean): string {
  const line = call.endsWith(')') ? `${call};` : `/* ${call} */`;
  return breaks ? `${line} /* here */` : line;
}

const STATUS = ['FREE', 'ALLOC', 'MAPPED'];

function blocksOf(walk: HeapWalk | undefined): string[] {
  if (walk === undefined) return [];
  const lines: string[] = [];
  for (let i = 0; i < walk.count; i++) {
    const status = walk.status[i] as number;
    const name = STATUS[status] ?? `status ${status}`;
    lines.push(`${offset(walk, walk.address[i] as number)} ${walk.payloadSize[i]} ${name}`);
  }
  if (walk.flaw !== '') lines.push(`${offset(walk, walk.flawAt)} ${walk.flaw}`);
  return [...lines, `${offset(walk, walk.end)} break`];
}

function offset({ start }: HeapWalk, address: number): string {
  return `heap+0x${(address - start).toString(16)}`;
}

/** `it crashed at osmem.c:75, in insert_sorted`, then who called it, the nearest first. */
export function whereLines({ what, lines }: Where): string[] {
  const [first, ...callers] = lines;
  if (first === undefined) return [];
  const place = `${what} at ${first.file}:${first.line}, in ${first.function}`;
  return [
    place,
    ...callers.map(({ file, line, function: name }) => `  called at ${file}:${line}, in ${name}`),
  ];
}

/** Why, and where in the source, as far as that could be established; and that there was no time for more. */
export function whyLines({ cause, where, hurried = false }: Finding): string[] {
  return [
    ...(cause === undefined ? [] : causeLines(cause)),
    ...(where === undefined ? [] : whereLines({ ...where, what: capital(where.what) })),
    ...(hurried ? [HURRIED] : []),
  ];
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** The cause, then what establishes it. */
export function causeLines({ says, evidence }: Cause): string[] {
  return [`Cause: ${says}.`, ...evidence.map((each) => `  - ${each}`)];
}
