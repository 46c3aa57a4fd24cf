// What does not repeat in a fresh process is said to be flaky, with its rate; it fails nothing.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { campaign } from '../src/check/campaign.ts';
import { FRESH_RUNS, RATE_RUNS } from '../src/check/reproduce.ts';
import { isoC } from '../src/contract/iso-c.ts';
import { osmem } from '../src/contract/osmem.ts';
import { createNativeTarget } from '../src/target/native.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { scriptedTarget } from './support/broken-targets.ts';
import { bump } from './support/c-target.ts';
import { Desk } from './support/command-line.ts';
import { requireTool } from './support/require-tool.ts';

/** bump() keeps no rule of placement; what is random here is safety alone. */
const contract = { ...isoC, symbols: osmem.symbols };
const SYMBOLS = 'malloc=os_malloc,calloc=os_calloc,realloc=os_realloc,free=os_free';

const known = [{ seed: 'k', trace: parseTrace('a 0 1') }];
const once = { known, seed: 's', budget: { kind: 'runs', runs: 0 } } as const;

describe('a finding that fresh processes do not repeat', () => {
  it('is flaky with its rate, and leaves the verdict unknown', async () => {
    let processes = 0;
    const fresh = async () => {
      processes += 1;
      const crashes = processes % 2 === 1;
      return scriptedTarget(() => crashes);
    };
    const report = await campaign({ ...once, target: scriptedTarget(() => true), fresh });
    expect(report.verdict).toBe('unknown');
    expect(report.findings).toEqual([]);
    expect(report.flaky).toHaveLength(1);
    expect(report.flaky[0]?.repeats).toEqual({ seen: RATE_RUNS / 2, of: RATE_RUNS });
  });

  it('is flaky, too, if its own process showed it once only', async () => {
    const target = scriptedTarget((_, execution) => execution === 1);
    const fresh = async () => scriptedTarget(() => false);
    const report = await campaign({ ...once, target, fresh });
    expect(report.flaky.map((each) => each.repeats)).toEqual([{ seen: 0, of: RATE_RUNS }]);
    expect(report.verdict).toBe('unknown');
  });

  it('does not hide one that repeats each time', async () => {
    const fresh = async () => scriptedTarget(() => true);
    const report = await campaign({ ...once, target: scriptedTarget(() => true), fresh });
    expect(report.verdict).toBe('failed');
    expect(report.findings.map((each) => each.repeats)).toEqual([
      { seen: FRESH_RUNS, of: FRESH_RUNS },
    ]);
  });
});

describe.runIf(requireTool('gcc'))('check of a C allocator whose bug is a matter of chance', () => {
  const desk = new Desk();
  afterAll(() => desk.clear());

  it('ends with 3 where the process decides, and names the rate', { timeout: 30_000 }, async () => {
    // The first processes that are started give odd addresses, later ones do not.
    const before = `#include <fcntl.h>
      static long bad, odd[1000];
      __attribute__((constructor)) static void count(void) {
        int file = open("${join(desk.folder, 'count')}", O_RDWR | O_CREAT | O_APPEND, 0600);
        bad = lseek(file, 0, SEEK_END) < 3;
        write(file, "x", 1);
        close(file);
      }`;
    const round = 'n = n < SIZE_MAX / 2 ? (n + 15) & ~15ul : n;';
    const malloc = `${round} if (bad && n - 1 < 1000) return (char *)odd + 1;`;
    const file = desk.file('chance.c', bump({ before, malloc }));
    const options = ['--contract', 'iso-c', '--symbols', SYMBOLS, '--json', 'out.json'];
    const argv = ['check', file, '--budget', '4runs', '--seed', 's', ...options];
    const { code, out } = await desk.run(argv);
    expect(out).toMatch(/UNKNOWN, \d flaky findings?: seen, but not each time/);
    expect(out).toMatch(/FLAKY: seen again in \d of 10 runs, each in a fresh process/);
    expect(code).toBe(3);
    const json = JSON.parse(readFileSync(join(desk.folder, 'out.json'), 'utf8'));
    expect(json).toMatchObject({ verdict: 'unknown', findings: [] });
    expect(json.flaky[0].repeats.of).toBe(10);
  });

  it('is not failed by what the clock decides', { timeout: 30_000 }, async () => {
    // One call in sixteen goes wrong, so one of 400 as good as surely, and five in a row as good as never.
    const chance = 'unsigned int t, _; __asm__ volatile("rdtsc" : "=a"(t), "=d"(_)); ';
    const wrong = 'if ((t * 2654435761u) >> 28 == 0) __builtin_trap();';
    const path = join(desk.folder, desk.file('ticks.c', bump({ malloc: chance + wrong })));
    const open = () => createNativeTarget({ files: [path], contract });
    const target = await open();
    const many = Array.from({ length: 400 }, () => known[0]!);
    const report = await campaign({ ...once, known: many, target, fresh: open });
    await target.close();
    expect(report.findings).toEqual([]);
    expect(report.flaky.length).toBeGreaterThan(0);
    expect(report.verdict).toBe('unknown');
  });
});
