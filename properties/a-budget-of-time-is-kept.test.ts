// A budget in time is a promise about the clock on the wall, whatever the target does. What could not be done in it is said.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { campaign } from '../src/check/campaign.ts';
import { Deadline } from '../src/check/deadline.ts';
import type { Finding } from '../src/check/finding.ts';
import { settle } from '../src/check/reproduce.ts';
import { osmem } from '../src/contract/osmem.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import type { Target } from '../src/target/target.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { brokenTarget } from './support/broken-targets.ts';
import { Desk } from './support/command-line.ts';
import { requireTool } from './support/require-tool.ts';

const budget = { kind: 'time', milliseconds: 300 } as const;
const known = Array.from({ length: 20 }, (_, i) => ({ seed: `${i}`, trace: parseTrace('a 0 1') }));

/** Its first trace takes for ever, unless it is told to stop. */
const sleepy: Target = {
  name: 'sleepy',
  contract: osmem,
  execute: (_traces, _density, _visitor, _watched, signal) => told(signal),
  close: async () => {},
};

function told(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function findingsOf(name: string): Promise<readonly Finding[]> {
  const runs = { kind: 'runs', runs: 20 } as const;
  const { findings } = await campaign({ target: brokenTarget(name), seed: '1', budget: runs });
  expect(findings.length).toBeGreaterThan(0);
  return findings;
}

describe('a target that does not come to the end of a trace', () => {
  test.each([{ known }, { known: [] }])('ends with the budget', async (with_) => {
    const report = await campaign({ target: sleepy, seed: '1', budget, ...with_ });
    expect(report.elapsedMs).toBeGreaterThanOrEqual(290);
    expect(report.elapsedMs).toBeLessThan(1000);
    expect(report).toMatchObject({ verdict: 'unknown', cutShort: true, runs: 0 });
  });

  test('ends a little later where something was seen in time', async () => {
    const ours = brokenTarget('never-splits');
    let executions = 0;
    const target: Target = {
      ...sleepy,
      execute: (traces, density, visitor, _watched, signal) =>
        executions++ < 8 ? ours.execute(traces, density, visitor) : told(signal),
    };
    const report = await campaign({ target, seed: '1', budget });
    expect(report.elapsedMs).toBeLessThan(3500);
    expect(report.verdict).not.toBe('passed');
  });
});

describe('what was found', () => {
  test('is said not to have been tried where the time is up', async () => {
    const found = await findingsOf('never-splits');
    const { signal } = new Deadline(0);
    const fresh = async () => createSimulatedTarget();
    const outside = async () => ({ source: 'C', reproduced: undefined, says: 'the time was up' });
    const { findings, flaky } = await settle(found, [], { fresh, outside, signal });
    expect(flaky).toEqual([]);
    expect(findings.map(({ repeats }) => repeats)).toEqual(found.map(() => ({ seen: 0, of: 0 })));
  });

  test('is no failure if it hung and could not be seen once more', async () => {
    const [first] = await findingsOf('never-splits');
    const { violation, ...rest } = first as Finding;
    const hung = { ...rest, violation: { ...violation, cause: 'hung' } };
    const deadline = new Deadline(50);
    const fresh = async () => sleepy;
    const { findings, flaky } = await settle([hung], [], { fresh, signal: deadline.signal });
    expect(findings).toEqual([]);
    expect(flaky).toMatchObject([{ repeats: { seen: 0, of: 0 } }]);
  });

  test('stands in its order, however long each takes', async () => {
    const found = await findingsOf('never-splits');
    const many = [...found, ...found, ...found].map((each, i) => ({ ...each, seed: `${i}` }));
    const outside = async ({ seed }: Finding) => {
      await new Promise((resolve) => setTimeout(resolve, (Number(seed) * 7) % 30));
      return { source: seed, reproduced: true, says: '' };
    };
    const { findings } = await settle(many, [], { outside });
    expect(findings.map(({ reproducer }) => reproducer?.source)).toEqual(many.map((f) => f.seed));
  });
});

describe('a deadline', () => {
  test('passes when its time is up, or when another one does', async () => {
    expect(new Deadline(0).passed).toBe(true);
    expect(new Deadline(60_000, AbortSignal.abort()).passed).toBe(true);
    const outer = new AbortController();
    const inner = new Deadline(Infinity, outer.signal);
    expect(inner.passed).toBe(false);
    outer.abort();
    expect(inner.passed).toBe(true);
  });

  test('in a month does not pass at once', async () => {
    const far = new Deadline(30 * 24 * 3600 * 1000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(far.passed).toBe(false);
    far.close();
  });
});

describe.runIf(requireTool('gcc'))('stopped between two targets', () => {
  const corpus = (name: string) =>
    readFileSync(new URL(`../corpus/allocators/${name}`, import.meta.url), 'utf8');
  const sleeper = corpus('sound/course-list.c').replace(
    'void *os_malloc(size_t size)\n{',
    'void *os_malloc(size_t size)\n{\n\tsleep(1);',
  );

  test.each([
    ['dangling-list-head', 'FAILED', 1, '300runs'],
    ['sleeper', 'UNKNOWN', 3, '60s'],
  ])('with %s first, tells what is known', async (name, said, expected, budget) => {
    const desk = new Desk();
    desk.file('dangling-list-head.c', corpus('broken/dangling-list-head.c'));
    desk.file('sleeper.c', sleeper);
    const stop = new AbortController();
    const first = `${name}.c`;
    const argv = [
      'check',
      ...new Set([first, 'sleeper.c']),
      `--budget=${budget}`,
      '--json=j',
      '--quiet',
    ];
    setTimeout(() => stop.abort(), 3000);
    const { code, out, err } = await desk.run(argv, stop.signal);
    desk.clear();
    expect(err).toBe('');
    expect(out).toContain(`${first}: ${said}`);
    expect(code).toBe(expected);
  });
});
