#!/usr/bin/env node
// The process that grades one submission: told what to do by its parent, it answers once and ends. If the
// parent is gone it ends at once, and the target's processes with it.

import { type GradeJob, gradeOne } from '../grade/grade-one.ts';
import { EXIT } from './io.ts';
import { knownTraces } from './known-traces.ts';
import { isStarted } from './process-io.ts';

if (isStarted(import.meta.url)) {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => controller.abort());
  process.once('disconnect', () => process.exit(EXIT.undecided));
  process.once('message', (message) => {
    answer(message as GradeJob, controller.signal).catch((error: unknown) => {
      // A fault of ours: it is shown, and the parent says that the submission is undecided.
      process.exitCode = EXIT.undecided;
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.disconnect();
    });
  });
}

async function answer(job: GradeJob, signal: AbortSignal): Promise<void> {
  const outcome = await gradeOne(job, knownTraces(undefined), signal);
  process.send?.(outcome, undefined, undefined, () => process.exit(EXIT.passed));
}
