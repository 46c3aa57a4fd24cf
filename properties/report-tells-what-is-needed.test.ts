// What a person and a machine are told of a finding.

import { describe, expect, test } from 'vitest';
import { type CampaignReport, campaign } from '../src/check/campaign.ts';
import type { Finding } from '../src/check/finding.ts';
import { osmem } from '../src/contract/osmem.ts';
import { blockLines } from '../src/report/blocks.ts';
import { jsonText, replayJson, verdictJson } from '../src/report/json.ts';
import { quoted, replayCommand } from '../src/report/replay-command.ts';
import { callsOf, counted, duration, grouped, sizeText } from '../src/report/sentence.ts';
import {
  differenceLines,
  reportText,
  seedLine,
  shrinkText,
  traceLines,
  verdictLine,
} from '../src/report/text.ts';
import { emptyWalk, type HeapWalk } from '../src/target/execution.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { brokenTarget } from './support/broken-targets.ts';

const finding: Finding = {
  violation: {
    invariant: 'placement',
    tier: 'structure',
    says: 'the block at heap+0x0 is 131032 bytes longer than the 8 needed',
    step: 1,
    opKind: 'malloc',
    cause: 'slack',
    clause: 'a block is split iff the rest can hold a block',
  },
  trace: parseTrace('x sbrk 2; a 0 1'),
  originalOps: 212,
  tries: 640,
  seed: 's',
  before: undefined,
  after: undefined,
};

const report: CampaignReport = {
  target: 'osmem.c',
  contract: 'osmem',
  seed: 's',
  verdict: 'failed',
  runs: 1204,
  replayed: 14,
  ops: 180_000,
  skipped: 20_000,
  judged: new Map([['placement', 90_000]]),
  elapsedMs: 65_000.4,
  cutShort: true,
  findings: [finding],
  flaky: [],
  census: undefined,
};

const context = { contract: osmem, targetArguments: ['--target', 'my osmem.c'] };

describe('the report in text', () => {
  const text = reportText(report, context);

  test('starts with the verdict and says how it was come by', () => {
    const lines = text.split('\n');
    expect(seedLine('s')).toBe('seed s\n');
    expect(lines[0]).toBe('osmem.c: FAILED, 1 finding against osmem');
    expect(lines[1]).toBe(
      '1,204 runs after 14 known traces, 180,000 calls judged in 1 min 5 s; 10% of ops skipped',
    );
    expect(text).toContain('judged: placement 90,000');
    expect(text).toContain('cut short: stopped, or too many calls hung');
  });

  test('gives invariant, tier, sentence, clause, size and the trace as C calls', () => {
    expect(text).toContain('1. structure: placement\n');
    expect(text).toContain(`   ${finding.violation.says}\n`);
    expect(text).toContain('The contract: a block is split iff the rest can hold a block.');
    expect(text).toContain('212 -> 2 ops in 640 tries');
    expect(text).toContain('   > a 0 1     # p0 = os_malloc(1)\n');
    expect(text).toContain('x sbrk 2  # the 2nd sbrk/brk growth from here fails with ENOMEM');
  });

  test('ends each finding with a command that a shell understands', () => {
    expect(text).toContain("allocheck replay --target 'my osmem.c' 'x sbrk 2; a 0 1'");
    expect(quoted("it's")).toBe("'it'\\''s'");
    const long = { ...finding, trace: parseTrace('a 0 1; f 0;'.repeat(20_000)) };
    expect(replayCommand(long, [])).toContain('too long for a command line');
  });

  test('has a word for each verdict', () => {
    expect(verdictLine({ ...report, verdict: 'passed' })).toContain('PASSED');
    expect(verdictLine({ ...report, verdict: 'unknown' })).toContain('UNKNOWN');
    expect(shrinkText({ ...finding, tries: 1 })).toBe('212 -> 2 ops in 1 try');
    expect(shrinkText({ ...finding, tries: 0 })).toBe('2 ops, not shrunk');
  });

  test('of nothing at all divides by nothing', () => {
    const none = { ...report, ops: 0, skipped: 0, findings: [], judged: new Map(), replayed: 0 };
    expect(reportText({ ...none, elapsedMs: 0 }, context)).toContain('0 calls judged in 0.0 s; 0%');
  });

  test('shows a long trace around the op that matters', () => {
    const trace = parseTrace('a 0 1; f 0;'.repeat(100));
    const lines = traceLines(trace, 150, osmem);
    expect(lines[0]).toBe('  # 92 ops before');
    expect(lines.at(-1)).toBe('  # 48 ops after');
    expect(lines).toHaveLength(62);
    expect(lines.filter((line) => line.startsWith('>'))).toHaveLength(1);
  });

  test('shows where a run parts from a record, five lines of it', () => {
    const differences = Array.from({ length: 7 }, (_, at) => ({
      line: at + 1,
      call: "os_malloc (['1'])        = HeapStart + 0x20",
      expected: 'x',
      actual: 'y',
    }));
    const lines = differenceLines(differences);
    expect(lines.slice(0, 3)).toEqual([
      "  line 1: os_malloc (['1'])  = HeapStart + 0x20",
      '    expected x',
      '    actual   y',
    ]);
    expect(lines.at(-1)).toBe('  and 2 more lines');
    expect(differenceLines(differences.slice(0, 2))).toHaveLength(6);
  });
});

