// What can be made a native target, and the one clear line for what cannot.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { isoC } from '../src/contract/iso-c.ts';
import { OperatingError } from '../src/contract/operating-error.ts';
import { osmem } from '../src/contract/osmem.ts';
import { createNativeTarget, type NativeOptions } from '../src/target/native.ts';
import { findSources } from '../src/target/native-sources.ts';
import { free, malloc } from '../src/trace/op.ts';
import { bump, CFiles, runOn, stepsOf } from './support/c-target.ts';
import { requireTool } from './support/require-tool.ts';

const files = new CFiles();
afterAll(() => files.remove());

const TRACE = [malloc(0, 24), free(0)];

/** The error's lines. */
async function refusal(
  paths: readonly string[],
  more: Partial<NativeOptions> = {},
): Promise<string[]> {
  try {
    const target = await createNativeTarget({ contract: osmem, ...more, files: paths });
    await target.close();
  } catch (error) {
    expect(error).toBeInstanceOf(OperatingError);
    return (error as Error).message.split('\n');
  }
  throw new Error('it was accepted');
}

async function outcomes(paths: readonly string[]): Promise<string[]> {
  const target = await createNativeTarget({ contract: osmem, files: paths });
  const [steps] = await stepsOf(target, [TRACE]);
  await target.close();
  return steps!.map((step) => step.outcome);
}

describe('what is no native target', () => {
  test('a file that is not there, or is not C', async () => {
    expect(await refusal(['/no/such.c'])).toEqual(['/no/such.c: no such file or directory']);
    const text = files.write('hello', 'readme.txt');
    expect(await refusal([text])).toEqual([`${text}: not a C file (.c) and no directory`]);
    expect(await refusal([`${text}/x.c`])).toHaveLength(1);
    expect(await refusal([])).toEqual(['no C file given']);
  });

  test('a directory without C files', async () => {
    files.write('notes', 'empty/notes.md');
    const path = join(files.directory, 'empty');
    expect(await refusal([path])).toEqual([`${path}: no C files in this directory`]);
  });

  test('anything, where there is no compiler', async () => {
    vi.stubEnv('PATH', '/nowhere');
    expect(await refusal([files.write(bump())])).toEqual(['gcc not found: install gcc']);
    vi.unstubAllEnvs();
  });
});

