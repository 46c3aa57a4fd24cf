// SARIF 2.1.0 (OASIS), for code scanning: a rule for each invariant, a result for each finding, at the definition of
// the C function that was called, or at the line that crashed, where the C files show it. What fails is an error, what is
// flaky a warning.

import type { Location, Log, ReportingDescriptor, Result } from 'sarif';
import type { Tier } from '../contract/contract.ts';
import { INVARIANTS } from '../oracle/invariants.ts';
import { type Failure, type Outcome, whereabouts } from './outcome.ts';
import { bounded, oneLine, visible } from './plain.ts';
import type { SourcePlace } from './source-place.ts';

const SCHEMA =
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
/** Relative paths are read from the root of the repository. */
const ROOT = '%SRCROOT%';
const MOST_SENTENCE = 1000;
const MOST_TEXT = 20_000;

/** `version` is that of this tool. */
export function sarifJson(outcomes: readonly Outcome[], version: string): string {
  const log: Log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'allocheck', semanticVersion: version, version, rules: RULES } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: {
          [ROOT]: { description: { text: 'The root of the repository that was checked.' } },
        },
        invocations: [
          {
            executionSuccessful: outcomes.every(({ verdict }) => verdict !== 'unknown'),
            toolExecutionNotifications: outcomes
              .filter(({ verdict }) => verdict === 'unknown')
              .map(({ says }) => ({ level: 'warning', message: { text: sentence(says) } })),
          },
        ],
        results: outcomes.flatMap(resultsOf),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

const RULES: ReportingDescriptor[] = [
  ...INVARIANTS.map(({ name, statement, tier }) => ruleOf(name, statement, tier)),
  ruleOf('record', 'A replayed trace goes as it was recorded.', 'policy'),
];

function ruleOf(id: string, text: string, tier: Tier): ReportingDescriptor {
  return {
    id,
    shortDescription: { text },
    fullDescription: { text },
    defaultConfiguration: { level: 'error' },
    properties: { tier, tags: ['memory', tier] },
  };
}

function resultsOf(outcome: Outcome): Result[] {
  const { failures, flaky } = outcome;
  return [
    ...failures.map((failure) => resultOf(failure, 'error', outcome)),
    ...flaky.map((failure) => resultOf(failure, 'warning', outcome)),
  ];
}

function resultOf(
  failure: Failure,
  level: 'error' | 'warning',
  { target, contract, seed }: Outcome,
): Result {
  const { rule, key, says, tier, lines, replay } = failure;
  const flaky = level === 'warning' ? 'Flaky: ' : '';
  const where = whereabouts(failure);
  const details = bounded(visible(lines.join('\n')), MOST_TEXT);
  return {
    ruleId: rule,
    ruleIndex: RULES.findIndex(({ id }) => id === rule),
    level,
    message: { text: sentence(`${flaky}${says}${where === '' ? '' : ` (${where})`}`) },
    locations: locationsOf(failure),
    partialFingerprints: { 'allocheckCause/v1': sentence(`${contract}/${key} of ${target}`) },
    properties: {
      tier,
      target: sentence(target),
      seed: sentence(seed),
      replay: bounded(visible(replay), MOST_TEXT),
      details,
    },
  };
}

function locationsOf({ called, place }: Failure): Location[] {
  if (called === undefined) return [];
  const location: Location = { logicalLocations: [{ name: called, kind: 'function' }] };
  if (place !== undefined) location.physicalLocation = physical(place);
  return [location];
}

function physical({ path, line }: SourcePlace): NonNullable<Location['physicalLocation']> {
  const region = { startLine: line };
  if (path.startsWith('/')) return { artifactLocation: { uri: `file://${uri(path)}` }, region };
  return { artifactLocation: { uri: uri(path), uriBaseId: ROOT }, region };
}

/** A first part with a colon would be read as a scheme: encodeURIComponent sees to that. */
function uri(path: string): string {
  const wellFormed = Buffer.from(path).toString();
  return wellFormed.split('/').map(encodeURIComponent).join('/');
}

function sentence(text: string): string {
  return bounded(oneLine(text), MOST_SENTENCE);
}
