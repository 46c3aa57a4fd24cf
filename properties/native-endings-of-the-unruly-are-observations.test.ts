// What a C allocator may do to its process besides crashing, all of it in one target: each trace behaves badly
// in its third call, is told as what it is, and the well-behaved trace after it gives the steps that it always gives.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { osmem } from '../src/contract/osmem.ts';
import type { Isolation } from '../src/target/driver-batch.ts';
import type { Step } from '../src/target/execution.ts';
import { createNativeTarget, type NativeTarget } from '../src/target/native.ts';
import { calloc, free, malloc, realloc } from '../src/trace/op.ts';
import type { Trace } from '../src/trace/trace.ts';
import { bump, CFiles, stepsOf } from './support/c-target.ts';
import { requireTool } from './support/require-tool.ts';

/** What is done when this many bytes are asked for, before the memory is given out as ever. */
const HABITS: { readonly [name: string]: string } = {
  'exits quickly': 'quick_exit(5);',
  'raises a signal': 'raise(SIGTERM);',
  'jumps out, to where nobody is any more': 'longjmp(gone, 1);',
  'overflows its stack with no other to run on':
    'stack_t s = {.ss_flags = SS_DISABLE}; sigaltstack(&s, 0); deep(1);',
  'crashes with all signals blocked':
    'sigset_t all; sigfillset(&all); sigprocmask(SIG_BLOCK, &all, 0); *(volatile int *)8 = 1;',
  'crashes into a handler of its own': 'signal(SIGSEGV, leave); *(volatile int *)8 = 1;',
  'has a stack frame of a gigabyte': 'gigabyte(1);',
  'has a stack frame of ten': '((volatile char *)__builtin_alloca((size_t)n * 8000000))[0] = 1;',
  'becomes another program': 'execl("/bin/sh", "sh", "-c", "exit 6", (char *)0);',
  'ends its only thread': 'pthread_exit(0);',
  'goes into the background': 'if (fork() > 0) _exit(4);',
  'crashes in another thread': 'pthread_t t; pthread_create(&t, 0, crash, 0); pthread_join(t, 0);',
  'has itself woken, and sleeps': 'ring(20000); for (;;) pause();',
  'exits, and sleeps on the way': 'atexit(doze); exit(3);',

  'puts its output over every descriptor': 'for (int i = 0; i < 64; i++) dup2(1, i);',
  'writes three gigabytes':
    'char b[1 << 20]; for (int i = 0; i < 3000; i++) if (write(1, b, sizeof b) < 0) write(2, b, 9);',
  'forks, and both return': 'fork();',
  'forks, and the child crashes': 'if (fork() == 0) *(volatile int *)8 = 1; wait(0);',
  'forks, and the child allocates': 'if (fork() == 0) { sbrk(64); _exit(0); } wait(0);',
  'forks, and the child stays': 'if (fork() == 0) for (;;) pause();',
  'runs a program': 'if (system("exit 7") != 7 << 8) abort();',
  'works in a thread': 'pthread_t t; pthread_create(&t, 0, work, 0); pthread_join(t, 0);',
  'leaves a thread behind': 'pthread_t t; pthread_create(&t, 0, (void *(*)(void *))doze, 0);',
  'sleeps for a moment': 'usleep(30000);',
  'moves house':
    'chdir("/"); setenv("HOME", "/", 1); unsetenv("PATH"); umask(0777); setlocale(LC_ALL, "");',
  'changes how numbers are rounded, and wants a signal for each':
    'fesetround(FE_UPWARD); feenableexcept(FE_ALL_EXCEPT);',
  'looks how numbers are rounded': 'if ((__builtin_ia32_stmxcsr() & 0xffc0) != 0x1f80) abort();',
  'stays on one processor':
    'cpu_set_t s; CPU_ZERO(&s); CPU_SET(0, &s); sched_setaffinity(0, sizeof s, &s);',
  'wants no limits but its own':
    'struct rlimit none = {0, 0}; setrlimit(RLIMIT_NOFILE, &none); setrlimit(RLIMIT_FSIZE, &none);',
  'signals other processes':
    'if (kill(-1, 0) == 0 || kill(getppid(), 0) == 0 || kill(1, 0) == 0 || syscall(SYS_kill, -1, 0) == 0) abort();',
  'maps three hundred times':
    'void *p[300]; for (int i = 0; i < 300; i++) p[i] = mmap(0, 4096, 3, 34, -1, 0); for (int i = 0; i < 300; i++) munmap(p[i], 4096);',
  'maps after it has unmapped, and wants the old address':
    'char *a = mmap(0, 4096, 3, 34, -1, 0); munmap(a, 4096); if (mmap(a, 4096, 3, 34, -1, 0) == a) abort();',
  'has itself woken much later': 'signal(SIGALRM, SIG_DFL); ring(1000);',
};

const PREPARED = `
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
static jmp_buf gone;
__attribute__((constructor, noinline)) static void early(void) { setjmp(gone); }
static int deep(int n) { volatile char a[4096]; a[n % 4096] = 1; return deep(n + 1) + a[0]; }
static int gigabyte(int n) { volatile char a[1 << 30]; a[n] = 1; return a[n] + a[(1 << 30) - n]; }
static void leave(int n) { _exit(7); }
static void *crash(void *p) { *(volatile int *)8 = 1; return p; }
static void *work(void *p) { sbrk(64); return p; }
static void doze(void) { for (;;) pause(); }
static void ring(int us) { struct itimerval t = {{0, 0}, {0, us}}; setitimer(ITIMER_REAL, &t, 0); }
`;

