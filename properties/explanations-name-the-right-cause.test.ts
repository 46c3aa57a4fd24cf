// The cause of a finding is named where a check establishes it, is the one that the allocator was written with,
// and is not named of allocators with another. The lines of the source are those that did it.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CAUSES_OF } from '../fuzz/causes-known.ts';
import { type AnyAllocator, corpusAllocators } from '../fuzz/corpora.ts';
import { diagnosed } from '../src/check/diagnose.ts';
import type { Finding } from '../src/check/finding.ts';
import { osmem } from '../src/contract/osmem.ts';
import { replay } from '../src/corpus/replay.ts';
import { causeLines, explain, whereLines, whyLines } from '../src/report/explain.ts';
import { replayJson } from '../src/report/json.ts';
import { findingLines } from '../src/report/text.ts';
import { createNativeTarget } from '../src/target/native.ts';
import { openSandbox } from '../src/target/sandbox.ts';
import { commonFolder, sourceLines } from '../src/target/source-lines.ts';
import type { Target } from '../src/target/target.ts';
import { readTraceFile } from '../src/trace/trace-file.ts';
import { requireTool } from './support/require-tool.ts';

const CORPUS = join(import.meta.dirname, '../corpus/allocators');
const home = mkdtempSync(join(tmpdir(), 'allocheck-test-'));
const ZOO = corpusAllocators('broken');

/** One for each kind of evidence, by the trace in its header: the name of the cause that has to come of it. */
const NAMED = {
  'calloc-block-stays-free': 'calloc-forgets-to-mark',
  'calloc-product-wraps': 'product-wraps',
  'calloc-threshold-of-malloc': 'calloc-threshold-of-malloc',
  'calloc-zeroes-too-much': 'header-zeroed-by-calloc',
  'dangling-list-head': 'unmapped-block-listed',
  'exact-room-refused': 'exact-room-refused',
  'first-block-too-long': 'preallocated-block-too-long',
  'grows-into-live-neighbour': 'grown-over-a-live-block',
  'links-into-payload': 'link-in-payload',
  'merge-forgets-the-header': 'header-left-out-of-a-merge',
  'munmap-without-header': 'munmap-without-header',
  'null-heap-head': 'null-head-of-an-empty-heap',
  'preallocation-skipped': 'preallocation-skipped-after-a-mapping',
  'realloc-copies-old-size': 'header-overwritten-by-payload',
  'sbrk-failure-dereferenced': 'failure-dereferenced',
  'stale-hint': 'merged-header-still-used',
  'unaligned-shrink': 'unaligned-split',
} as const;

/** With a defect beside those, and nothing that establishes a cause: hard to tell from the ones above. */
const UNNAMED = ['tree-removal-loses-a-branch', 'forgets-the-33rd-block'];

const opened: Target[] = [];
afterAll(() => Promise.all(opened.map((each) => each.close())));
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe.runIf(requireTool('gcc'))('a finding in a broken allocator', () => {
  test.each(Object.entries(NAMED))('%s is given the cause %s', async (name, cause) => {
    const found = await findingsIn(allocator(name));
    const named = found.findings.map((each) => each.cause?.name);
    expect(named).toContain(cause);
    for (const each of found.findings) {
      if (each.cause !== undefined) expect(CAUSES_OF[name]).toContain(each.cause.name);
      expect(each.cause?.evidence.length ?? 2).toBeGreaterThanOrEqual(1);
    }
  });

  test.each(UNNAMED)('%s is given no cause that belongs to others', async (name) => {
    const { findings } = await findingsIn(allocator(name));
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.map(({ cause }) => cause?.name)).toEqual(findings.map(() => undefined));
  });

  test('is known of a split in place that gives the free block behind what is cut off', async () => {
    const sound = join(CORPUS, 'sound/shared-sorted-list.c');
    const file = join(home, 'unaligned.c');
    const broken = readFileSync(sound, 'utf8').split('\tsize_t need = ALIGN(size);\n\n\tif (!ptr)');
    expect(broken).toHaveLength(2);
    writeFileSync(file, broken.join('\tsize_t need = size;\n\n\tif (!ptr)'));
    const target = await createNativeTarget({ files: [file], contract: osmem, cpuLimitMs: 150 });
    opened.push(target);
    for (const trace of ['a 0 1; r 0 1', 'a 0 64; r 0 9', 'a 0 64; a 1 64; f 1; r 0 9']) {
      const { findings } = await replay(target, readTraceFile(trace, 'x'), 'x');
      expect(findings.map((each) => each.cause?.name)).toEqual(['unaligned-split']);
    }
  });

  test('keeps its lines where the time is up before its cause is known, and says so', async () => {
    const { file, contract, name, trace } = allocator('unaligned-shrink');
    const target = await createNativeTarget({ files: [file], contract, name, cpuLimitMs: 150 });
    opened.push(target);
    const [whole] = (await replay(target, readTraceFile(trace, name), name)).findings;
    const { cause, where, ...bare } = whole!;
    const end = new AbortController();
    const counted: Target = {
      name,
      contract,
      execute: (...call) => {
        if (located) end.abort(); // the lines are known, a cause is tried
        return target.execute(...call);
      },
      locate: (frames) => {
        located = true;
        return target.locate!(frames);
      },
      close: () => target.close(),
    };
    let located = false;
    const hurried = await diagnosed(counted, bare, { signal: end.signal });
    expect(cause?.name).toBe('unaligned-split');
    expect([hurried.cause, hurried.where, hurried.hurried]).toEqual([undefined, where, true]);
    expect(whyLines(hurried).at(-1)).toMatch(/^The time was up before its cause was looked for/);
    expect(whyLines(whole!).join()).not.toContain('The time was up');
  });

  test('is the same to the byte when it is told again', async () => {
    const one = await findingsIn(allocator('grows-into-live-neighbour'));
    const again = await findingsIn(allocator('grows-into-live-neighbour'));
    const text = (run: typeof one): string => JSON.stringify(replayJson({ ...run, elapsedMs: 0 }));
    expect(text(again)).toBe(text(one));
  });
});

