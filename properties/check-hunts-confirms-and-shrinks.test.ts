// A campaign: what it reports stands, is small, is said once, and is the same every time.

import { describe, expect, test } from 'vitest';
import { type CampaignReport, campaign } from '../src/check/campaign.ts';
import { causeOf } from '../src/check/finding.ts';
import { look } from '../src/check/watch.ts';
import { Judge } from '../src/oracle/judge.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import type { Target } from '../src/target/target.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { brokenTarget, scriptedTarget } from './support/broken-targets.ts';

const runs = (count: number) => ({ kind: 'runs', runs: count }) as const;

function check(target: Target, more: Partial<Parameters<typeof campaign>[0]> = {}) {
  return campaign({ target, seed: '1', budget: runs(200), ...more });
}

describe('a sound allocator', () => {
  test('passes, and every rule was really judged', async () => {
    const report = await check(createSimulatedTarget(), { budget: runs(500), census: true });
    expect(report).toMatchObject({ verdict: 'passed', findings: [], runs: 500, cutShort: false });
    expect(report.ops).toBeGreaterThan(10_000);
    expect(report.skipped).toBeLessThan(report.ops / 10);
    expect([...report.judged].filter(([, times]) => times === 0)).toEqual([]);
    const { splits = 0, merges = 0, moves = 0, syscalls = 0 } = report.census ?? {};
    expect(Math.min(splits, merges, moves, syscalls)).toBeGreaterThan(100);
    expect(report.census?.peakHeap).toBeGreaterThanOrEqual(report.census?.peakLive ?? Infinity);
  });

  test('is checked for as many calls as the budget says, and not many more', async () => {
    const report = await check(createSimulatedTarget(), { budget: { kind: 'ops', ops: 5000 } });
    expect(report.ops).toBeGreaterThanOrEqual(5000);
    expect(report.ops).toBeLessThan(20_000);
  });

  test('is checked until the time is up', async () => {
    const budget = { kind: 'time', milliseconds: 300 } as const;
    const report = await check(createSimulatedTarget(), { budget });
    expect(report.verdict).toBe('passed');
    expect(report.elapsedMs).toBeGreaterThanOrEqual(300);
    expect(report.elapsedMs).toBeLessThan(3000);
    expect(report.runs).toBeGreaterThan(8);
  });
});

describe('a broken allocator', () => {
  test('that is wrong in malloc and calloc alike is told of malloc', async () => {
    const { findings } = await check(brokenTarget('never-splits'));
    const kinds = findings.map((each) => each.violation.opKind);
    expect(kinds).toContain('malloc');
    expect(kinds).not.toContain('calloc');
  });

  const bugs = ['never-splits', 'leaks-mappings', 'copies-new-size', 'splits-too-early'];

  test.each(bugs)('%s: each finding is small and shows its own violation again', async (name) => {
    const target = brokenTarget(name);
    const { findings, verdict } = await check(target);
    expect(verdict).toBe('failed');
    for (const { trace, violation, originalOps } of findings) {
      expect(trace.length).toBeLessThanOrEqual(Math.min(6, originalOps));
      const { sightings } = await look(target, new Judge(target.contract), trace, 'everything');
      expect(sightings.map((each) => each.violation)).toContainEqual(violation);
    }
  });

  test.each(bugs)('%s: no cause is reported twice, and the worst comes first', async (name) => {
    const { findings } = await check(brokenTarget(name));
    const causes = findings.map((finding) => causeOf(finding.violation));
    expect(new Set(causes).size).toBe(causes.length);
    const tiers = findings.map(({ violation }) =>
      ['safety', 'robustness', 'structure', 'policy'].indexOf(violation.tier),
    );
    expect(tiers).toEqual([...tiers].sort());
  });

  test('a leak is the fault of the op that leaked, not of those after it', async () => {
    const { findings } = await check(brokenTarget('leaks-mappings'), { budget: runs(500) });
    const kinds = findings.map((finding) => finding.violation.opKind);
    expect(kinds).toContain('free');
    expect(kinds.filter((kind) => kind !== 'free' && kind !== 'realloc')).toEqual([]);
  });

  test('the heap before and after is that of the violating op', async () => {
    const { findings } = await check(brokenTarget('splits-too-early'), { budget: runs(1000) });
    const moved = findings.find((finding) => finding.before !== undefined);
    expect(moved?.before?.flaw).toBe('');
    expect(moved?.after?.flaw).not.toBe('');
  });

  test('a budget in runs gives the same report to the last figure', async () => {
    const plain = ({ elapsedMs: _, ...report }: CampaignReport) => report;
    const first = plain(await check(brokenTarget('splits-too-early')));
    const second = plain(await check(brokenTarget('splits-too-early')));
    expect(second).toEqual(first);
    const other = plain(await check(brokenTarget('splits-too-early'), { seed: '2' }));
    expect(other).not.toEqual(first);
  });

  test('--first stops at the first finding', async () => {
    const report = await check(brokenTarget('never-splits'), { first: true });
    expect(report.findings).toHaveLength(1);
    expect(report.runs).toBeLessThan(200);
  });

  test('known traces come first, and are not counted as runs', async () => {
    const trace = parseTrace('a 0 24; a 1 24; f 0; a 0 16');
    const known = [{ seed: 'by-hand', trace }];
    const report = await check(brokenTarget('never-splits'), { known, budget: runs(0) });
    expect(report).toMatchObject({ verdict: 'failed', runs: 0, replayed: 1 });
    expect(report.findings[0]).toMatchObject({ seed: 'by-hand', originalOps: 4 });
  });

  test('only the invariants that were asked for are judged', async () => {
    const only = new Set(['disjointness'] as const);
    const report = await check(brokenTarget('never-splits'), { only });
    expect(report.verdict).toBe('passed');
    expect([...report.judged.keys()]).toEqual(['disjointness']);
  });
});