const FIRST = 1000;
const names = Object.keys(HABITS);
const sizeOf = (name: string): number => FIRST + names.indexOf(name);
const badTrace = (name: string): Trace => [
  malloc(0, 24),
  malloc(1, 300_000),
  malloc(2, sizeOf(name)),
  malloc(3, 8),
];
const GOOD: Trace = [malloc(0, 16), calloc(1, 4, 4), realloc(0, 64), free(1)];

const files = new CFiles();
let file: string;
/** All traces in one process, as long as it lives: what one leaves behind, the next one meets. */
let target: NativeTarget;
/** Of the well-behaved trace, before anything happened. */
let usual: Step[];

const open = (isolation: Isolation): Promise<NativeTarget> =>
  createNativeTarget({ contract: osmem, files: [file], cpuLimitMs: 50, isolation });

/** The bad trace's last step. The target goes on with the good one as if nothing had been. */
async function afterwards(name: string): Promise<Step[]> {
  const [bad, good] = await stepsOf(target, [badTrace(name), GOOD]);
  expect(good, name).toEqual(usual);
  expect(bad!.slice(0, 2).map((step) => step.outcome)).toEqual(['returned', 'returned']);
  return bad!;
}

describe.runIf(requireTool('gcc'))('an unruly native target', () => {
  beforeAll(async () => {
    const cases = names.map((name) => `case ${sizeOf(name)}: { ${HABITS[name]} break; }`);
    const malloc = `switch (n) { ${cases.join('\n')} }`;
    file = files.write(bump({ before: PREPARED, malloc }));
    target = await open('snapshot');
    expect(target.isolation).toBe('snapshot');
    usual = (await stepsOf(target, [GOOD]))[0]!;
  });
  afterAll(async () => {
    await target.close();
    files.remove();
  });

  test.each([
    ['exits quickly', 'exited', 'exit status 5'],
    ['raises a signal', 'crashed', 'SIGTERM'],
    ['overflows its stack with no other to run on', 'crashed', 'SIGSEGV'],
    ['crashes with all signals blocked', 'crashed', 'SIGSEGV'],
    ['crashes into a handler of its own', 'exited', 'exit status 7'],
    ['has a stack frame of a gigabyte', 'crashed', 'SIGSEGV'],
    ['has a stack frame of ten', 'crashed', 'SIGSEGV'],
    ['becomes another program', 'exited', 'exit status 6'],
    ['ends its only thread', 'exited', 'exit status 0'],
    ['goes into the background', 'exited', 'exit status 4'],
    ['crashes in another thread', 'crashed', 'SIGSEGV'],
    ['exits, and sleeps on the way', 'hung', 'no return, asleep for 500 ms'],
  ])('%s: %s, %s', async (name, outcome, detail) => {
    const steps = await afterwards(name);
    expect(steps).toHaveLength(3);
    expect(steps[2]).toMatchObject({ index: 2, outcome, detail });
  });

  test('jumps out: it does not come back from that call', async () => {
    const steps = await afterwards('jumps out, to where nobody is any more');
    expect(steps).toHaveLength(3);
    expect(['crashed', 'exited', 'hung']).toContain(steps[2]!.outcome);
  });

  test('has itself woken: a handler that does nothing was there before, so it sleeps on', async () => {
    const steps = await afterwards('has itself woken, and sleeps');
    expect(steps[2]).toMatchObject({ outcome: 'hung', detail: 'no return, asleep for 500 ms' });
  });

  test.each([
    'puts its output over every descriptor',
    'writes three gigabytes',
    'forks, and both return',
    'forks, and the child crashes',
    'forks, and the child allocates',
    'forks, and the child stays',
    'runs a program',
    'works in a thread',
    'leaves a thread behind',
    'sleeps for a moment',
    'moves house',
    'changes how numbers are rounded, and wants a signal for each',
    'stays on one processor',
    'wants no limits but its own',
    'signals other processes',
    'maps three hundred times',
    'maps after it has unmapped, and wants the old address',
  ])('%s, and goes on', async (name) => {
    const steps = await afterwards(name);
    expect(steps.map((step) => step.outcome)).toEqual(Array(4).fill('returned'));
    expect(steps.flatMap((step) => step.broken)).toEqual([]);
  });

  test('what it does in one op is known however many calls it makes', async () => {
    const steps = await afterwards('maps three hundred times');
    expect(steps[2]!.syscalls).toHaveLength(601);
    expect(steps[2]!.syscalls.at(-1)).toMatchObject({ name: 'sbrk' });
  });

  test('how it wants numbers rounded does not outlive the trace', async () => {
    const wish = badTrace('changes how numbers are rounded, and wants a signal for each');
    const [, next] = await stepsOf(target, [wish, badTrace('looks how numbers are rounded')]);
    expect(next!.map((step) => step.outcome)).toEqual(Array(4).fill('returned'));
  });

  test('a signal that it ordered for later does not hit another trace', async () => {
    const auto = await open('auto');
    const orders = badTrace('has itself woken much later');
    const [ordered, innocent] = await stepsOf(auto, [orders, badTrace('sleeps for a moment')]);
    await auto.close();
    expect(ordered!.map((step) => step.outcome)).toEqual(Array(4).fill('returned'));
    expect(innocent!.map((step) => step.outcome)).toEqual(Array(4).fill('returned'));
  });
});
