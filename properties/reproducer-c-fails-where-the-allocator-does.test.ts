// The C program of a finding fails without the driver if, and only if, the allocator breaks a promise that a
// program can see; and it is compiled by the one line in its own header comment.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { corpusAllocators } from '../fuzz/corpora.ts';
import { osmem } from '../src/contract/osmem.ts';
import { reproducerC } from '../src/report/reproducer-c.ts';
import { Outside } from '../src/report/reproducer-c-outside.ts';
import type { ReproducerBuild } from '../src/target/reproducer-run.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { Desk } from './support/command-line.ts';
import { findingOf, anyViolation as violation } from './support/outside.ts';
import { requireTool } from './support/require-tool.ts';

function buildOf(name: string): ReproducerBuild {
  return { files: [name], flags: ['-w'], libraries: [], isCpp: false, isLibrary: false };
}

/** Broken ones, the traces in their headers, and what the programs say of them. */
const SEEN_OUTSIDE: readonly (readonly [name: string, says: RegExp])[] = [
  ['second-try-unchecked', /^op 3, p0 = os_malloc\(1\): the call crashed/],
  ['calloc-trusts-fresh-memory', /calloc did not zero all of p0/],
  ['links-into-payload', /the bytes of p0 changed, though nobody wrote there/],
  ['size-max-accepted', /cannot be had, but a pointer was returned/],
  ['unmapped-block-stays-listed', /the call crashed: SIGSEGV/],
];

describe.runIf(requireTool('gcc'))('a reproducer', () => {
  const desk = new Desk();
  afterAll(() => desk.clear());
  const broken = new Map(corpusAllocators('broken').map((each) => [each.name, each.file]));
  const sound = corpusAllocators('sound').find((each) => each.name === 'course-list')!.file;
  const passing = new Outside({ files: [sound] }, osmem);
  afterAll(() => passing.close());
  const traceOf = (file: string): string =>
    /\* trace: (.*)/.exec(readFileSync(file, 'utf8'))?.[1] as string;

  it.each(SEEN_OUTSIDE)('of %s fails, and passes with a sound allocator', async (name, says) => {
    const file = broken.get(name)!;
    const finding = findingOf(traceOf(file));
    const target = new Outside({ files: [file] }, osmem);
    for (const outside of [target, passing]) {
      const shown = await outside.show(finding);
      expect(shown?.reproduced).toBe(outside === target);
      expect(shown?.says).toMatch(outside === target ? says : /^$/);
    }
    target.close();
  });

  it('is compiled and run by the line in its header', () => {
    const name = basename(desk.file('osmem.c', readFileSync(broken.get('links-into-payload')!)));
    const { trace } = findingOf(traceOf(broken.get('links-into-payload')!));
    const request = { violation, trace, contract: osmem, build: buildOf(name) };
    const source = reproducerC(request) as string;
    writeFileSync(join(desk.folder, 'reproducer.c'), source);
    const line = /^ \* +(gcc .*)$/m.exec(source)?.[1] as string;
    const ended = spawnSync('sh', ['-c', line], { cwd: desk.folder, encoding: 'utf8' });
    expect(ended.stderr).toMatch(/^op 2, p1 = os_malloc\(131072\): the bytes of p0 changed/);
    expect(ended.status).toBe(1);
  });

  it('is not made of what no program can see', () => {
    const policy = { ...violation, tier: 'policy' } as const;
    const trace = parseTrace('a 0 1');
    const request = { violation: policy, trace, contract: osmem, build: buildOf('osmem.c') };
    expect(reproducerC(request)).toBeUndefined();
  });

  it('is in the JSON of a check, which is the same in any folder, and beside the kept traces', async () => {
    const other = new Desk();
    const texts: string[] = [];
    for (const each of [desk, other]) {
      each.file('links.c', readFileSync(broken.get('links-into-payload')!));
      const argv = ['check', 'links.c', '--budget', '20runs', '--seed', 's', '--json', 'out.json'];
      const { code, out } = await each.run([...argv, '--corpus', 'kept']);
      expect(code).toBe(1);
      expect(out).toContain('Reproduced outside the driver: yes');
      expect(out).toMatch(/^kept .*\.c$/m);
      texts.push(readFileSync(join(each.folder, 'out.json'), 'utf8'));
    }
    other.clear();
    const [one, two] = texts.map((text) => text.replace(/"elapsedMs": \d+/, '"elapsedMs": 0'));
    expect(two).toBe(one);
    expect(JSON.parse(one!).findings[0]).toMatchObject({
      reproduced: true,
      repeats: { seen: 5, of: 5 },
    });
  }, 30_000);
});