describe('a stop', () => {
  test('with nothing found is no verdict', async () => {
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    const report = await check(createSimulatedTarget(), { signal: stop.signal, onProgress });
    expect(report).toMatchObject({ verdict: 'unknown', cutShort: true, runs: 64 });
  });

  test('keeps what was found', async () => {
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    const target = brokenTarget('never-splits');
    const report = await check(target, { signal: stop.signal, onProgress });
    expect(report).toMatchObject({ verdict: 'failed', cutShort: true });
  });

  test('before a shrink leaves the finding unshrunk', async () => {
    const stop = new AbortController();
    const target = scriptedTarget((density) => density === 'everything' || !stop.signal.aborted);
    const stopping: Target = {
      ...target,
      execute: async (traces, density, visitor) => {
        await target.execute(traces, density, visitor);
        stop.abort();
      },
    };
    const report = await check(stopping, { signal: stop.signal });
    expect(report.findings.map((finding) => finding.tries)).toEqual([0]);
  });
});

describe('confirming', () => {
  test('what only the hunting run shows is kept if it repeats', async () => {
    const report = await check(scriptedTarget((density) => density === 'hunting'));
    expect(report.verdict).toBe('failed');
    expect(report.findings[0]?.violation.invariant).toBe('termination');
  });

  test('what never shows again is not reported', async () => {
    const report = await check(scriptedTarget((_, execution) => execution === 3));
    expect(report).toMatchObject({ verdict: 'passed', findings: [] });
  });

  test('a trace too long to be looked at in full is confirmed as it was hunted', async () => {
    const densities = new Set<string>();
    const target = scriptedTarget((density) => densities.add(density) !== undefined);
    const trace = parseTrace('f -1\n'.repeat(5001));
    const known = [{ seed: 'long', trace }];
    const report = await check(target, { known, budget: runs(0), shrinkTries: 0 });
    expect(report.findings).toHaveLength(1);
    expect([...densities]).toEqual(['hunting']);
  });

  test('a hang costs a time-out a try, so few are spent on it', async () => {
    const hangs = scriptedTarget((_density, _execution, trace) => trace.length > 3, 'hung');
    const { findings, runs: made, cutShort } = await check(hangs, { budget: runs(1000) });
    expect(cutShort).toBe(true);
    expect(made).toBeLessThan(100);
    expect(findings.length).toBeGreaterThan(0);
    for (const finding of findings) expect(finding.tries).toBeLessThanOrEqual(60);
  });

  test('a shrink ends with its time', async () => {
    const slow = scriptedTarget((density) => {
      if (density === 'everything') {
        const end = performance.now() + 30;
        while (performance.now() < end);
      }
      return true;
    });
    const started = performance.now();
    const budget = { kind: 'time', milliseconds: 50 } as const;
    const report = await check(slow, { budget, first: true });
    expect(report.verdict).toBe('failed');
    expect(performance.now() - started).toBeLessThan(8000);
  });
});
