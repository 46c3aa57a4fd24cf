// No process of a native target outlives it: not after close, not when our own process is killed.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { osmem } from '../src/contract/osmem.ts';
import { createNativeTarget, type NativeTarget } from '../src/target/native.ts';
import { malloc } from '../src/trace/op.ts';
import { bump, CFiles, stepsOf } from './support/c-target.ts';
import { requireTool } from './support/require-tool.ts';

const files = new CFiles();
afterAll(() => files.remove());

/** Ids of the processes that run this program. */
function processesOf(program: string): string[] {
  return readdirSync('/proc').filter((id) => {
    try {
      return /^\d+$/.test(id) && readlinkSync(`/proc/${id}/exe`) === program;
    } catch {
      return false;
    }
  });
}

/** Whether `left` of them are there, in the end: a server and its runner stay while the target is open. */
async function goneSoon(program: string, left = 0): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    if (processesOf(program).length === left) return true;
    await pause(20);
  }
  return false;
}

let count = 0;
/** A program of its own, so that its processes can be told from others'. */
const open = (): Promise<NativeTarget> =>
  createNativeTarget({
    contract: osmem,
    files: [
      files.write(
        bump({
          before: `const char *mark = "${files.directory} ${count++}";`,
          malloc: `
            if (n == 97 && fork() == 0) { if (fork() == 0) for (;;) pause(); for (;;) pause(); }
            if (n == 98) abort();
            if (n == 99) for (;;) pause();`,
        }),
      ),
    ],
  });

describe.runIf(requireTool('gcc'))('the processes of a native target', () => {
  test('are gone when it is closed, also in the middle of an execution', async () => {
    const target = await open();
    await stepsOf(target, [[malloc(0, 8)]]);
    expect(processesOf(target.program)).toHaveLength(2);
    const hanging = stepsOf(target, [[malloc(0, 99)]]);
    await pause(50);
    await target.close();
    await expect(hanging).rejects.toThrow('is closed');
    expect(await goneSoon(target.program)).toBe(true);
  });

  test('are gone with the call that crashed, and when it is closed, though they were forked', async () => {
    const target = await open();
    await stepsOf(target, [[malloc(0, 97)]]);
    // The second fork may come after the step was told.
    expect(await goneSoon(target.program, 4)).toBe(true);
    await stepsOf(target, [[malloc(0, 97), malloc(1, 98)], [malloc(0, 8)]]);
    expect(await goneSoon(target.program, 2)).toBe(true);
    await stepsOf(target, [[malloc(0, 97)]]);
    await target.close();
    expect(await goneSoon(target.program)).toBe(true);
  });

  test('are gone when their parent is killed', async () => {
    const { program, ...target } = await open().then(async (opened) => {
      await opened.close();
      return opened;
    });
    expect(target.name).toMatch(/\.c$/);
    const script = `
      const { spawn } = require('node:child_process');
      spawn(process.argv[1], { stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'], detached: true });
      setInterval(() => {}, 1000);
      process.stdout.write('started');`;
    const parent = spawn(process.execPath, ['-e', script, program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(parent.stdout, 'data');
    await pause(100);
    expect(processesOf(program)).toHaveLength(1);
    parent.kill('SIGKILL');
    expect(await goneSoon(program)).toBe(true);
  });
});
