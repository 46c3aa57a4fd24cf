import { defineConfig } from 'vitest/config';

// The properties that judge `src/allocator`, `src/oracle` and `src/shrink` for the mutation tests: those that run
// in this process within a second or two. Native targets, the command line and the browser would make each mutant
// cost minutes, and reach the same code.
export default defineConfig({
  test: {
    include: [
      'properties/allocator-*.test.ts',
      'properties/fault-sweeps-lose-nothing.test.ts',
      'properties/marks-are-the-bytes-of-a-violation.test.ts',
      'properties/records-are-*.test.ts',
      'properties/shrinking-ends-at-a-minimum.test.ts',
      'properties/simulated-writes-past-the-break-are-seen.test.ts',
      'properties/the-allocator-*.test.ts',
      'properties/the-courses-records-are-reproduced.test.ts',
      'properties/the-judge-*.test.ts',
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
