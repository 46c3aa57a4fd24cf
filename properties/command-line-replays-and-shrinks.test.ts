// `replay` and `shrink`, on the built-in allocator: what they take, what they say, how they end.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { main } from '../src/cli/main.ts';
import { Desk } from './support/command-line.ts';
import { requireTool } from './support/require-tool.ts';

const desk = new Desk();
afterAll(() => desk.clear());

const golden = new URL('../../shared/golden/', import.meta.url);

const RECORD = `os_malloc (['10'])       = HeapStart + 0x20
  brk (['0'])            = HeapStart + 0x0
  brk (['HeapStart + 0x20000']) = HeapStart + 0x20000
os_free (['HeapStart + 0x20']) = <void>
+++ exited (status 0) +++
`;

describe('replay', () => {
  test('takes the ops themselves', async () => {
    const { code, out } = await desk.run(['replay', 'a 0 24; f 0']);
    expect({ code, out }).toEqual({
      code: 0,
      out: 'ok   trace on builtin: passed\n1 trace: 1 as recorded, 0 not\n',
    });
  });

  test('takes files of every format, and folders of them', async () => {
    desk.file('all/a.trace', '# verdict: passed\r\na 0 24\r\nf 0');
    desk.file('all/deep/b.rep', '20000\n1\n2\n1\na 0 512\nf 0\n');
    desk.file('all/deep/c.script', 'a 0 24\nf 0\n');
    desk.file('all/d.ref', RECORD);
    desk.file('all/README.md', 'not a trace');
    const { code, out, err } = await desk.run(['replay', 'all']);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'ok   all/a.trace on builtin: passed',
      'ok   all/d.ref on builtin: equal to the record',
      'ok   all/deep/b.rep on builtin: passed',
      'ok   all/deep/c.script on builtin: passed',
      '4 traces: 4 as recorded, 0 not',
      '',
    ]);
  });

  test('of a record that differs says at which line, and what instead', async () => {
    desk.file('wrong.ref', RECORD.replace('+ 0x20\n', '+ 0x28\n').replace("+ 0x20'", "+ 0x28'"));
    const { code, out } = await desk.run(['replay', 'wrong.ref']);
    expect(code).toBe(1);
    expect(out).toMatch(/FAIL wrong\.ref on builtin: differs from the record at line 1: expected/);
    expect(out).toMatch(/ {2}line 1: os_malloc .*\n {4}expected .*0x28.*\n {4}actual .*0x20/);
    expect(out).toContain('1 trace: 0 as recorded, 1 not');
  });

  test('of an entry that should fail and passes ends with 1', async () => {
    desk.file('stale.trace', '# verdict: failed\n# invariant: contents\na 0 24\n');
    const { code, out } = await desk.run(['replay', 'stale.trace', '--quiet']);
    expect(code).toBe(1);
    expect(out).toContain('recorded as failed (contents), but passed');
  });

  test('runs an entry on the target that it names, unless told another', async () => {
    desk.file('named.trace', '# target: builtin\n# verdict: passed\na 0 24\n');
    expect((await desk.run(['replay', 'named.trace'])).out).toContain('on builtin');
    desk.file('gone.trace', '# target: gone.c\na 0 24\n');
    expect((await desk.run(['replay', 'gone.trace'])).err).toContain('gone.c: there is no such');
    expect((await desk.run(['replay', 'gone.trace', '--target', 'builtin'])).code).toBe(0);
  });

  test('--json gives one verdict a trace', async () => {
    const { out, err } = await desk.run(['replay', 'a 0 24', 'a 0 MAX', '--json', '-']);
    expect(JSON.parse(out)).toMatchObject([
      { schema: 'allocheck/verdict@1', verdict: 'passed', runs: 1, ops: 1 },
      { verdict: 'passed' },
    ]);
    expect(err).toContain('2 traces');
  });

  test('stopped before it began is undecided', async () => {
    expect((await desk.run(['replay', 'a 0 1'], AbortSignal.abort())).code).toBe(3);
  });

  test.runIf(requireTool('gcc'))(
    'stopped in the middle of a trace does not call that one ok',
    async () => {
      desk.file(
        'spins.c',
        `void *os_malloc(unsigned long n) { for (;;) n++; }
      void *os_calloc(unsigned long m, unsigned long n) { return 0; }
      void *os_realloc(void *p, unsigned long n) { return 0; }
      void os_free(void *p) {}`,
      );
      const stop = new AbortController();
      let out = '';
      const code = await main(['replay', 'f -1', 'a 0 1', '--target=spins.c', '--json=cut.json'], {
        stdout: (text) => {
          out += text;
          setTimeout(() => stop.abort(), 20);
        },
        stderr: () => {},
        cwd: desk.folder,
        signal: stop.signal,
        terminal: false,
      });
      expect(out.split('\n')).toEqual([
        'ok   trace on spins.c: passed',
        'cut  trace on spins.c: cut short with nothing found',
        '1 trace: 1 as recorded, 0 not, cut short',
        '',
      ]);
      const verdicts = JSON.parse(readFileSync(join(desk.folder, 'cut.json'), 'utf8'));
      expect(verdicts).toMatchObject([{ verdict: 'passed' }, { verdict: 'unknown' }]);
      expect(code).toBe(3);
    },
  );

  test('takes a trace of 10 MB', async () => {
    const line = `a 0 24\nf 0 # ${'what a long remark '.repeat(10)}\n`;
    desk.file('large.trace', line.repeat(50_000));
    const { code, out } = await desk.run(['replay', 'large.trace']);
    expect(out).toContain('ok   large.trace');
    expect(code).toBe(0);
  });

  test.runIf(existsSync(golden))('finds every record of the course equal', async () => {
    const { code, out } = await desk.run(['replay', fileURLToPath(golden)]);
    expect(code).toBe(0);
    expect(out).toContain('20 traces: 20 as recorded, 0 not');
    expect(out.match(/equal to the record/g)).toHaveLength(20);
  });
});

describe('shrink', () => {
  test('of a trace that does not fail says so', async () => {
    const { code, out } = await desk.run(['shrink', 'a 0 24; f 0', '--json', 'out.json']);
    expect({ code, out }).toEqual({ code: 0, out: 'builtin: PASSED, no violation of osmem\n' });
    const json = JSON.parse(readFileSync(`${desk.folder}/out.json`, 'utf8'));
    expect(json).toMatchObject({ verdict: 'passed', ops: 2 });
    expect((await desk.run(['shrink', 'a 0 24', '--quiet'])).code).toBe(0);
  });

  test('takes one trace, not a folder of them', async () => {
    desk.file('two/a.trace', 'a 0 1');
    desk.file('two/b.trace', 'a 0 1');
    const { code, err } = await desk.run(['shrink', 'two']);
    expect({ code, err }).toEqual({ code: 2, err: 'allocheck: two is not one trace\n' });
  });
});