describe('the words', () => {
  test('name each op as the C call that it makes', () => {
    const trace = parseTrace(
      'a 0 512; c 1 4 16; r 0 640; r 2 MAX; r 2 0; r 2 8; f 1; f -1; s 1 8; d 1; x sbrk 1; x mmap 12',
    );
    expect(callsOf(trace, osmem)).toEqual([
      'p0 = os_malloc(512)',
      'p1 = os_calloc(4, 16)',
      'p0 = os_realloc(p0, 640)',
      'p2 = os_realloc(NULL, SIZE_MAX)',
      'p2 = os_realloc(p2, 0)',
      'p2 = os_realloc(NULL, 8)',
      'os_free(p1)',
      'os_free(NULL)',
      'os_realloc(freed p1, 8)',
      'os_free(freed p1)',
      'the 1st sbrk/brk growth from here fails with ENOMEM',
      'the 12th mmap from here fails with ENOMEM',
    ]);
  });

  test('count and measure', () => {
    expect([counted(1, 'run'), counted(2, 'run'), counted(0, 'run')]).toEqual([
      '1 run',
      '2 runs',
      '0 runs',
    ]);
    expect([grouped(999), grouped(1000), grouped(1234567)]).toEqual(['999', '1,000', '1,234,567']);
    expect([duration(999), duration(60_000)]).toEqual(['1.0 s', '1 min 0 s']);
    expect([sizeText(2n ** 64n - 8n), sizeText(7), sizeText(2n ** 63n)]).toEqual([
      'SIZE_MAX - 7',
      '7',
      String(2n ** 63n),
    ]);
  });
});

