import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../src/check/finding.ts';
import { osmem } from '../src/contract/osmem.ts';
import { classPage } from '../src/grade/class-page.ts';
import type { GradedSubmission } from '../src/grade/graded.ts';
import { defaultRubric } from '../src/grade/rubric.ts';
import { weigh } from '../src/grade/weigh.ts';
import { INVARIANTS } from '../src/oracle/invariants.ts';
import { findingJson } from '../src/report/json.ts';
import { requireBrowser } from './support/browser.ts';
import { anyViolation, findingOf } from './support/outside.ts';

const HOSTILE = '<img src=x onerror=alert(1)>"\'&\u202e\u0007';
const rubric = defaultRubric(osmem);
const judged = new Map(INVARIANTS.map(({ name }) => [name, 9]));

function graded(id: string, findings: readonly Finding[]): GradedSubmission {
  return {
    id,
    name: id,
    state: 'graded',
    reason: null,
    maximum: rubric.maximum,
    ...weigh(rubric, findings, judged),
    findings: findings.map((each) => findingJson(each, undefined)),
    isolation: 'bubblewrap',
    contract: 'osmem',
    seed: 's',
    budget: '1000runs',
    runs: 1000,
    ops: 60_000,
    elapsedMs: 1234,
  };
}

const bad: Finding = {
  ...findingOf('a 0 1'),
  violation: { ...anyViolation, says: HOSTILE, cause: HOSTILE },
};
const lost = { ...graded('no-build', []), state: 'does-not-build', marks: 0 } as const;
const results = [
  { graded: graded('ana', []), hash: 'h1' },
  { graded: graded(HOSTILE, [bad]), hash: 'h2' },
  { graded: graded('bob', [bad]), hash: 'h1' },
  { graded: { ...lost, tests: [], tiers: [], reason: HOSTILE }, hash: '' },
];
const page = classPage(HOSTILE, rubric, results);

test('the page of a class has its submissions, causes and twins, and nothing that strangers wrote runs', () => {
  expect(page).not.toContain('<img');
  expect(page).not.toMatch(/\p{Cf}|[^\P{Cc}\n]/u);
  expect(page).not.toMatch(/<script|https?:|\son\w+="/);
  expect(page).toContain('4 submissions: 3 graded, 1 not building');
  expect(page).toMatch(/contents: .*<td class="number">2<\/td>/);
  expect(page).toMatch(/byte for byte[\s\S]*>ana<\/a>, [^\n]*>bob<\/a>/);
  expect(page.match(/<td class="lost">✗ 0<\/td>/g)).toHaveLength(2);
});

test('the page of the same class is the same, whatever the time that it took', () => {
  const later = results.map(({ graded: each, hash }) => ({
    graded: { ...each, elapsedMs: each.elapsedMs + 5000 },
    hash,
  }));
  expect(classPage(HOSTILE, rubric, later)).toBe(page);
});

test('two who are called the same are told apart by their files, and nobody else is', () => {
  const called = (id: string) => ({
    graded: { ...graded(id, [bad]), name: id.slice(0, 3) },
    hash: 'h',
  });
  const told = classPage('c', rubric, ['ana.c', 'ana.zip', 'bob.c'].map(called));
  for (const who of ['ana.c', 'ana.zip', 'bob']) {
    expect(told.match(new RegExp(`>${who}</a>`, 'g'))).toHaveLength(3); // a cause, the table, the twins
  }
  expect(told).not.toContain('>ana</a>');
});

test('a class without marks, findings or anybody in it says so', () => {
  const refused = { ...graded('r', []), state: 'refused', marks: null, tests: [] } as const;
  const none = classPage('c', rubric, [{ graded: refused, hash: '' }]);
  expect(none).toContain('<p>1 submission: 1 refused.</p>');
  expect(none).toContain('<p>There are no marks.</p>');
  expect(none).toContain('<p>Nothing was found.</p>');
  expect(none).not.toContain('byte for byte');
  expect(none).toContain(`<td colspan="${rubric.lines.length + 1}">refused</td>`);
  expect(classPage('c', rubric, [])).not.toContain('<footer>');
});

test('a line that never came to be judged is marked as that, not as lost or kept', () => {
  const unseen = new Map(judged).set('zeroing', 0);
  const each = { ...graded('u', []), ...weigh(rubric, [], unseen) };
  const shown = classPage('c', rubric, [{ graded: each, hash: '' }]);
  expect(shown.match(/<td class="unshown">\? 0<\/td>/g)).toHaveLength(1);
  expect(shown.match(/<td class="kept">/g)).toHaveLength(rubric.lines.length - 1);
});

const browser = requireBrowser();
describe.runIf(browser !== undefined)('in a browser', () => {
  test.each(['light', 'dark'] as const)(
    'the page of a class breaks no rule of axe, %s',
    async (colorScheme) => {
      const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
      const running = await chromium.launch({ executablePath: browser as string, args });
      try {
        const context = await running.newContext({ bypassCSP: true, colorScheme });
        const opened = await context.newPage();
        const complaints: string[] = [];
        opened.on('console', (message) => complaints.push(message.text()));
        await opened.setContent(page);
        const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
        await opened.evaluate(readFileSync(axe, 'utf8'));
        const broken = await opened.evaluate<string[]>(
          'axe.run().then(({ violations }) => violations.map(({ id }) => id))',
        );
        expect({ broken, complaints }).toEqual({ broken: [], complaints: [] });
      } finally {
        await running.close();
      }
    },
  );
});
