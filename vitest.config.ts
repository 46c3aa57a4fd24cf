import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Coverage is asked for by `npm run coverage` (and by CI, where every optional tool is installed);
// `npm test` alone runs without it, because a machine without gcc cannot reach the native lines.
export default defineConfig({
  test: {
    include: ['properties/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two at least, though there be two processors: half of their time tests wait for compilers and children.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: [],
      reporter: ['text-summary', 'html', 'json-summary'],
      thresholds: { lines: 95, branches: 90 },
    },
  },
});
