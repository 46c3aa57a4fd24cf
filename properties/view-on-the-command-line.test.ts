// `view`, and `--html` of the commands that find things: what they write, what they say, how they end.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { PageData } from '../src/report/page-data.ts';
import { Desk } from './support/command-line.ts';
import { requireTool } from './support/require-tool.ts';

const MUTANT = 'mutant:expands-over-live';
const CRASH = 'a 0 1; a 1 1; r 0 41';

const desk = new Desk();
afterAll(() => desk.clear());

const textOf = (name: string): string => readFileSync(join(desk.folder, name), 'utf8');

function dataOf(name: string): PageData {
  const [, json] =
    /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(textOf(name)) ?? [];
  return JSON.parse(json as string) as PageData;
}

describe('view', () => {
  test('writes a page, says what it shows, and ends as the verdict is', async () => {
    const sound = await desk.run(['view', 'a 0 24; f 0', '-o', 'sound.html']);
    expect(sound).toEqual({
      code: 0,
      out: 'sound.html: 2 steps on builtin, no violation of osmem\n',
      err: '',
    });
    const broken = await desk.run(['view', CRASH, '--target', MUTANT, '-o', 'broken.html']);
    expect(broken.code).toBe(1);
    expect(broken.out).toBe(`broken.html: 3 steps on ${MUTANT}, 1 violation of osmem\n`);
    expect(dataOf('broken.html').views).toMatchObject([
      { decisive: 2, header: 32, replay: expect.stringContaining(`--target ${MUTANT} 'a 0 1; `) },
    ]);
  });

  test('writes the same bytes each time, with nothing that a browser would fetch', async () => {
    await desk.run(['view', CRASH, '--target', MUTANT, '-o', 'one.html']);
    await desk.run(['view', CRASH, '--target', MUTANT, '-o', 'two.html']);
    expect(textOf('two.html')).toBe(textOf('one.html'));
    // A name, by which XML knows SVG: not an address.
    expect(textOf('one.html').match(/https?:[^"' ]*/g)).toEqual(['http://www.w3.org/2000/svg']);
    expect(textOf('one.html')).toContain(`default-src 'none'; script-src 'sha256-`);
    expect(textOf('one.html')).not.toContain('<!--');
  });

  test('opens at the step that is asked for', async () => {
    await desk.run(['view', CRASH, '--step', '2', '-o', 'second.html']);
    expect(dataOf('second.html').views[0]?.decisive).toBe(1);
    const { code, err } = await desk.run(['view', CRASH, '--step', '4']);
    expect({ code, err }).toEqual({ code: 2, err: 'allocheck: --step 4: there are 3 steps\n' });
    expect((await desk.run(['view', CRASH, '--step', '0'])).err).toContain('is no step number');
  });

  test('draws one step as SVG', async () => {
    await desk.run(['view', CRASH, '--target', MUTANT, '-o', 'still.svg']);
    expect(textOf('still.svg')).toMatch(/^<svg .*✕ disjointness: payload p0.*<\/svg>\n$/s);
  });

  test('reads the traces of real programs, and one at a time', async () => {
    desk.file('all/a.trace', 'a 0 24');
    desk.file('all/b.trace', 'a 0 24');
    expect((await desk.run(['view', 'all'])).err).toBe('allocheck: all is not one trace\n');
    expect((await desk.run(['view', 'all/a.trace', '-o', 'a.html'])).code).toBe(0);
  });

  test('says before it runs anything that it cannot write', async () => {
    const { code, err } = await desk.run(['view', CRASH, '-o', 'no/such/folder.html']);
    expect({ code, err }).toEqual({
      code: 2,
      err: 'allocheck: cannot write no/such/folder.html: ENOENT\n',
    });
  });
});

describe('--html', () => {
  test('of check draws each finding, at the step that shows it', async () => {
    const args = ['--seed', 'page', '--budget', '300runs', '--html', 'check.html', '--json', '-'];
    const { code, out, err } = await desk.run(['check', MUTANT, ...args]);
    expect(code).toBe(1);
    expect(err).toContain('wrote check.html');
    const { findings } = JSON.parse(out) as { findings: { invariant: string; step: number }[] };
    const { views, verdicts } = dataOf('check.html');
    expect(views.map(({ decisive }) => decisive)).toEqual(findings.map(({ step }) => step));
    expect(views.map(({ violations }) => violations[0]?.invariant)).toEqual(
      findings.map(({ invariant }) => invariant),
    );
    expect(verdicts).toEqual([{ verdict: 'failed', text: expect.stringContaining('FAILED') }]);
  });

  test('of a check that passes says so, and draws nothing', async () => {
    const { code } = await desk.run(['check', '--budget', '50runs', '--html', 'passed.html']);
    expect(code).toBe(0);
    expect(dataOf('passed.html')).toMatchObject({ views: [], verdicts: [{ verdict: 'passed' }] });
  });

  test('of replay and shrink draws what they find', async () => {
    await desk.run(['replay', CRASH, 'a 0 8', '--target', MUTANT, '--html', 'replay.html']);
    expect(dataOf('replay.html')).toMatchObject({
      views: [{ decisive: 2 }],
      verdicts: [{ verdict: 'failed' }, { verdict: 'passed' }],
    });
    const long = `a 5 8; f 5; ${CRASH}; f 0`;
    await desk.run(['shrink', long, '--target', MUTANT, '--html', 'shrink.html']);
    expect(dataOf('shrink.html').views).toMatchObject([{ ops: { length: 3 }, decisive: 2 }]);
  });

  test('that cannot be written ends the check before it starts', async () => {
    const { code, err } = await desk.run(['check', '--html', 'no/such/folder.html']);
    expect({ code, err }).toEqual({
      code: 2,
      err: 'allocheck: cannot write no/such/folder.html: ENOENT\n',
    });
    expect(existsSync(join(desk.folder, 'no'))).toBe(false);
  });
});

describe.runIf(requireTool('gcc'))('view of a library', () => {
  test('draws the payloads alone where no headers are known', async () => {
    const args = ['--target', 'libc', '--contract', 'iso-c', '-o', 'libc.html'];
    const { code } = await desk.run(['view', 'a 0 24; a 1 100; f 0', ...args]);
    expect(code).toBe(0);
    const [view] = dataOf('libc.html').views;
    expect(view).toMatchObject({
      header: 0,
      calls: ['p0 = malloc(24)', 'p1 = malloc(100)', 'free(p0)'],
    });
  });
});