const canLocate = requireTool('gcc') && requireTool('addr2line', 'binutils');

describe.runIf(canLocate)('the lines of the source', () => {
  test('of a crash are those from the fault up to the function that was called', async () => {
    const { findings, text } = await withText('dangling-list-head');
    const lines = findings[0]?.where?.lines ?? [];
    expect(findings[0]?.where?.what).toBe('it crashed');
    expect(lines[0]?.function).toBe('insert_sorted');
    expect(text.split('\n')[(lines[0]?.line ?? 0) - 1]).toMatch(/next|prev/);
    expect(lines.at(-1)?.function).toBe('os_malloc');
  });

  test('of a header that is overwritten are those of the copy', async () => {
    const { findings, text } = await withText('realloc-copies-old-size');
    const where = findings.find(({ cause }) => cause !== undefined)?.where;
    expect(where?.what).toMatch(/^the header at heap\+0x[0-9a-f]+ was written$/);
    expect(text.split('\n')[(where?.lines[0]?.line ?? 0) - 1]).toContain('to[i] = from[i]');
  });

  test('are none where the program has no debugging information', async () => {
    const { file, contract } = allocator('dangling-list-head');
    const options = { files: [file], contract, cflags: ['-g0'], cpuLimitMs: 150 };
    const target = await createNativeTarget(options);
    opened.push(target);
    const { findings } = await findingsOf(target, allocator('dangling-list-head'));
    expect(findings[0]?.where).toBeUndefined();
    expect(findings[0]?.cause?.name).toBe('unmapped-block-listed');
  });

  test('of a program that is not there are none', async () => {
    expect(await sourceLines('/nonexistent', [], '/', openSandbox('none'))).toEqual([]);
    expect(commonFolder(['/a/b/c.c', '/a/b/d/e.c', '/a/bc/f.c'])).toBe('/a');
  });
});

describe('an explanation', () => {
  const finding = {
    violation: {
      invariant: 'disjointness',
      tier: 'safety',
      says: 'payload p0 overlaps p1',
      step: 2,
      opKind: 'realloc',
      cause: 'overlap',
      clause: 'live payloads are disjoint',
    },
    trace: readTraceFile('x sbrk 9; a 0 1; r 0 9', 'x').trace,
    originalOps: 3,
    tries: 0,
    seed: 's',
    before: undefined,
    after: undefined,
    cause: { name: 'n', says: 'it grows', evidence: ['one', 'two'] },
    where: {
      what: 'it crashed',
      lines: [
        { file: 'a.c', line: 7, function: 'f' },
        { file: 'a.c', line: 9, function: 'g' },
      ],
    },
  } satisfies Finding;

  test('has the trace as C, with a remark at the call that matters and for what is no call', () => {
    expect(explain(finding, osmem)).toMatchObject({
      section: 'What is judged: disjointness',
      trace: [
        '/* the 9th sbrk/brk growth from here fails with ENOMEM */',
        'p0 = os_malloc(1);',
        'p0 = os_realloc(p0, 9); /* here */',
      ],
      before: [],
      cause: { name: 'n' },
    });
  });

  test('says the place first, then who called it; the cause first, then what establishes it', () => {
    expect(whereLines(finding.where)).toEqual([
      'it crashed at a.c:7, in f',
      '  called at a.c:9, in g',
    ]);
    expect(causeLines(finding.cause)).toEqual(['Cause: it grows.', '  - one', '  - two']);
    const lines = findingLines(finding, 1, { contract: osmem, targetArguments: [] }).join('\n');
    expect(lines).toContain('   Cause: it grows.\n     - one\n');
    expect(lines).toContain('   It crashed at a.c:7, in f\n');
  });
});

function allocator(name: string): AnyAllocator {
  const found = ZOO.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no allocator ${name}`);
  return found;
}

async function findingsIn(each: AnyAllocator) {
  const { file, contract, name } = each;
  const target = await createNativeTarget({ files: [file], contract, name, cpuLimitMs: 150 });
  opened.push(target);
  return findingsOf(target, each);
}

/** By the trace in its header. */
function findingsOf(target: Target, { trace, name }: AnyAllocator) {
  return replay(target, readTraceFile(trace, name), name);
}

async function withText(name: string) {
  const { findings } = await findingsIn(allocator(name));
  return { findings, text: readFileSync(allocator(name).file, 'utf8') };
}
