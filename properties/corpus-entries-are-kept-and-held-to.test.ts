// Entries: named by their trace, written whole, listed in one order, and held to what they record.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { campaign } from '../src/check/campaign.ts';
import { OperatingError } from '../src/contract/operating-error.ts';
import { entryName, entryOf, recordOf } from '../src/corpus/entry.ts';
import { replay } from '../src/corpus/replay.ts';
import { listTraceFiles, readText, saveEntry } from '../src/corpus/store.ts';
import { replayJson } from '../src/report/json.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { readTraceFile } from '../src/trace/trace-file.ts';
import { brokenTarget } from './support/broken-targets.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'allocheck-corpus-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function findingOf(bug: string) {
  const target = brokenTarget(bug);
  const report = await campaign({ target, seed: '1', budget: { kind: 'runs', runs: 50 } });
  const [finding] = report.findings;
  if (finding === undefined) throw new Error('nothing found');
  return finding;
}

describe('an entry', () => {
  test('comes back from its file as it was, verdict and all', async () => {
    const finding = await findingOf('never-splits');
    const about = { target: 'never-splits', contract: 'osmem', found: '2026-11-23' };
    const path = saveEntry(join(folder, 'new', 'deep'), entryOf(finding, about));
    const file = readTraceFile(readText(path), path);
    expect(file.trace).toEqual(finding.trace);
    expect(recordOf(file)).toEqual({
      target: 'never-splits',
      contract: 'osmem',
      verdict: 'failed',
      invariants: [finding.violation.invariant],
    });
    expect(file.header.get('found')).toBe('2026-11-23');
  });

  test('is named by its trace alone, and kept once', () => {
    const trace = parseTrace('a 0 24; f 0');
    const at = join(folder, 'once');
    const first = saveEntry(at, { header: new Map([['verdict', 'passed']]), trace });
    const second = saveEntry(at, { header: new Map(), trace: parseTrace('a 0 0x18\nf 0\n') });
    expect(second).toBe(first);
    expect(readText(first)).toContain('# verdict: passed');
    expect(readdirSync(at)).toEqual([entryName(trace)]);
    expect(entryName(trace)).toMatch(/^[0-9a-f]{16}\.trace$/);
    expect(entryName(parseTrace('a 0 25; f 0'))).not.toBe(entryName(trace));
  });

  test('that cannot be written is an operating error', () => {
    writeFileSync(join(folder, 'file'), '');
    const entry = { header: new Map<string, string>(), trace: [] };
    expect(() => saveEntry(join(folder, 'file'), entry)).toThrow(OperatingError);
  });

  test('may name no verdict, or one that nobody knows', () => {
    expect(recordOf({ header: new Map([['verdict', 'maybe']]) })).toEqual({
      target: undefined,
      contract: undefined,
      verdict: undefined,
      invariants: [],
    });
  });
});

describe('a folder', () => {
  test('is listed below, in the order of its paths, traces only', () => {
    const at = join(folder, 'list');
    mkdirSync(join(at, 'b'), { recursive: true });
    for (const name of ['z.trace', 'a.rep', 'b/x.ref', 'b/y.script', 'README.md', 'b/prog.c']) {
      writeFileSync(join(at, name), '');
    }
    const names = ['a.rep', 'b/x.ref', 'b/y.script', 'z.trace'];
    expect(listTraceFiles(at)).toEqual(names.map((name) => join(at, name)));
    expect(listTraceFiles(join(at, 'README.md'))).toEqual([join(at, 'README.md')]);
  });

  test('that is not there is an operating error in the words of the user', () => {
    expect(() => listTraceFiles('/no/such', 'such')).toThrow(/cannot read such: there is no such/);
    expect(() => readText(folder)).toThrow(/it is a folder/);
  });
});

describe('a replay', () => {
  const run = (text: string, target = createSimulatedTarget(), name = 'x.trace') =>
    replay(target, readTraceFile(text, name), name);
  const broken = (text: string, name?: string) =>
    run(text, brokenTarget('never-splits') as never, name);

  test.each([
    ['a 0 24; f 0', true, 'passed'],
    ['# verdict: passed\na 0 24', true, 'passed'],
    ['# verdict: failed\na 0 24', false, 'recorded as failed, but passed'],
    [
      '# verdict: failed\n# invariant: placement\na 0 24',
      false,
      'recorded as failed (placement), but passed',
    ],
    ['# verdict: failed\n# target: another\na 0 24', true, 'passed'],
  ])('of a sound target: %j', async (text, held, outcome) => {
    expect(await run(text)).toMatchObject({ held, outcome });
  });

  test.each([
    ['a 0 24; f 0', false, 'failed: placement'],
    ['# verdict: passed\na 0 24', false, 'failed: placement'],
    ['# verdict: failed\na 0 24', true, 'failed as recorded'],
    [
      '# verdict: failed\n# invariant: status, placement\na 0 24',
      true,
      'failed as recorded (status, placement)',
    ],
    [
      '# verdict: failed\n# invariant: status\na 0 24',
      false,
      'recorded as failed (status), but failed: placement',
    ],
  ])('of a broken target: %j', async (text, held, outcome) => {
    expect(await broken(text)).toMatchObject({ held, outcome });
  });

  const record = (size: string, at: string) =>
    [
      `os_malloc (['${size}'])    = HeapStart + ${at}`,
      "  brk (['0'])                = HeapStart + 0x0",
      "  brk (['HeapStart + 0x20000']) = HeapStart + 0x20000",
      '+++ exited (status 0) +++',
    ].join('\n');

  test('of a course record is held to each result and syscall', async () => {
    const equal = await run(record('10', '0x20'), undefined, 'x.ref');
    expect(equal).toMatchObject({ held: true, outcome: 'equal to the record', differences: [] });
    const differs = await run(record('10', '0x28'), undefined, 'x.ref');
    expect(differs.held).toBe(false);
    expect(differs.outcome).toMatch(/^differs from the record at line 1: expected .*28.*but got/);
  });

  test('of a course record asks for nothing else: what violates the contract is only told', async () => {
    const seen = await broken(record('10', '0x20'), 'x.ref');
    expect(seen).toMatchObject({
      held: true,
      outcome: 'equal to the record, though it violates placement',
      differences: [],
    });
    expect(seen.findings).toHaveLength(1);
    expect(replayJson(seen)).toMatchObject({
      verdict: 'passed',
      findings: [{ tier: 'structure' }],
    });
  });

  test('of a long trace that seems sound is not looked at byte by byte', async () => {
    const long = await run('a 0 100000\nf 0\n'.repeat(2000));
    expect(long).toMatchObject({ held: true, ops: 4000 });
  });
});
