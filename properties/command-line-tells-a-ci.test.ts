// --junit, --sarif and --github of check and replay: what is written, where findings are said to be, and that
// neither a file name nor what a target prints gets a word in.

import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { finishAll } from '../src/cli/ci-output.ts';
import { OperatingError } from '../src/contract/operating-error.ts';
import { definitionOf } from '../src/report/source-place.ts';
import { bump } from './support/c-target.ts';
import { Desk, type Ended } from './support/command-line.ts';
import { requireTool } from './support/require-tool.ts';

const desk = new Desk();
afterAll(() => desk.clear());

const read = (name: string): string => readFileSync(join(desk.folder, name), 'utf8');
const MUTANT = ['mutant:copies-new-size', '--budget=100runs', '--seed=1'];

describe('the line of a finding', () => {
  const source = [
    '/* void *os_malloc(size_t n) { */',
    '#define os_malloc(n) { n }',
    'void *os_malloc(size_t n); // os_malloc(n) {',
    'static const char *s = "os_malloc(n) {";',
    'void *my_os_malloc(size_t n) { return 0; }',
    'void *',
    'os_malloc(size_t n) __attribute__((noinline))',
    '{ return 0; }',
    'void f(void) { if (os_malloc(3)) {} }',
  ].join('\n');
  const sources = [
    { path: 'none.c', file: 'none.c', text: 'void *os_malloc(size_t);\n' },
    { path: 'src/a.c', file: 'a.c', text: source },
  ];

  test('is that of the definition, not of a declaration, a call, a macro or a remark', () => {
    const place = { path: 'src/a.c', line: 7, name: 'os_malloc' };
    expect(definitionOf('os_malloc', sources)).toEqual(place);
  });

  test('is not known where nothing is defined', () => {
    expect(definitionOf('os_free', sources)).toBeUndefined();
    expect(definitionOf('os_malloc', [])).toBeUndefined();
  });
});

