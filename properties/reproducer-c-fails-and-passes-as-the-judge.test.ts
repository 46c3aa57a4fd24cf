// The C program of a trace fails outside of the driver where a call breaks a promise, in whatever way the call
// ends, and passes with an allocator that keeps them all, in whatever way it gets its memory.

import { afterAll, describe, expect, it } from 'vitest';
import { anyAllocators } from '../fuzz/corpora.ts';
import { traces } from '../src/generate/traces.ts';
import { bump, CFiles } from './support/c-target.ts';
import { outside } from './support/outside.ts';
import { requireTool } from './support/require-tool.ts';

const BACK_DOOR = `
#include <sys/syscall.h>
#define mmap(at, n, access, flags, file, from) (void *)syscall(SYS_mmap, at, n, access, flags, file, from)
#define munmap(at, n) syscall(SYS_munmap, at, n)`;

const DIE = 'if (sbrk(8) == (void *)-1) { fputs("out of memory\\n", stderr); exit(12); }';

/** What a bump allocator does in malloc(13), the trace, and what the program says. */
const FAILING: readonly (readonly [what: string, malloc: string, says: RegExp])[] = [
  ['hangs', 'for (volatile int i = 0;; i++);', /^op 2, .*: the call does not return$/],
  [
    'runs out of stack',
    'volatile char a[4096]; a[0] = 1; return (char *)os_malloc(n) + a[0];',
    /^op 2, .*: the call crashed: SIGSEGV$/,
  ],
  ['leaves at once', '_exit(0);', /the call ended the program, though no system call had failed$/],
  ['aborts', 'abort();', /the call aborted the program, though no system call had failed$/],
  ['writes past the break', '*(char *)sbrk(0) = 1;', /0 bytes past the break somebody wrote 1$/],
  ['writes over a payload', '((char *)sbrk(0))[-1] = 1;', /the bytes of p0 changed/],
  ['returns what is live', 'return (char *)sbrk(0) - 16;', /p1 shares bytes with p0/],
  ['returns nothing', 'return 0;', /13 bytes are owed and no system call failed, but NULL/],
  ['returns odd addresses', 'return (char *)sbrk(n + 1) + 1;', /p1 is not aligned/],
];

const SOUND: readonly (readonly [what: string, text: string, trace: string])[] = [
  ['that maps by the back door', bump({ before: BACK_DOOR }), 'a 0 200000; a 1 8; f 0; a 0 140000'],
  ['that exits as growth fails', bump({ malloc: DIE }), 'x sbrk 1; a 0 8'],
  ['that is refused', bump(), 'x sbrk 2; x mmap 1; a 0 8; a 1 8; r 0 150000; c 2 3 5; a 3 150000'],
  ['that prints', bump({ malloc: 'printf("%zu\\n", n); fprintf(stderr, "!");' }), 'a 0 8; a 1 9'],
  ['of sizes that wrap', bump(), 'a 0 MAX; c 0 MAX 2; c 1 0x100000000 0x100000000; r 2 MAX-7'],
  ['of a freed block', bump(), 'a 0 8; a 1 8; f 0; s 0 9; f 1; a 2 0; s 1 9; f -1'],
];

const CONTRACTS = ['course-list', 'malloclab/explicit-list', 'iso-c/static-arena'];

describe.runIf(requireTool('gcc'))('a reproducer', () => {
  const files = new CFiles();
  afterAll(() => files.remove());

  it.concurrent.each(FAILING)('fails for an allocator that %s', async (_what, malloc, says) => {
    const file = files.write(bump({ malloc: `if (n == 13) { ${malloc} }` }));
    expect(await outside(file, 'a 0 24; a 1 13')).toMatchObject({
      reproduced: true,
      says: expect.stringMatching(says),
    });
  });

  it.concurrent.each(SOUND)('passes for a sound allocator %s', async (_what, text, trace) => {
    const { reproduced, says } = await outside(files.write(text), trace);
    expect({ reproduced, says: says.replace(/^(out of memory|!+)$/, '') }).toEqual({
      reproduced: false,
      says: '',
    });
  });

  it('sees addresses rise, and no address twice, as the driver has it', async () => {
    const file = anyAllocators().find(({ name }) => name === 'dangling-list-head')!.file;
    const { reproduced, says } = await outside(file, 'a 0 131072; r 0 131072; r 0 1');
    expect(reproduced).toBe(true);
    expect(says).toMatch(/^op 3, p0 = os_realloc\(p0, 1\): the call crashed: SIGSEGV$/);
  });

  it('leaves the middle of a long payload as it was, where that is what shows it', async () => {
    const file = anyAllocators().find(({ name }) => name === 'stale-hint')!.file;
    const { reproduced } = await outside(file, 'a 0 121; a 1 1; f 0; f 1; a 0 513; a 1 1');
    expect(reproduced).toBe(true);
  });

  it.concurrent.each(CONTRACTS)('passes for a sound allocator of %s', async (name) => {
    const { file, contract } = anyAllocators().find((each) => each.name === name)!;
    const { trace } = traces('sound', contract).next().value;
    expect((await outside(file, trace, contract)).reproduced).toBe(false);
  });
});
