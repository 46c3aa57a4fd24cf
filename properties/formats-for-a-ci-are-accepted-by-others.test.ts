// JUnit by Jenkins' schema, SARIF by OASIS', annotations by GitHub's own toolkit, the summary by a parser of GitHub's
// Markdown: whatever strangers put in names and outputs.

import { readFileSync } from 'node:fs';
import * as toolkit from '@actions/core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { annotations, jobSummary, MOST_ANNOTATIONS } from '../src/report/github.ts';
import { junitXml } from '../src/report/junit.ts';
import type { Failure, Outcome } from '../src/report/outcome.ts';
import { sarifJson } from '../src/report/sarif.ts';
import { hostileText } from './support/hostile-text.ts';

const schema = (name: string): string =>
  readFileSync(new URL(`support/schemas/${name}`, import.meta.url), 'utf8');

const failure = fc.record({
  rule: fc.constantFrom('contents', 'syscalls', 'record'),
  tier: fc.constantFrom('safety', 'policy'),
  title: hostileText,
  key: hostileText,
  says: hostileText,
  lines: fc.array(hostileText, { maxLength: 3 }),
  replay: hostileText,
  called: fc.option(hostileText, { nil: undefined }),
  place: fc.option(
    fc.record({ path: hostileText, line: fc.integer({ min: 1, max: 9999 }), name: hostileText }),
    { nil: undefined },
  ),
}) as fc.Arbitrary<Failure>;

const outcome = fc.record({
  name: hostileText,
  target: hostileText,
  contract: hostileText,
  seed: hostileText,
  verdict: fc.constantFrom('passed', 'failed', 'unknown'),
  says: hostileText,
  elapsedMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
  judged: fc.constantFrom(new Map(), new Map([['contents', 3]])),
  failures: fc.array(failure, { maxLength: 3 }),
  flaky: fc.array(failure, { maxLength: 2 }),
}) as fc.Arbitrary<Outcome>;

const outcomes = fc.array(outcome, { maxLength: 3 });
const SEED = { seed: 4711 };

const quiet: Failure = {
  rule: 'contents',
  tier: 'safety',
  title: 'contents in free: changed',
  key: 'contents/free/changed',
  says: 'p0 changed: 50%, at heap+0x20',
  lines: ['1. safety: contents', '   p0 changed'],
  replay: "allocheck replay --target osmem.c 'a 0 1; f 0'",
  called: 'os_free',
  place: { path: 'src/a,b: c.c', line: 12, name: 'os_free' },
};

const calm: Outcome = {
  name: 'osmem.c',
  target: 'osmem.c',
  contract: 'osmem',
  seed: 's',
  verdict: 'failed',
  says: 'osmem.c: FAILED, 1 finding against osmem',
  elapsedMs: 1234.5,
  judged: new Map([
    ['contents', 3],
    ['zeroing', 2],
  ]),
  failures: [quiet],
  flaky: [{ ...quiet, rule: 'result', title: 'result in malloc: null' }],
};

describe('JUnit XML', () => {
  const accepted = async (texts: readonly string[]): Promise<void> => {
    const xml = texts.map((contents, at) => ({ fileName: `${at}.xml`, contents }));
    const { errors } = await validateXML({ xml, schema: schema('jenkins-junit.xsd') });
    expect(errors).toEqual([]);
  };

  test('is valid by the schema of Jenkins, whatever is in it', async () => {
    await accepted(fc.sample(outcomes, { ...SEED, numRuns: 200 }).map(junitXml));
  });

  test('is not valid by it once a suite has no name', async () => {
    await expect(accepted([junitXml([calm]).replace(' name="osmem.c"', '')])).rejects.toThrow();
  });

  test('fails a finding, skips what is flaky, passes what was judged, and counts them', () => {
    const xml = junitXml([calm]);
    const suite = /<testsuite id[^>]*>/.exec(xml)![0];
    expect(suite).toContain('tests="3" failures="1" errors="0" skipped="1" time="1.234"');
    expect(xml).toContain(
      '<testcase name="contents in free: changed" classname="allocheck.osmem.osmem_c"',
    );
    expect(xml).toContain('<failure type="safety" message="p0 changed: 50%, at heap+0x20">');
    expect(xml).toMatch(/<skipped>flaky: p0 changed/);
    expect(xml).toMatch(/<testcase name="zeroing"[^>]*\/>/);
    expect(xml).not.toContain('name="contents"');
  });

  test('has an error where nothing could be decided, and a case that passed where all is well', () => {
    const none = { ...calm, failures: [], flaky: [], judged: new Map() };
    expect(junitXml([{ ...none, verdict: 'unknown' }])).toContain('<error type="unknown"');
    expect(junitXml([{ ...none, verdict: 'passed' }])).toMatch(/<testcase name="verdict"[^>]*\/>/);
  });
});