describe('the block list', () => {
  const walk = (end: number, ...blocks: [address: number, size: number, status: number][]) =>
    ({
      ...emptyWalk(0x1000),
      taken: true,
      header: 32,
      end: 0x1000 + end,
      count: blocks.length,
      address: blocks.map(([address]) => 0x1000 + address),
      payloadSize: blocks.map(([, size]) => size),
      status: blocks.map(([, , status]) => status),
    }) as HeapWalk;

  test('marks what changed and leaves the far away out', () => {
    const even = Array.from({ length: 12 }, (_, at) => [at * 40, 8, 1] as [number, number, number]);
    const freed = even.map((block, at) => (at === 6 ? [block[0], 8, 0] : block)) as typeof even;
    expect(blockLines(walk(480, ...even), walk(480, ...freed))).toEqual([
      '  block (32 + payload)  before   after',
      '  ...',
      '  heap+0xa0             8 ALLOC  8 ALLOC',
      '  heap+0xc8             8 ALLOC  8 ALLOC',
      '* heap+0xf0             8 ALLOC  8 FREE',
      '  heap+0x118            8 ALLOC  8 ALLOC',
      '  heap+0x140            8 ALLOC  8 ALLOC',
      '  ...',
    ]);
  });

  test('says where and why the walk stopped', () => {
    const flawed = (flaw: HeapWalk['flaw']) => ({
      ...walk(80, [0, 8, 7]),
      flaw,
      flawAt: 0x1000 + 40,
      flawSize: 3,
    });
    const before = walk(80, [0, 8, 2], [40, 8, 0]);
    const shown = (flaw: HeapWalk['flaw']) => blockLines(before, flawed(flaw)).join('\n');
    expect(shown('overrun')).toContain('size 3: runs past the break');
    expect(shown('overrun')).toContain('* heap+0x0              8 MAPPED  8 status 7');
    expect(shown('too-small')).toContain('size 3: too small');
    expect(shown('unreadable')).toContain('no header can be read');
    expect(shown('too-many')).toContain('too many blocks');
  });

  test('shows one side where only one was walked, and nothing where none was', () => {
    const lines = ['heap+0x0              8 ALLOC', 'heap+0x28             break'];
    expect(blockLines(undefined, walk(40, [0, 8, 1]))).toEqual([
      'block (32 + payload)  after',
      ...lines,
    ]);
    expect(blockLines(walk(40, [0, 8, 1]), undefined)[0]).toBe('block (32 + payload)  before');
    expect(blockLines(undefined, undefined)).toEqual([]);
  });

  test('shows the end of the heap where no header changed', () => {
    const even = Array.from({ length: 50 }, (_, at) => [at * 40, 8, 1] as [number, number, number]);
    const lines = blockLines(walk(2000, ...even), walk(2000, ...even));
    expect(lines).toHaveLength(26);
    expect(lines.at(-1)).toContain('break');
  });
});

describe('the report in JSON', () => {
  test('has the fields of its schema, and no others', async () => {
    const target = brokenTarget('never-splits');
    const found = await campaign({ target, seed: '1', budget: { kind: 'runs', runs: 50 } });
    const [first] = found.findings;
    const json = JSON.parse(jsonText([verdictJson(found)]));
    expect(Object.keys(json)).toEqual(
      'schema target contract seed verdict runs ops elapsedMs findings coverage'.split(' '),
    );
    expect(json).toMatchObject({ schema: 'allocheck/verdict@1', verdict: 'failed', runs: 50 });
    expect(Number.isInteger(json.elapsedMs)).toBe(true);
    expect(Object.keys(json.findings[0])).toEqual(
      'invariant tier says trace ops originalOps step reproducer explanation'.split(' '),
    );
    expect(json.findings[0]).toMatchObject({ ops: first?.trace.length, reproducer: null });
    expect(parseTrace(json.findings[0].trace)).toEqual(first?.trace);
  });

  test('is an object for one target and an array for several', () => {
    const one = verdictJson(report);
    expect(JSON.parse(jsonText([one]))).toEqual(one);
    expect(JSON.parse(jsonText([one, one]))).toEqual([one, one]);
  });

  test('of a replay says what was seen', () => {
    const seen = { ...report, runs: 1, name: 'x.trace', findings: [], differences: [] };
    expect(replayJson(seen)).toMatchObject({ verdict: 'passed', runs: 1, seed: 'x.trace' });
    const difference = { line: 3, call: 'os_malloc', expected: 'NULL', actual: 'HeapStart+0x20' };
    expect(replayJson({ ...seen, differences: [difference] })).toMatchObject({
      verdict: 'failed',
      differences: [difference],
    });
    expect(replayJson({ ...seen, findings: [finding] }).verdict).toBe('failed');
  });
});
