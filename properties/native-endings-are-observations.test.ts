// However a native target ends, it ends in a step that says so, at the op where it happened, and the
// next trace runs as if nothing had been.

import { afterAll, describe, expect, test } from 'vitest';
import { osmem } from '../src/contract/osmem.ts';
import type { Outcome, Step } from '../src/target/execution.ts';
import { createNativeTarget } from '../src/target/native.ts';
import { calloc, free, malloc, realloc } from '../src/trace/op.ts';
import { type BumpParts, bump, CFiles, stepsOf, type TargetOptions } from './support/c-target.ts';
import { requireTool } from './support/require-tool.ts';

const files = new CFiles();
afterAll(() => files.remove());

/** Two good ops, one with the size that the misbehaviour waits for, and one that is never reached. */
const TRACE = [malloc(0, 24), malloc(1, 300_000), malloc(2, 1234), malloc(3, 8)];
const GOOD = [malloc(0, 16), calloc(1, 4, 4), realloc(0, 64), free(1)];

async function endingOf(parts: BumpParts, options: TargetOptions = {}): Promise<Step> {
  const target = await createNativeTarget({
    contract: osmem,
    ...options,
    files: [files.write(bump(parts))],
  });
  try {
    const [before, bad, after] = await stepsOf(target, [GOOD, TRACE, GOOD]);
    expect(before!.map(outcome)).toEqual(['returned', 'returned', 'returned', 'returned']);
    expect(after).toEqual(before);
    expect(bad!.slice(0, 2).map(outcome)).toEqual(['returned', 'returned']);
    return bad!.at(-1)!;
  } finally {
    await target.close();
  }
}

const outcome = (step: Step): Outcome => step.outcome;
const when = (code: string): BumpParts => ({ malloc: `if (n == 1234) { ${code} }` });