describe('SARIF', () => {
  const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
  const isSarif = ajv.compile(JSON.parse(schema('sarif-2.1.0.json')));

  test('is valid by the schema of OASIS, whatever is in it', () => {
    fc.assert(
      fc.property(outcomes, (all) => {
        isSarif(JSON.parse(sarifJson(all, '1.2.3')));
        expect(isSarif.errors ?? []).toEqual([]);
      }),
      { ...SEED, numRuns: 200 },
    );
  });

  test('is not valid by it with a level that there is none of', () => {
    const text = sarifJson([calm], '1.2.3').replace('"level": "warning"', '"level": "bad"');
    expect(isSarif(JSON.parse(text))).toBe(false);
  });

  test('names the file from the root, the line and the function; what is flaky is a warning', () => {
    const { results, tool } = JSON.parse(sarifJson([calm], '1.2.3')).runs[0];
    expect(results.map(({ level }: { level: string }) => level)).toEqual(['error', 'warning']);
    const [{ physicalLocation, logicalLocations }] = results[0].locations;
    expect(physicalLocation.artifactLocation).toEqual({
      uri: 'src/a%2Cb%3A%20c.c',
      uriBaseId: '%SRCROOT%',
    });
    expect(physicalLocation.region).toEqual({ startLine: 12 });
    expect(logicalLocations[0].name).toBe('os_free');
    expect(results[0].message.text).toBe(`${quiet.says} (in os_free)`);
    expect(tool.driver.rules[results[0].ruleIndex].id).toBe('contents');
  });

  test('says that the run was no success where nothing could be decided', () => {
    const [invocation] = JSON.parse(sarifJson([{ ...calm, verdict: 'unknown' }], '1')).runs[0]
      .invocations;
    expect(invocation.executionSuccessful).toBe(false);
    expect(invocation.toolExecutionNotifications[0].message.text).toBe(calm.says);
  });
});

describe('annotations', () => {
  afterEach(() => vi.restoreAllMocks());

  test("are what GitHub's own toolkit writes of the same", () => {
    let written = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written += text;
      return true;
    });
    toolkit.error(`osmem.c: ${quiet.says} (in os_free)\n${quiet.replay}`, {
      title: `allocheck: ${quiet.title}`,
      file: quiet.place!.path,
      startLine: quiet.place!.line,
    });
    toolkit.warning('not decided\u2026 50%', { title: 'allocheck' });
    vi.restoreAllMocks();
    const doubt: Outcome = { ...calm, verdict: 'unknown', failures: [], says: 'not decided… 50%' };
    expect(annotations([calm, doubt])).toBe(written);
  });

  test('are one command a line, whatever is in them, with the properties that were meant', () => {
    fc.assert(
      fc.property(outcomes, (all) => {
        const lines = annotations(all).split('\n');
        expect(lines.pop()).toBe('');
        for (const line of lines) {
          expect(line).toMatch(
            /^::(?:error title=[^,:]*(?:,file=[^,:]*,line=\d+)?|warning title=allocheck|notice)::/,
          );
          expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        }
      }),
      { ...SEED, numRuns: 200 },
    );
  });

  test('are no more than GitHub shows, and say how many there would be', () => {
    const many = { ...calm, failures: Array.from({ length: MOST_ANNOTATIONS + 3 }, () => quiet) };
    const lines = annotations([many]).trimEnd().split('\n');
    expect(lines).toHaveLength(MOST_ANNOTATIONS + 1);
    expect(lines.at(-1)).toBe('::notice::and 3 findings more');
  });
});

describe('the summary', () => {
  const options = { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] };
  const tagsOf = (markdown: string): string[] =>
    [...micromark(markdown, options).matchAll(/<[!/?]?[a-zA-Z-][^>]*>/g)].map(([tag]) => tag);
  /** As many of each as the outcomes have; in this order no text has made one of its own. */
  const shape = (all: readonly Outcome[]): string[] =>
    all.flatMap(({ failures, flaky }) => {
      const count = failures.length + flaky.length;
      const row = (cell: string): string[] => [
        '<tr>',
        ...Array.from({ length: 4 }, () => [`<${cell}>`, `</${cell}>`]).flat(),
        '</tr>',
      ];
      const rows = Array.from({ length: count }, () => row('td')).flat();
      const table = ['<table>', '<thead>', ...row('th'), '</thead>', '<tbody>', ...rows];
      const details = '<details> <summary> </summary> <pre> <code class="language-text">';
      return [
        ...['<h3>', '</h3>', '<p>', '</p>'],
        ...(count === 0 ? [] : [...table, '</tbody>', '</table>']),
        ...Array.from({ length: count }, () =>
          `${details} </code> </pre> </details>`.split(/ (?=<)/),
        ).flat(),
      ];
    });

  test('has a heading, a table and what is behind it, and no markup of others', () => {
    fc.assert(
      fc.property(outcomes, (all) => {
        expect(tagsOf(jobSummary(all))).toEqual(shape(all));
      }),
      { ...SEED, numRuns: 200 },
    );
  });

  test('reads as the text that it was made of', () => {
    const html = micromark(jobSummary([calm]), options);
    expect(html).toContain(`<h3>${calm.says}</h3>`);
    expect(html).toContain(`<td>${quiet.title}: ${quiet.says}</td>`);
    expect(html).toContain('<td>in os_free (src/a,b: c.c:12)</td>');
  });

  test('stays below what GitHub takes, and says how much is left out', () => {
    const long = { ...quiet, lines: ['\u00e9'.repeat(200_000)] };
    const many = { ...calm, failures: Array.from({ length: 60 }, () => long), flaky: [] };
    const text = jobSummary([many]);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1 << 20);
    expect(text).toMatch(/and \d+ parts more than GitHub takes/);
    expect(Buffer.byteLength(jobSummary([many], 1000))).toBeLessThanOrEqual(1000);
  });
});
