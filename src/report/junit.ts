// JUnit XML, as Jenkins, GitLab and most others read it (in the tests it is held to Jenkins' own schema). A target
// is a suite: each finding a case that fails, each invariant that was judged without one a case that
// passes; what is flaky is skipped, and what could not be decided is an error. A replayed trace is a suite of
// one case, and of one for each finding if it fails. No time of day: the same run gives the same file.

import builder from 'xmlbuilder';
import type { Failure, Outcome } from './outcome.ts';
import { bounded, oneLine, visible } from './plain.ts';

/** Characters: viewers show a message in a line, and the rest in a box. */
const MOST_MESSAGE = 1000;
const MOST_TEXT = 100_000;

export function junitXml(outcomes: readonly Outcome[]): string {
  const suites = outcomes.map((outcome) => suiteOf(outcome));
  const root = builder.create('testsuites', { version: '1.0', encoding: 'UTF-8' });
  root.att('name', 'allocheck').att(countsOf(suites.flatMap(({ cases }) => cases)));
  root.att('time', seconds(outcomes.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0)));
  for (const [at, suite] of suites.entries()) write(suite, at, root);
  return `${root.end({ pretty: true })}\n`;
}

interface Case {
  readonly name: string;
  readonly result?: Result;
}

interface Result {
  readonly kind: 'failure' | 'error' | 'skipped';
  readonly type: string;
  readonly message: string;
  readonly text: string;
}

interface Suite {
  readonly outcome: Outcome;
  readonly cases: readonly Case[];
}

function suiteOf(outcome: Outcome): Suite {
  const { failures, flaky, judged, verdict, says } = outcome;
  const wrong = new Set([...failures, ...flaky].map(({ rule }) => rule));
  const cases: Case[] = failures.map((failure) => caseOf(failure, 'failure'));
  for (const each of flaky) cases.push(caseOf(each, 'skipped'));
  for (const [name] of judged) if (!wrong.has(name)) cases.push({ name });
  if (verdict === 'unknown') {
    cases.push({
      name: 'verdict',
      result: { kind: 'error', type: 'unknown', message: says, text: says },
    });
  }
  if (cases.length === 0) cases.push({ name: 'verdict' });
  return { outcome, cases };
}

function caseOf({ title, tier, says, lines }: Failure, kind: Result['kind']): Case {
  const message = kind === 'skipped' ? `flaky: ${says}` : says;
  return { name: title, result: { kind, type: tier, message, text: lines.join('\n') } };
}

function write({ outcome, cases }: Suite, at: number, root: builder.XMLElement): void {
  const time = seconds(outcome.elapsedMs);
  const suite = root.ele('testsuite', { id: at, name: shown(outcome.name) });
  suite.att({ ...countsOf(cases), skipped: count(cases, 'skipped'), time });
  const properties = suite.ele('properties');
  for (const name of ['target', 'contract', 'seed', 'verdict'] as const) {
    properties.ele('property', { name, value: shown(outcome[name]) });
  }
  // What a case took by itself is not known; the first bears the time of all, so that sums are right.
  for (const [index, each] of cases.entries()) {
    const classname = shown(`allocheck.${outcome.contract}.${outcome.name.replaceAll('.', '_')}`);
    const element = suite.ele('testcase', { name: shown(each.name), classname });
    element.att('time', index === 0 ? time : seconds(0));
    if (each.result !== undefined) writeResult(each.result, element);
  }
}

/** The schema knows no attributes of what is skipped. */
function writeResult({ kind, type, message, text }: Result, element: builder.XMLElement): void {
  const whole = bounded(visible(text), MOST_TEXT);
  if (kind === 'skipped') element.ele(kind, `${shown(message)}\n${whole}`);
  else element.ele(kind, { type, message: shown(message) }, whole);
}

function countsOf(cases: readonly Case[]): Record<string, number> {
  return {
    tests: cases.length,
    failures: count(cases, 'failure'),
    errors: count(cases, 'error'),
  };
}

function count(cases: readonly Case[], kind: Result['kind']): number {
  return cases.filter(({ result }) => result?.kind === kind).length;
}

function shown(text: string): string {
  return bounded(oneLine(text), MOST_MESSAGE);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
