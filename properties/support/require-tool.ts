// Tests that need a tool which not every machine has: they are skipped where it is missing, with a
// notice that says what to install. With ALLOCHECK_REQUIRE_ALL=1, as in CI, a missing tool fails them.

import { spawnSync } from 'node:child_process';

/** Whether `tool` can be run. Usage: `describe.runIf(requireTool('gcc'))('…', …)`. */
export function requireTool(tool: string, install = tool): boolean {
  const found = spawnSync(tool, ['--version'], { stdio: 'ignore' }).error === undefined;
  return requireFound(found, tool, install);
}

/** `found` itself, for tools that are sought in another way; what is missing is told, or fails. */
export function requireFound(found: boolean, tool: string, install: string): boolean {
  if (found) return true;
  const notice = `${tool} not found: install ${install} to run these tests`;
  const { ALLOCHECK_REQUIRE_ALL: all } = process.env;
  if (all === '1') throw new Error(notice);
  process.stderr.write(`skipped: ${notice}\n`);
  return false;
}
