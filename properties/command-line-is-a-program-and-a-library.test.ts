// The edges: the real process around the command line, the build, and the names that the package exports.

import { spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isStarted, processIo, tellFaultsApart } from '../src/cli/process-io.ts';
import * as library from '../src/index.ts';

class FakeProcess extends EventEmitter {
  exitCode?: number | string | null | undefined;
  readonly stdout = new PassThrough();
  readonly stderr = Object.assign(new PassThrough(), { isTTY: true });
  cwd(): string {
    return '/somewhere';
  }
}

describe('the process', () => {
  test('gives its streams, its folder, and whether somebody watches', () => {
    const outside = new FakeProcess();
    const io = processIo(outside);
    io.stdout('to people');
    io.stderr('about errors');
    expect(outside.stdout.read().toString()).toBe('to people');
    expect(outside.stderr.read().toString()).toBe('about errors');
    expect(io).toMatchObject({ cwd: '/somewhere', terminal: true });
  });

  test.each([
    [undefined, true],
    [80, true],
    [0, false],
  ])('takes a terminal of %s columns for one that is watched: %s', (columns, terminal) => {
    const outside = new FakeProcess();
    Object.assign(outside.stderr, { columns });
    expect(processIo(outside).terminal).toBe(terminal);
  });

  test.each(['SIGINT', 'SIGTERM'])(
    'stops cleanly at the first %s, and not at the second',
    (name) => {
      const outside = new FakeProcess();
      const io = processIo(outside);
      expect(io.signal.aborted).toBe(false);
      outside.emit(name);
      expect(io.signal.aborted).toBe(true);
      expect(outside.listenerCount(name)).toBe(0);
    },
  );

  test('does not mind a reader that went away', () => {
    const outside = new FakeProcess();
    const io = processIo(outside);
    io.stdout('one');
    outside.stdout.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }));
    io.stdout('two');
    expect(outside.stdout.listenerCount('error')).toBe(1);
    expect(outside.stderr.read()).toBe(null);
    outside.emit('exit');
    expect(outside.exitCode).not.toBe(2);
  });

  test('says so and ends with 2 where its output cannot be written', () => {
    const outside = new FakeProcess();
    const io = processIo(outside);
    io.stdout('the verdict');
    outside.stdout.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' }));
    expect(outside.stderr.read().toString()).toBe('allocheck: cannot write stdout: ENOSPC\n');
    outside.exitCode = 0;
    outside.emit('exit');
    expect(outside.exitCode).toBe(2);
  });

  test('ends with no verdict after a fault of ours, and is left alone otherwise', () => {
    const outside = new FakeProcess();
    tellFaultsApart(outside);
    outside.emit('exit');
    expect(outside.exitCode).toBeUndefined();
    outside.emit('uncaughtExceptionMonitor');
    outside.emit('exit');
    expect(outside.exitCode).toBe(3);
  });

  test('starts a module only as the script of the process', () => {
    expect(isStarted(import.meta.url)).toBe(false);
  });
});

describe('the library', () => {
  test('does from its exports alone what the command line does', async () => {
    const { campaign, createSimulatedTarget, parseBudget, reportText, soundParts } = library;
    const parts = { ...soundParts, isWorthSplitting: () => false };
    const target = createSimulatedTarget({ name: 'mine', parts });
    const report = await campaign({ target, seed: '1', budget: parseBudget('50runs') });
    const context = { contract: library.osmem, targetArguments: [] };
    expect(reportText(report, context)).toContain('mine: FAILED');
    const [finding] = report.findings;
    expect(library.parseTrace(library.formatTrace(finding?.trace ?? []))).toEqual(finding?.trace);
  });

  test('offers the dynamic threshold, and its syscalls as strace prints them', () => {
    const { createAllocator, formatSyscall, osmemRules, SimulatedOs } = library;
    const os = new SimulatedOs();
    const rules = { ...osmemRules, dynamicThreshold: { cap: 1 << 25 } };
    const allocator = createAllocator(os, { rules });
    allocator.free(allocator.malloc(200_000));
    allocator.malloc(150_000);
    expect(os.syscalls.map((syscall) => formatSyscall(syscall).split('(')[0])).toEqual([
      'mmap',
      'munmap',
      'sbrk', // the preallocation
      'sbrk', // what is missing from it
    ]);
  });

  test('exports nothing that is undefined', () => {
    expect(Object.entries(library).filter(([, value]) => value === undefined)).toEqual([]);
  });
});

const built = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));

test.runIf(existsSync(built))('the build starts, and tells by its exit code how it went', () => {
  const run = (...argv: string[]) =>
    spawnSync(process.execPath, [built, ...argv], { encoding: 'utf8' });
  expect(run('check', '--budget=20runs', '--seed=1', '--quiet')).toMatchObject({
    status: 0,
    stdout: 'seed 1\nbuiltin: PASSED, no violation of osmem\n',
    stderr: '',
  });
  expect(run('check', '--budget=no').status).toBe(2);
});
