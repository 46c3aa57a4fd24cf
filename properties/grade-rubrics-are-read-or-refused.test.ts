import { expect, test } from 'vitest';
import type { Finding } from '../src/check/finding.ts';
import { CONTRACTS } from '../src/contract/contract-file.ts';
import { OperatingError } from '../src/contract/operating-error.ts';
import { osmem } from '../src/contract/osmem.ts';
import { defaultRubric, type Rubric, readRubric } from '../src/grade/rubric.ts';
import { weigh } from '../src/grade/weigh.ts';
import { INVARIANTS } from '../src/oracle/invariants.ts';
import type { InvariantName } from '../src/oracle/violation.ts';
import { anyViolation, findingOf } from './support/outside.ts';

const read = (rubric: unknown): Rubric => readRubric(JSON.stringify(rubric), 'r.json', osmem);
const refusal = (text: string): string => {
  try {
    readRubric(text, 'r.json', osmem);
  } catch (error) {
    if (error instanceof OperatingError) return error.message;
    throw error;
  }
  return 'it was taken';
};

test('the default is out of 100 for osmem, and has a line for each invariant', () => {
  const { maximum, lines } = defaultRubric(osmem);
  expect(maximum).toBe(100);
  expect(lines.map(({ invariant }) => invariant).sort()).toEqual(
    INVARIANTS.map(({ name }) => name).sort(),
  );
});

test('the default of another contract has lines for what it promises alone', () => {
  for (const contract of CONTRACTS) {
    const tiers = new Set(defaultRubric(contract).lines.map(({ tier }) => tier));
    expect(tiers.has('safety'), contract.name).toBe(true);
    expect(tiers.has('policy'), contract.name).toBe(contract.placement !== undefined);
  }
});

test('a rubric has the lines that it names, and what is worth nothing is left out', () => {
  const { lines, maximum, title } = read({
    title: 'T',
    tiers: { safety: { contents: 10, result: 0 }, policy: { placement: { points: 6, each: 2 } } },
  });
  expect({ title, maximum }).toEqual({ title: 'T', maximum: 16 });
  expect(lines.map(({ invariant, points, each }) => [invariant, points, each])).toEqual([
    ['contents', 10, 10],
    ['placement', 6, 2],
  ]);
});

test.each([
  ['{', /it is no JSON/],
  ['[]', /a rubric has "tiers"/],
  ['{}', /tiers/],
  ['{"tiers":{}}', /no points at all/],
  ['{"tiers":{"safety":{}},"x":1}', /x: there is no such key/],
  ['{"tiers":{"security":{}}}', /tiers\.security: there is no such key/],
  ['{"tiers":{"safety":{"placement":1}}}', /osmem has .*contents.* there, not placement/],
  ['{"tiers":{"safety":{"contents":-1}}}', /contents: points are not below 0/],
  ['{"tiers":{"safety":{"contents":"ten"}}}', /tiers\.safety\.contents: a line is its points/],
  ['{"tiers":{"safety":{"contents":1e300}}}', /contents: points are at most 10000/],
  ['{"tiers":{"safety":{"contents":{"points":1,"off":1}}}}', /a line is its points/],
  ['{"tiers":{"safety":{"contents":1}},"unjudged":"maybe"}', /unjudged: it is "lost" or "earned"/],
])('%s is refused in one line that says where', (text, says) => {
  const message = refusal(text);
  expect(message).toMatch(/^--rubric r\.json: [^\n]+$/);
  expect(message).toMatch(says);
});

const all = (times: number): Map<InvariantName, number> =>
  new Map(INVARIANTS.map(({ name }) => [name, times]));
const found = (invariant: InvariantName, cause: string): Finding => ({
  ...findingOf('a 0 1'),
  violation: { ...anyViolation, invariant, cause },
});

test('without findings all marks are earned', () => {
  const { marks, tiers } = weigh(defaultRubric(osmem), [], all(5));
  expect(marks).toBe(100);
  expect(tiers.map((each) => each.marks)).toEqual(tiers.map((each) => each.maximum));
});

test('a line is lost at most once, however many findings there are', () => {
  const findings = ['a', 'b', 'c'].map((cause) => found('contents', cause));
  const { marks, tests } = weigh(defaultRubric(osmem), findings, all(5));
  const line = tests.find(({ invariant }) => invariant === 'contents');
  expect(line?.losses.map(({ points }) => points)).toEqual([line?.maximum, 0, 0]);
  expect(marks).toBe(100 - (line?.maximum ?? 0));
});

test('where each defect has a price, one cause pays it once and the line is never below 0', () => {
  const rubric = read({ tiers: { policy: { placement: { points: 5, each: 2 } } } });
  const causes = ['slack', 'slack', 'not-best-fit', 'in-place', 'again'];
  const findings = causes.map((cause) => found('placement', cause));
  const { marks, tests } = weigh(rubric, findings, all(5));
  expect(tests[0]?.losses.map(({ points }) => points)).toEqual([2, 0, 2, 1, 0]);
  expect(marks).toBe(0);
});

test('findings of one established cause are one defect, paid for where it is worst', () => {
  const cause = { name: 'grown-over-a-live-block', says: 's', evidence: [] };
  const findings = [
    { ...found('disjointness', 'overlap'), cause },
    { ...found('status', 'unwalked'), cause },
    found('contents', 'changed'),
  ];
  const { tests, marks } = weigh(defaultRubric(osmem), findings, all(5));
  const lost = tests.filter(({ losses }) => losses.length > 0);
  expect(lost.map(({ invariant }) => invariant)).toEqual(['disjointness', 'contents']);
  expect(marks).toBe(100 - 8 - 8);
  const unpriced = read({ tiers: { structure: { status: 5 } } });
  expect(weigh(unpriced, findings, all(5)).marks).toBe(0);
});

test('a line that never came to be judged earns nothing, unless the rubric says so', () => {
  const judged = new Map(all(5)).set('zeroing', 0);
  const strict = { tiers: { safety: { zeroing: 4, contents: 6 } } };
  expect(weigh(read(strict), [], judged).marks).toBe(6);
  expect(weigh(read({ ...strict, unjudged: 'earned' }), [], judged).marks).toBe(10);
});

test('who never gives out memory has no marks at all, whatever the rubric says', () => {
  const judged = new Map(all(500)).set('alignment', 0);
  const rubric = read({ unjudged: 'earned', tiers: { safety: { termination: 10, result: 5 } } });
  expect(weigh(rubric, [found('result', 'null')], judged).marks).toBe(0);
});

test('marks add up without the noise of fractions', () => {
  const rubric = read({ tiers: { safety: { contents: 0.1, zeroing: 0.2, result: 0.3 } } });
  expect(weigh(rubric, [], all(1)).marks).toBe(0.6);
});
