// Every broken allocator whose cause can be known is told its cause from the trace in its header alone, and the
// allocators whose cause no check establishes are told none. (Those in explanations-name-the-right-cause are told there.)

import { describe, expect, test } from 'vitest';
import { CAUSES_OF } from '../fuzz/causes-known.ts';
import { corpusAllocators } from '../fuzz/corpora.ts';
import { replay } from '../src/corpus/replay.ts';
import { createNativeTarget } from '../src/target/native.ts';
import { readTraceFile } from '../src/trace/trace-file.ts';
import { requireTool } from './support/require-tool.ts';

const ZOO = new Map(corpusAllocators('broken').map((each) => [each.name, each]));

/** Told there, or at other traces than that in the header. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'calloc-block-stays-free',
  'calloc-product-wraps',
  'calloc-threshold-of-malloc',
  'calloc-zeroes-too-much',
  'dangling-list-head',
  'equal-holes-replace-each-other',
  'exact-room-refused',
  'first-block-too-long',
  'grows-into-live-neighbour',
  'links-into-payload',
  'merge-forgets-the-header',
  'munmap-without-header',
  'null-heap-head',
  'preallocation-skipped',
  'realloc-copies-old-size',
  'sbrk-failure-dereferenced',
  'stale-hint',
  'unaligned-shrink',
  'wrong-bin-after-growth',
]);

/** Broken otherwise than any cause says, though what they show looks much the same. */
const SILENT = [
  'slack-moves-a-live-header',
  'each-16th-search-unmerged',
  'equal-holes-replace-each-other',
  'exact-run-of-two',
  'fourth-growth-is-not-cut',
  'frees-its-equal-before',
  'heap-of-one-megabyte',
  'hundredth-free-compacts-too-much',
  'mapped-home-and-back',
  'mapping-shrinks-in-place',
  'moves-to-its-equal',
  'realloc-of-a-freed-block',
  'search-ends-after-64-blocks',
  'table-of-free-blocks',
  'wrong-bin-after-growth',
  'zero-size-gives-a-block',
];

describe.runIf(requireTool('gcc'))('from the trace in its header', () => {
  const known = Object.keys(CAUSES_OF).filter((name) => !ELSEWHERE.has(name));

  test.each(known)('%s is told the cause that it was written with, and no other', async (name) => {
    const causes = (await findingsOf(name)).flatMap(({ cause }) => cause ?? []);
    expect(causes.length).toBeGreaterThan(0);
    for (const cause of causes) {
      expect(CAUSES_OF[name]).toContain(cause.name);
      expect(cause.says).not.toBe('');
      expect(cause.evidence.length).toBeGreaterThan(0);
      // What is said is said of numbers and places that are there.
      expect([cause.says, ...cause.evidence].join('\n')).not.toMatch(/undefined|NaN|\[object/);
    }
  });

  test.each(SILENT)('%s is found, and is told no cause', async (name) => {
    const findings = await findingsOf(name);
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.flatMap(({ cause }) => cause?.name ?? [])).toEqual([]);
  });
});

describe.runIf(requireTool('gcc'))('a heap that ends in a header of nothing', () => {
  test.each([
    ['split-leaves-nothing', 'split-leaves-nothing'],
    ['merge-forgets-the-header', 'header-left-out-of-a-merge'],
  ])('by %s is told apart from what looks the same', async (name, cause) => {
    const findings = await findingsOf(name, 'a 0 41; a 1 1; r 1 130921');
    expect(findings.map((each) => each.cause?.name)).toEqual([cause]);
  });
});

/** At the trace in its header, or another. */
async function findingsOf(name: string, other?: string) {
  const each = ZOO.get(name);
  if (each === undefined) throw new Error(`no allocator ${name}`);
  const { file, contract, trace } = each;
  const target = await createNativeTarget({ files: [file], contract, name, cpuLimitMs: 150 });
  try {
    const { findings } = await replay(target, readTraceFile(other ?? trace, name), name);
    return findings;
  } finally {
    await target.close();
  }
}