describe.runIf(requireTool('gcc'))('C that cannot be a target', () => {
  test('does not compile: the compiler says where, in its first lines', async () => {
    const lines = await refusal([files.write(`${bump()}\nint oops(void) { return }`, 'syntax.c')]);
    expect(lines[0]).toBe('syntax.c does not compile');
    expect(lines.join('\n')).toMatch(/syntax\.c:\d+:\d+: error: expected expression/);
    const many = await refusal([files.write('x;\n'.repeat(3) + 'y y y;\n'.repeat(50), 'many.c')]);
    expect(many.length).toBeLessThan(12);
    expect(many.at(-1)).toMatch(/… \d+ more lines/);
  });

  test('lacks functions: they are named', async () => {
    const lacking = files.write(bump({ without: 'os_calloc' }), 'lacking.c');
    const lines = await refusal([lacking]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^lacking\.c does not define os_calloc \(--symbols /);
    const nothing = files.write('', 'nothing.c');
    expect((await refusal([nothing]))[0]).toMatch(
      /^nothing\.c does not define os_calloc, os_free, os_malloc, os_realloc \(/,
    );
  });

  test('leaves malloc to the C library, which is not what was asked about', async () => {
    const lines = await refusal([files.write(bump(), 'mine.c')], { contract: isoC });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^mine\.c does not define calloc, free, malloc, realloc \(/);
  });

  test('uses symbols that nobody defines: they are named', async () => {
    const before = 'int helper(int); int other(int);';
    const path = files.write(bump({ before, free: 'helper(1); other(2);' }), 'loose.c');
    expect((await refusal([path]))[0]).toBe('loose.c uses undefined symbols: helper, other');
  });

  test('defines a function twice', async () => {
    const twice = [files.write(bump(), 'one.c'), files.write(bump(), 'two.c')];
    expect((await refusal(twice))[0]).toBe(
      'one.c two.c defines more than once: os_calloc, os_free, os_malloc, os_realloc',
    );
  });

  test('ends, or crashes, before its first trace', async () => {
    const before = '__attribute__((constructor)) static void early(void) { puts("no"); exit(9); }';
    const path = files.write(bump({ before }), 'early.c');
    expect(await refusal([path])).toEqual([
      'early.c does not start: it ended with exit status 9: "no"',
    ]);
    const crash = '__attribute__((constructor)) static void early(void) { abort(); }';
    expect((await refusal([files.write(bump({ before: crash }), 'crash.c')]))[0]).toBe(
      'crash.c does not start: killed by SIGABRT',
    );
  });

  test('does not come out of a constructor', async () => {
    const before = '__attribute__((constructor)) static void early(void) { for (;;) pause(); }';
    const path = files.write(bump({ before }), 'stuck.c');
    expect(await refusal([path], { startLimitMs: 300 })).toEqual([
      'stuck.c does not start: nothing heard in 0.3 s',
    ]);
  });

  test('has nowhere to be compiled to, or only the temporary directory', async () => {
    const path = files.write(bump(), 'homeless.c');
    vi.stubEnv('XDG_CACHE_HOME', path);
    const target = await createNativeTarget({ contract: osmem, files: [path] });
    await target.close();
    vi.stubEnv('TMPDIR', path);
    const line = `cannot write ${path}/allocheck/native: no place for compiled targets`;
    expect(await refusal([path])).toEqual([line]);
    vi.unstubAllEnvs();
  });

  test('is given up by whoever asked for it', async () => {
    const path = files.write(bump(), 'unwanted.c');
    expect(await refusal([path], { signal: AbortSignal.abort() })).toEqual(['interrupted']);
  });
});

describe.runIf(requireTool('gcc'))('C that is untidy, and a target all the same', () => {
  test('has a main of its own, never run', async () => {
    const path = files.write(`${bump()}\nint main(void) { abort(); }`);
    expect(await outcomes([path])).toEqual(['returned', 'returned']);
  });

  test('has a main in several files, and one that is included by another', async () => {
    files.write('int helper(void) { return 7; }', 'mains/src/list.c');
    files.write('int main(void) { abort(); }', 'mains/src/test.c');
    files.write('\0\x05\x16', 'mains/src/._osmem.c');
    const before = '#include "list.c"\nint main(void) { abort(); }';
    files.write(bump({ before, malloc: 'helper();' }), 'mains/src/osmem.c');
    const directory = join(files.directory, 'mains');
    expect(await outcomes([directory])).toEqual(['returned', 'returned']);
    expect(findSources([directory]).files).toHaveLength(2);
  });

  test('has a printf of its own', async () => {
    const own = 'int printf(const char *f, ...) { (void)f; return 0; }';
    const path = files.write(`${bump({ malloc: 'printf("%d", 1);' })}\n${own}`);
    expect(await outcomes([path])).toEqual(['returned', 'returned']);
  });

  test('defines memcpy, memset and malloc, which the driver does not use', async () => {
    const own = `
      void *memset(void *p, int c, size_t n) { for (char *q = p; n--;) *q++ = c; return p; }
      void *memcpy(void *p, const void *s, size_t n) { abort(); }
      void *malloc(size_t n) { abort(); }`;
    const path = files.write(bump() + own);
    expect(await outcomes([path])).toEqual(['returned', 'returned']);
  });

  test('defines variables in a header', async () => {
    files.write('int counter; void *os_malloc(unsigned long);', 'shared/state.h');
    const one = files.write(
      `#include "state.h"\n${bump({ malloc: 'counter++;' })}`,
      'shared/one.c',
    );
    const two = files.write(
      '#include "state.h"\nint count(void) { return counter; }',
      'shared/two.c',
    );
    expect(await outcomes([one, two])).toEqual(['returned', 'returned']);
  });

  test('comes without the headers of the course', async () => {
    const headers = '#include "osmem.h"\n#include "block_meta.h"\n#include "printf.h"\n';
    const text = `
      void *os_malloc(size_t n) {
        struct block_meta *b = sbrk(sizeof *b + n);
        DIE(b == (void *)-1, "sbrk");
        b->size = n;
        b->status = STATUS_ALLOC;
        printf_("%p\\n", (void *)b);
        return b + 1;
      }
      void os_free(void *p) { ((struct block_meta *)p)[-1].status = STATUS_FREE; }
      void *os_calloc(size_t m, size_t n) { return 0; }
      void *os_realloc(void *p, size_t n) { return 0; }`;
    const steps = await runOn(files.write(headers + text, 'bare/osmem.c'), TRACE);
    expect(steps[0]).toMatchObject({ outcome: 'returned', heap: { taken: true, header: 32 } });
  });

  test('comes without the folder in which the headers of the course are', async () => {
    const headers = ['osmem', 'block_meta', 'printf'].map(
      (name) => `#include "../utils/${name}.h"`,
    );
    const malloc = 'printf_("%zu", sizeof(struct block_meta));';
    const text = bump({ before: headers.join('\n'), malloc });
    expect(await outcomes([files.write(text, 'src/osmem.c')])).toEqual(['returned', 'returned']);
  });

  test('comes without the header of the older edition', async () => {
    const before =
      '#include "helpers.h"\n_Static_assert(sizeof(struct block_meta) == 24, "older");';
    const path = files.write(bump({ before }), 'older/osmem.c');
    expect(await outcomes([path])).toEqual(['returned', 'returned']);
  });

  test('is a directory as the course lays it out; its own headers come first', async () => {
    files.write('#define OWN 1\n#include <stddef.h>\n', 'sub/utils/osmem.h');
    files.write('int helper(void) { return 1; }', 'sub/utils/helper.c');
    files.write('#error "not a part of it"', 'sub/tests/test.c');
    const check = '#include "osmem.h"\n#ifndef OWN\n#error "the stand-in was taken"\n#endif\n';
    const before = 'int helper(void);';
    files.write(check + bump({ before, malloc: 'helper();' }), 'sub/src/osmem.c');
    const directory = join(files.directory, 'sub');
    expect(await outcomes([directory])).toEqual(['returned', 'returned']);
    expect(findSources([directory]).files).toHaveLength(2);
  });

  test('is a directory with the C files in it, or below it', async () => {
    files.write(bump(), 'flat/a.c');
    files.write(bump(), 'nested/deep/b.c');
    files.write('#error "hidden"', 'nested/.git/c.c');
    expect(await outcomes([join(files.directory, 'flat')])).toEqual(['returned', 'returned']);
    expect(await outcomes([join(files.directory, 'nested')])).toEqual(['returned', 'returned']);
  });

  test('warns by the hundred, also of what would end a build of its own', async () => {
    const warnings = Array.from(
      { length: 300 },
      (_, i) => `int careless${i}(int a) { int unused; char *p = a; if (a = 1) ; }`,
    );
    const path = files.write(
      `#pragma GCC diagnostic warning "-Wall"\n${warnings.join('\n')}\n${bump()}`,
    );
    expect(await outcomes([path])).toEqual(['returned', 'returned']);
  });

  test('speaks C11 and the GNU dialect, attributes and inline assembly included', async () => {
    const before = `
      #include <stdatomic.h>
      #include <stdalign.h>
      #include <threads.h>
      _Static_assert(sizeof(void *) == 8, "64 bits");
      static _Thread_local atomic_int calls;
      static alignas(64) char pool[64];
      struct either { union { int whole; struct { short low, high; }; }; };
      #define NAME(x) _Generic((x), int: "int", default: "other")
      #define LARGER(a, b) ({ typeof(a) x_ = (a); __auto_type y_ = (b); x_ > y_ ? x_ : y_; })
      static inline __attribute__((always_inline, pure)) int zero(void) { return 0; }
      static int table[] = {[0 ... 3] = 7, [5] = 1};`;
    const malloc = `
      int twice(int a) { return 2 * a; }
      struct either e = {.whole = 1};
      asm volatile("" ::: "memory");
      atomic_fetch_add(&calls, 1);
      if (LARGER(twice(e.low), table[3] ?: zero()) != 7 || NAME(1)[0] != 'i' || pool[0]) abort();`;
    expect(await outcomes([files.write(bump({ before, malloc }))])).toEqual([
      'returned',
      'returned',
    ]);
  });

  test('has a Makefile, which is not run, and headers in a folder beside its sources', async () => {
    const spoilt = join(files.directory, 'made/spoilt');
    files.write(`all:\n\ttouch ${spoilt}\n$(shell touch ${spoilt})\n`, 'made/Makefile');
    files.write('#define LIMIT 7\n', 'made/include/limit.h');
    const check = '#include "limit.h"\n#include "../include/limit.h"\n';
    files.write(check + bump({ malloc: 'if (LIMIT != 7) abort();' }), 'made/src/osmem.c');
    files.write('#include "limit.h"\nint limit = LIMIT;', 'made/utils/limit.c');
    expect(await outcomes([join(files.directory, 'made')])).toEqual(['returned', 'returned']);
    expect(existsSync(spoilt)).toBe(false);
  });

  test('takes flags, and other names for its functions', async () => {
    const text = bump({ malloc: 'if (LIMIT != 7) abort();' }).replaceAll('os_', 'my_');
    const path = files.write(text);
    const symbols = {
      malloc: 'my_malloc',
      calloc: 'my_calloc',
      realloc: 'my_realloc',
      free: 'my_free',
    };
    const steps = await runOn(path, TRACE, { cflags: ['-DLIMIT=7'], symbols });
    expect(steps.map((step) => step.outcome)).toEqual(['returned', 'returned']);
  });

  test('allocates before main', async () => {
    const before = '__attribute__((constructor)) static void early(void) { os_malloc(8); }';
    const steps = await runOn(files.write(bump({ before })), TRACE);
    expect(steps[0]).toMatchObject({ outcome: 'returned', result: 0x1000_0000_0048 });
  });

  test('is compiled once, and again when a header changes', async () => {
    const path = files.write(`#include "limit.h"\n${bump()}`, 'again/a.c');
    const programs: string[] = [];
    for (const limit of ['1', '1', '2']) {
      files.write(`#define LIMIT ${limit}`, 'again/limit.h');
      const target = await createNativeTarget({ contract: osmem, files: [path] });
      programs.push(target.program);
      await target.close();
    }
    expect(programs[1]).toBe(programs[0]);
    expect(programs[2]).not.toBe(programs[0]);
    expect(existsSync(programs[2]!)).toBe(true);
  });
});
