// Marks by the default rubric, as in a class: full for sound allocators, and for each broken one full but for
// lines that its header comment expects. All of the zoo is held to the same by `npm run fuzz -- grading`.

import { describe, expect, test } from 'vitest';
import { corpusAllocators } from '../fuzz/corpora.ts';
import { marksOf } from '../fuzz/grading.ts';
import { osmem } from '../src/contract/osmem.ts';
import { defaultRubric } from '../src/grade/rubric.ts';
import { requireTool } from './support/require-tool.ts';

const RUNS = 60;
const SOUND = ['course-list', 'old-header-list', 'mapping-fallback'];
const BROKEN = [
  'calloc-forgets-last-bytes',
  'calloc-product-wraps',
  'copies-from-the-header',
  'dangling-list-head',
  'exact-room-refused',
  'fourth-growth-is-not-cut',
  'mapping-leaked',
  'merge-forgets-the-header',
  'preallocation-skipped',
  'sbrk-failure-dereferenced',
  'threshold-off-by-one',
  'zero-size-gives-a-block',
];

const points = new Map(
  defaultRubric(osmem).lines.map(({ invariant, points: worth }) => [invariant as string, worth]),
);
const named = (kind: 'sound' | 'broken', names: readonly string[]) =>
  corpusAllocators(kind).filter(({ name }) => names.includes(name));

describe.runIf(requireTool('gcc'))('graded,', () => {
  test.each(named('sound', SOUND))('the sound $name has full marks', async (allocator) => {
    const { marks, maximum } = await marksOf(allocator, 'marks', RUNS, 'none');
    expect(marks).toBe(maximum);
  });

  test.each(named('broken', BROKEN))(
    'the broken $name loses the points of what it is expected to break',
    async (allocator) => {
      const { marks, maximum, lost, unexpected } = await marksOf(allocator, 'marks', RUNS, 'none');
      expect(lost).not.toEqual([]);
      expect(unexpected).toEqual([]);
      const worth = lost.reduce((sum, invariant) => sum + (points.get(invariant) ?? 0), 0);
      expect(marks).toBe(maximum - worth);
    },
  );
});