describe.runIf(requireTool('gcc'))('a native target that misbehaves', () => {
  test('crashes on a null pointer: SIGSEGV, the address, and a write', async () => {
    const step = await endingOf(when('*(volatile int *)8 = 1;'));
    expect(step).toMatchObject({ index: 2, op: TRACE[2], outcome: 'crashed', syscalls: [] });
    expect(step.detail).toBe('SIGSEGV');
    expect(step.fault).toEqual({ address: 8, access: 'write' });
    expect(step.heap.taken).toBe(false);
  });

  test('reads past the break: the fault is at the page behind it', async () => {
    const step = await endingOf(
      when('char *p = sbrk(0); for (;;) { volatile char c = *p++; (void)c; }'),
    );
    expect(step.fault).toEqual({ address: 0x1000_0000_1000, access: 'read' });
    expect(step.syscalls).toMatchObject([{ name: 'sbrk', moved: 0 }]);
  });

  test('touches the guard page behind a mapping', async () => {
    const step = await endingOf(
      when('char *p = mmap(0, 5000, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); p[8192] = 1;'),
    );
    const start = step.syscalls[0]!.result;
    expect(step.fault).toEqual({ address: start + 8192, access: 'write' });
  });

  test('touches what it has unmapped', async () => {
    const step = await endingOf(
      when(`char *p = mmap(0, 9000, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); p[0] = 1;
        munmap(p, 4096); p[8192] = 1; p[0] = 1;`),
    );
    expect(step.syscalls).toHaveLength(2);
    expect(step.fault).toEqual({ address: step.syscalls[0]!.result, access: 'write' });
  });

  test('overflows its stack', async () => {
    const step = await endingOf({
      before:
        'int deep(int n) { volatile char a[4096]; a[n % 4096] = 1; return deep(n + 1) + a[0]; }',
      ...when('return (void *)(long)deep(0);'),
    });
    expect(step).toMatchObject({ index: 2, outcome: 'crashed' });
    expect(step.detail).toBe('SIGSEGV');
  });

  test('divides by zero, aborts, traps', async () => {
    const [division, aborted, trapped] = await Promise.all([
      endingOf(when('volatile int z = 0; return (void *)(long)(7 / z);')),
      endingOf(when('abort();')),
      endingOf(when('__builtin_trap();')),
    ]);
    expect(division).toMatchObject({ outcome: 'crashed', detail: 'SIGFPE' });
    expect(aborted).toMatchObject({ outcome: 'crashed', detail: 'SIGABRT' });
    expect(trapped).toMatchObject({ outcome: 'crashed', detail: 'SIGILL' });
  });

  test('aborts again and again: that is no state that outlives a trace', async () => {
    const file = files.write(bump(when('abort();')));
    const target = await createNativeTarget({ contract: osmem, files: [file] });
    const all = await stepsOf(target, Array.from({ length: 12 }, () => [GOOD, TRACE]).flat());
    expect(all.filter((steps) => steps.at(-1)!.outcome === 'crashed')).toHaveLength(12);
    expect(target.isolation).toBe('snapshot');
    await target.close();
  });

  test('takes the signal away from us and dies of it', async () => {
    const step = await endingOf({
      before: '#include <signal.h>',
      ...when('signal(SIGSEGV, SIG_DFL); *(volatile int *)8 = 1;'),
    });
    expect(step).toMatchObject({ index: 2, outcome: 'crashed', detail: 'SIGSEGV' });
  });

  test('exits, with what it said last', async () => {
    const step = await endingOf(when('fprintf(stderr, "out of luck"); exit(3);'));
    expect(step).toMatchObject({ index: 2, outcome: 'exited' });
    expect(step.detail).toBe('exit status 3; stderr: "out of luck"');
  });

  test('exits without cleaning up, in a call that had mapped something', async () => {
    const step = await endingOf(
      when('mmap(0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); _exit(0);'),
    );
    expect(step).toMatchObject({ outcome: 'exited', detail: 'exit status 0' });
    expect(step.syscalls).toMatchObject([{ name: 'mmap', length: 4096, error: 0 }]);
  });

  test('never returns', async () => {
    const step = await endingOf(when('for (;;) __asm__ volatile("");'), { cpuLimitMs: 100 });
    const detail = 'no return within 100 ms of CPU time';
    expect(step).toMatchObject({ index: 2, outcome: 'hung', detail });
  });

  test('sleeps for ever, or stops itself', async () => {
    const [asleep, stopped] = await Promise.all([
      endingOf(when('for (;;) pause();'), { cpuLimitMs: 50 }),
      endingOf({ before: '#include <signal.h>', ...when('raise(SIGSTOP);') }),
    ]);
    expect(asleep).toMatchObject({ outcome: 'hung', detail: 'no return, asleep for 500 ms' });
    expect(stopped).toMatchObject({ index: 2, outcome: 'hung', detail: 'it stopped itself' });
  });

  test('calls for memory without end: hung, its calls kept up to a bound', async () => {
    const step = await endingOf(when('for (;;) munmap(sbrk(0), 4096);'), { cpuLimitMs: 100 });
    expect(step.outcome).toBe('hung');
    expect(step.syscalls).toHaveLength(65_536);
  });

  test('asks for the break and grows it very often: what it grew in all is known', async () => {
    const asks = 'for (int i = 0; i < 1000; i++) sbrk(0);';
    const step = await endingOf(when(`${asks} for (int i = 0; i < 1000; i++) sbrk(8); abort();`));
    expect(step.outcome).toBe('crashed');
    expect(step.syscalls.length).toBeLessThanOrEqual(256);
    expect(step.syscalls.reduce((sum, { moved }) => sum + moved, 0)).toBe(8000);
  });

  test('is killed from outside: cut off', async () => {
    const step = await endingOf({
      before: '#include <signal.h>',
      ...when('kill(getpid(), SIGKILL);'),
    });
    expect(step).toMatchObject({ index: 2, outcome: 'cut-off' });
    expect(step.detail).toBe('the process is gone (SIGKILL)');
  });

  test('kills its parent: cut off at the first op that was not heard of', async () => {
    const step = await endingOf({
      before: '#include <signal.h>',
      ...when(`long n = 62, parent = getppid();
        __asm__ volatile("syscall" : "+a"(n) : "D"(parent), "S"(9L) : "rcx", "r11", "memory");
        for (;;) pause();`),
    });
    expect(step).toMatchObject({ index: 2, outcome: 'cut-off' });
    expect(step.detail).toBe('the driver is gone: killed by SIGKILL');
  });

  test('kills its process group: ours is another one', async () => {
    const step = await endingOf({ before: '#include <signal.h>', ...when('kill(0, SIGKILL);') });
    expect(step).toMatchObject({ index: 2, outcome: 'cut-off' });
  });
});

describe.runIf(requireTool('gcc'))('a native target that is rude, and goes on', () => {
  test('closes every descriptor, and the report arrives all the same', async () => {
    const step = await endingOf(when('for (int i = 0; i < 1024; i++) close(i);'));
    expect(step).toMatchObject({ index: 3, outcome: 'returned' });
  });

  test('writes rubbish to every descriptor', async () => {
    const step = await endingOf(
      when('for (int i = 3; i < 64; i++) write(i, "rubbish!rubbish!", 16);'),
    );
    expect(step).toMatchObject({ index: 3, outcome: 'returned' });
  });

  test('prints a hundred megabytes', async () => {
    const step = await endingOf(
      when(
        'static char b[1 << 20]; memset(b, 120, sizeof b - 1); for (int i = 0; i < 100; i++) puts(b);',
      ),
    );
    expect(step).toMatchObject({ index: 3, outcome: 'returned' });
  });

  test('prints without end: hung, and little of it is kept', async () => {
    const step = await endingOf(when('for (;;) fprintf(stderr, "again ");'), { cpuLimitMs: 100 });
    expect(step.outcome).toBe('hung');
    expect(step.detail.length).toBeLessThan(1000);
  });

  test('uses printf and the C library heap of its own', async () => {
    const step = await endingOf(
      when('char *p = malloc(100000); printf("%f %p", 1.5, (void *)p); fflush(stdout); free(p);'),
    );
    expect(step).toMatchObject({ index: 3, outcome: 'returned', syscalls: [{ name: 'sbrk' }] });
  });
});