describe('a check', () => {
  test('writes JUnit and SARIF beside the others, of the same findings', async () => {
    const files = ['--json=v.json', '--html=v.html', '--junit=v.xml', '--sarif=v.sarif'];
    const { code, out } = await desk.run(['check', ...MUTANT, ...files]);
    expect(code).toBe(1);
    expect(out).not.toMatch(/^::/m);
    const { findings } = JSON.parse(read('v.json'));
    const { results } = JSON.parse(read('v.sarif')).runs[0];
    expect(findings.length).toBeGreaterThan(0);
    expect(results).toHaveLength(findings.length);
    for (const [at, { invariant, says }] of findings.entries()) {
      expect(results[at].ruleId).toBe(invariant);
      expect(results[at].message.text).toContain(says);
      expect(results[at].locations[0]).toEqual({
        logicalLocations: [{ name: 'os_realloc', kind: 'function' }],
      });
    }
    expect(read('v.xml').match(/<failure /g)).toHaveLength(findings.length);
  });

  test('annotates, and adds to the summary of the job what is not there yet', async () => {
    desk.file('summary.md', '# before\n');
    const env = { GITHUB_STEP_SUMMARY: 'summary.md' };
    const { out } = await desk.run(['check', ...MUTANT, '--github'], undefined, env);
    expect(commandsOf(out)).toContainEqual(expect.stringMatching(/^::error title=allocheck%3A /));
    expect(read('summary.md')).toMatch(/^# before\n### mutant&#58;copies-new-size&#58; FAILED/);
  });

  test('annotates without a summary elsewhere, and keeps stdout for the JSON', async () => {
    const { out, err } = await desk.run(['check', ...MUTANT, '--github', '--json=-']);
    expect(JSON.parse(out).verdict).toBe('failed');
    expect(commandsOf(err)).toContainEqual(expect.stringMatching(/^::error /));
  });

  test('that passes annotates nothing', async () => {
    const argv = ['check', '--budget=20runs', '--seed=1', '--github', '--junit=p.xml'];
    const { code, out } = await desk.run(argv);
    expect(code).toBe(0);
    expect(commandsOf(out)).toEqual([]);
    expect(read('p.xml')).toMatch(/<testsuites [^>]*failures="0" errors="0"/);
  });

  test('that is broken off is undecided everywhere', async () => {
    const argv = ['check', '--seed=1', '--github', '--junit=c.xml', '--sarif=c.sarif'];
    const { code, out } = await desk.run(argv, AbortSignal.abort());
    expect(code).toBe(3);
    expect(commandsOf(out)).toEqual([
      expect.stringMatching(/^::warning title=allocheck::builtin: /),
    ]);
    expect(read('c.xml')).toContain('<error type="unknown"');
    expect(JSON.parse(read('c.sarif')).runs[0].invocations[0].executionSuccessful).toBe(false);
  });
});

describe('a replay', () => {
  const traces = (...argv: string[]): Promise<Ended> => {
    const files = ['--github', '--junit=r.xml', '--sarif=r.sarif'];
    return desk.run(['replay', ...argv, ...files]);
  };
  const text = (verdict: string): string =>
    `# target: mutant:copies-new-size\n# verdict: ${verdict}\na 0 1; r 0 131041\n`;
  beforeAll(() => {
    desk.file('traces/failed.trace', text('failed'));
    desk.file('traces/passed.trace', text('passed'));
    desk.file('missed.trace', '# verdict: failed\n# target: builtin\na 0 24\n');
  });

  test('fails what does not go as recorded, and passes what fails as recorded', async () => {
    const { code, out } = await traces('traces');
    expect(code).toBe(1);
    const suites = read('r.xml').split('<testsuite ').slice(1);
    expect(suites[0]).toMatch(/name="[^"]*failed.trace" tests="1" failures="0"/);
    expect(suites[1]).toMatch(/name="[^"]*passed.trace" tests="1" failures="1"/);
    expect(commandsOf(out)).toHaveLength(1);
    expect(JSON.parse(read('r.sarif')).runs[0].results).toHaveLength(1);
  });

  test('fails a trace that was to fail and passed', async () => {
    expect((await traces('missed.trace')).code).toBe(1);
    const [result] = JSON.parse(read('r.sarif')).runs[0].results;
    expect(result.ruleId).toBe('record');
    expect(result.message.text).toContain('recorded as failed, but passed');
  });
});

describe('a record of the course', () => {
  const record = [
    "os_malloc (['10'])       = HeapStart + 0x28",
    "  brk (['0'])            = HeapStart + 0x0",
    "  brk (['HeapStart + 0x20000']) = HeapStart + 0x20000",
    '+++ exited (status 0) +++\n',
  ].join('\n');

  test('that differs is one failure, with the lines that differ', async () => {
    desk.file('wrong.ref', record);
    const { code } = await desk.run(['replay', 'wrong.ref', '--junit=w.xml', '--sarif=w.sarif']);
    expect(code).toBe(1);
    const [result] = JSON.parse(read('w.sarif')).runs[0].results;
    expect(result.ruleId).toBe('record');
    expect(result.message.text).toMatch(/^line 1 of wrong\.ref: expected .*0x28.* but got .*0x20/);
    expect(read('w.xml')).toMatch(/<failure type="policy" message="line 1 of wrong\.ref/);
  });
});

describe.runIf(requireTool('gcc'))('a C target', () => {
  const evil = '::error::name, x%0A.c';
  const says = '\\n::error::said\\n  ##[error]said\\n%0A::set-env name=A::b\\n';
  const shout = `if (n == 24) { printf("${says}"); fflush(stdout); abort(); }`;
  beforeAll(() => {
    mkdirSync(join(desk.folder, '.git'));
    desk.file(`src/${evil}`, `\n\n${bump({ malloc: shout })}`);
  });

  test('is named from the root of the repository, at the function that was called', async () => {
    const argv = ['replay', 'a 0 8', '--target', `src/${evil}`, '--sarif=e.sarif'];
    const { code } = await desk.run(argv);
    expect(code).toBe(1);
    const [{ physicalLocation }] = JSON.parse(read('e.sarif')).runs[0].results[0].locations;
    const path = `src/${evil}`;
    expect(decodeURIComponent(physicalLocation.artifactLocation.uri)).toBe(path);
    const line = read(path).split('\n')[physicalLocation.region.startLine - 1];
    expect(line).toContain('void *os_malloc(size_t n) {');
  });

  test.runIf(requireTool('addr2line', 'binutils'))(
    'is named at the line that crashed, wherever it was called from',
    async () => {
      const helper = 'static void unlink_it(int *p) {\n  *p = 1; /* here */\n}';
      desk.file('crash/lib/list.h', helper);
      const before = '#include "lib/list.h"';
      desk.file('crash/osmem.c', bump({ before, free: 'if (p) unlink_it((int *)(size_t)16);' }));
      desk.file('crash/list.c', '#include "lib/list.h"\nvoid f(int *p) { unlink_it(p); }');
      const argv = ['replay', 'a 0 24; f 0', '--target=crash', '--github', '--sarif=h.sarif'];
      const { out } = await desk.run(argv);
      const [worst] = commandsOf(out);
      expect(worst).toContain(',file=crash/lib/list.h,line=2::crash: ');
      expect(worst).toContain('(in os_free, crashed at crash/lib/list.h:2 in unlink_it)');
      const [{ locations }] = JSON.parse(read('h.sarif')).runs[0].results.filter(
        ({ ruleId }: { ruleId: string }) => ruleId === 'termination',
      );
      expect(locations[0].physicalLocation.region.startLine).toBe(2);
    },
  );

  test('gets no word in: neither by its name nor by what it prints', async () => {
    const env = { GITHUB_STEP_SUMMARY: 'evil.md', GITHUB_WORKSPACE: join(desk.folder, 'src') };
    const target = `src/${evil}`;
    const argv = ['replay', 'a 0 24', '--target', target, '--github', '--junit=e.xml'];
    const { out, err } = await desk.run(argv, undefined, env);
    const [command, ...more] = commandsOf(out);
    expect(more).toEqual([]);
    expect(command).toMatch(
      /^::error title=[^,:]*,file=%3A%3Aerror%3A%3Aname%2C x%250A\.c,line=\d+::/,
    );
    expect(err).not.toMatch(/^\s*::/m);
    expect(read('evil.md')).not.toMatch(/^\s*(::|##\[)/m);
    expect(read('e.xml')).not.toMatch(/^\s*(::|##\[)/m);
  });
});

describe('outputs', () => {
  const refused = async (...argv: string[]): Promise<string> => {
    const { code, out, err } = await desk.run(['check', '--budget=1runs', ...argv]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^allocheck: [^\n]+\n$/);
    return err;
  };

  test('in one file are refused before anything is run, links or not', async () => {
    desk.file('kept.txt', 'kept');
    symlinkSync('kept.txt', join(desk.folder, 'link.txt'));
    expect(await refused('--junit=kept.txt', '--sarif=./kept.txt')).toContain(
      '--sarif ./kept.txt would overwrite --junit',
    );
    expect(await refused('--json=kept.txt', '--html=link.txt')).toContain('would overwrite --json');
    expect(await refused('--json=new.txt', '--junit=new.txt')).toContain('would overwrite --json');
    expect(read('kept.txt')).toBe('kept');
  });

  test('over what is read are refused', async () => {
    desk.file('mine.c', 'int x;');
    expect(await refused('mine.c', '--junit=mine.c')).toContain('would overwrite what is read');
    const replay = await desk.run(['replay', 'mine.c', '--sarif=mine.c']);
    expect(replay.err).toContain('would overwrite what is read');
    expect(read('mine.c')).toBe('int x;');
  });

  test('may all go to /dev/null', async () => {
    const argv = ['check', '--budget=1runs', '--junit=/dev/null', '--sarif=/dev/null', '--quiet'];
    expect((await desk.run(argv)).code).toBe(0);
  });

  test('that cannot be written are refused', async () => {
    expect(await refused('--junit=nowhere/x.xml')).toContain('cannot write nowhere/x.xml: ENOENT');
    expect(await refused('--sarif=.')).toContain('cannot write .: EISDIR');
    const env = { GITHUB_STEP_SUMMARY: 'nowhere/summary.md' };
    const { code, err } = await desk.run(['check', '--budget=1runs', '--github'], undefined, env);
    expect([code, err]).toEqual([2, 'allocheck: cannot write nowhere/summary.md: ENOENT\n']);
  });

  test('that cannot be written any more do not keep the others from it', async () => {
    desk.file('gone/x.txt', '');
    const written: string[] = [];
    const finish = (): void =>
      finishAll([
        () => void written.push('first'),
        () => {
          rmSync(join(desk.folder, 'gone'), { recursive: true });
          throw new OperatingError('cannot write gone/x.txt: ENOENT');
        },
        () => void written.push('last'),
      ]);
    expect(finish).toThrow('cannot write gone/x.txt');
    expect(written).toEqual(['first', 'last']);
  });
});

/** The workflow commands that GitHub would carry out: between two of the same word none is. */
function commandsOf(text: string): string[] {
  const commands: string[] = [];
  let word: string | undefined;
  for (const line of text.split('\n')) {
    const trimmed = line.trimStart();
    const stop = /^::stop-commands::(.+)$/.exec(trimmed);
    if (word === undefined && stop !== null) word = stop[1];
    else if (trimmed === `::${word}::`) word = undefined;
    else if (word === undefined && (trimmed.startsWith('::') || trimmed.includes('##['))) {
      commands.push(trimmed);
    }
  }
  expect(word).toBeUndefined();
  return commands;
}
