// Strangers' code sees its own files and the system's, reaches nothing else, and cannot talk itself into marks.
// `npm run fuzz -- hostile` hands in all of the zoo; here are those that take no time.

import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attack, attacks } from '../fuzz/hostile/attack.ts';
import { Scene } from '../fuzz/hostile/scene.ts';
import { osmem } from '../src/contract/osmem.ts';
import { traces } from '../src/generate/traces.ts';
import { createNativeTarget, type NativeOptions } from '../src/target/native.ts';
import { openSandbox, whyNoSandbox } from '../src/target/sandbox.ts';
import { witness } from '../src/target/witness.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { malloc } from '../src/trace/op.ts';
import { bump, CFiles, stepsOf } from './support/c-target.ts';
import { Desk } from './support/command-line.ts';
import { requireTool } from './support/require-tool.ts';

const files = new CFiles();
afterAll(() => files.remove());

const CORPUS = new URL('../corpus/allocators/', import.meta.url).pathname;
const SOUND = join(CORPUS, 'sound/course-list.c');

/** Containers often forbid namespaces, as root too: nothing can be installed against that. */
function hasWalls(): boolean {
  if (!requireTool('gcc') || !requireTool('bwrap', 'bubblewrap')) return false;
  const why = whyNoSandbox();
  if (why !== undefined) process.stderr.write(`skipped: ${why}\n`);
  return why === undefined;
}

const open = (text: string, options: Partial<NativeOptions> = {}) =>
  createNativeTarget({
    contract: osmem,
    sandbox: 'require',
    ...options,
    files: [files.write(text)],
  });

/** What the target says when it is asked for 8 bytes: it writes to stderr, and aborts. */
async function told(statements: string, options: Partial<NativeOptions> = {}): Promise<string> {
  const target = await open(bump({ malloc: `${statements}; abort();` }), options);
  const [steps] = await stepsOf(target, [[malloc(0, 8)]]);
  await target.close();
  return steps?.[0]?.detail ?? '';
}

describe.runIf(hasWalls())('a target within walls', () => {
  test('says so', async () => {
    const target = await open(bump());
    expect(target.sandboxLevel).toBe('bubblewrap');
    expect((await stepsOf(target, [[malloc(0, 8)]]))[0]).toHaveLength(1);
    await target.close();
  });

  test('sees no file of the machine, and can write none outside of /tmp', async () => {
    const says = await told(`
      static const char *const paths[] = {"/etc/passwd", "/root", "/home", "/work", "/var"};
      for (int i = 0; i < 5; i++) if (access(paths[i], F_OK) == 0) fprintf(stderr, "sees %s ", paths[i]);
      static const char *const new[] = {"/new", "/usr/new", "/dev/shm/new", "/dev/new", "/proc/new"};
      for (int i = 0; i < 5; i++) { FILE *f = fopen(new[i], "w"); if (f) fprintf(stderr, "writes %s ", new[i]); }
      fprintf(stderr, "tmp %d", fopen("/tmp/new", "w") != NULL)`);
    expect(says).toContain('"tmp 1"');
  });

  test('has few processes, and sees no others', async () => {
    const says = await told(`
      int forks = 0; while (forks < 100) { int p = fork(); if (p == 0) { pause(); _exit(0); } if (p < 0) break; forks++; }
      int others = 0; for (int i = 1; i < 4000; i++) { char path[32]; snprintf(path, 32, "/proc/%d", i); others += access(path, F_OK) == 0; }
      fprintf(stderr, "%s %s", forks < 32 ? "few" : "many", others < 40 ? "alone" : "among others")`);
    expect(says).toContain('"few alone"');
  });

  test('is compiled with what was named in sight, and no more', async () => {
    const neighbour = files.write(bump(), 'class/alice/osmem.c');
    const include = (path: string) => open(`#include "${path}"\n`);
    await expect(include(neighbour)).rejects.toThrow('No such file');
    await expect(include('/etc/passwd')).rejects.toThrow('No such file');
    await expect(include('../class/alice/osmem.c')).rejects.toThrow('No such file');
    files.write('#define ANSWER 42\n', 'own/answer.h');
    const own = files.write(
      `#include "answer.h"\n${bump({ before: 'int answer = ANSWER;' })}`,
      'own/a.c',
    );
    const target = await createNativeTarget({ contract: osmem, sandbox: 'require', files: [own] });
    await target.close();
  });

  test('is not led out of its folder by a link', async () => {
    const neighbour = files.write(bump(), 'class/bob/osmem.c');
    const folder = mkdtempSync(join(tmpdir(), 'allocheck-link-'));
    symlinkSync(neighbour, join(folder, 'osmem.c'));
    const options = { contract: osmem, sandbox: 'require', files: [folder] } as const;
    await expect(createNativeTarget(options)).rejects.toThrow('No such file');
    rmSync(folder, { recursive: true });
  });

  test('runs as fast, and to the same end, as outside', async () => {
    const list = firstTraces(20);
    const lines: string[] = [];
    for (const sandbox of ['none', 'require'] as const) {
      const target = await createNativeTarget({ contract: osmem, sandbox, files: [SOUND] });
      lines.push(JSON.stringify(await stepsOf(target, list), plain));
      await target.close();
    }
    expect(lines[0]).toBe(lines[1]);
  });
});

describe.runIf(hasWalls())('a hostile submission', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open();
  });
  afterAll(() => scene.close());

  const QUICK = [
    'forges-skipped-steps',
    'includes-others-work',
    'patches-the-drivers-checks',
    'reads-others-work',
    'stays-as-a-daemon',
  ];
  test.each(QUICK)('%s gets nothing, and leaves nothing', async (name) => {
    const file = attacks().find((each) => basename(each, '.c') === name)!;
    const {
      marks,
      processes,
      files: left,
      reached,
      sameNeighbour,
    } = await attack(file, {
      scene,
      seed: 'hostile',
      runs: 8,
    });
    expect({ marks, processes, left, reached, sameNeighbour }).toEqual({
      ...{ marks: 0, processes: 0, left: 0 },
      ...{ reached: '', sameNeighbour: true },
    });
  });
});

describe.runIf(requireTool('gcc'))('the hostile zoo', () => {
  test('has teeth: without walls, somebody else’s submission is within reach', async () => {
    const file = join(CORPUS, 'hostile/includes-others-work.c');
    const target = await createNativeTarget({
      contract: osmem,
      cflags: [`-DNEIGHBOUR="${SOUND}"`],
      files: [file],
    });
    const [steps] = await stepsOf(target, [[malloc(0, 8)]]);
    expect(steps?.[0]?.result).toBeGreaterThan(0);
    await target.close();
  });
});

describe.runIf(requireTool('gcc'))('the witness', () => {
  test.each(['course-list', 'free-tree'])('believes %s, which is sound', async (name) => {
    expect(await witnessed(join(CORPUS, `sound/${name}.c`))).toMatchObject({
      kind: 'agrees',
      traces: 6,
    });
  });

  test.each(['grows-into-live-neighbour', 'realloc-copies-old-size'])(
    'does not call %s a forger, which is broken',
    async (name) => {
      expect((await witnessed(join(CORPUS, `broken/${name}.c`))).kind).not.toBe('forged');
    },
  );

  test('takes no header that it has written over itself for a lie, in a longer trace', async () => {
    const file = join(CORPUS, 'broken/grows-into-live-neighbour.c');
    const trace = parseTrace(GROWS_OVER_NEIGHBOURS);
    expect((await witnessed(file, [trace])).kind).toBe('unlike');
  });

  test('sees through a target that takes the checks from the driver', async () => {
    const file = join(CORPUS, 'hostile/patches-the-drivers-checks.c');
    expect(await witnessed(file)).toMatchObject({ kind: 'forged' });
  });
});

describe('--require-sandbox', () => {
  test('is one clear line and exit code 2 where there is no bubblewrap', async () => {
    if (whyNoSandbox() === undefined) return;
    const desk = new Desk();
    const { code, err } = await desk.run(['check', SOUND, '--require-sandbox']);
    expect(code).toBe(2);
    expect(err).toMatch(/no sandbox: bubblewrap [^\n]+\n$/);
    desk.clear();
  });

  test('is no sandbox where none is asked for', () => {
    expect(openSandbox('none').level).toBe('none');
  });
});

/** Sizes may be larger than numbers. */
function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

/** The payload of op 31 lies over the header behind it. */
const GROWS_OVER_NEIGHBOURS =
  'c 9 1 296; f 9; c 11 1 984; r 11 130024; r 11 11500; r 11 0; a 29 130024; r 29 896; c 21 1 138170; ' +
  'r 29 141520; r 29 35; c 31 1 MAX-16; c 7 95 1; x mmap 2; r 30 896; a 31 1; r 29 1; x mmap 1; ' +
  'r 29 136267; c 23 1 733; r 29 67; f 29; r 26 2605; a 17 75302; r 21 211045; x mmap 2; r 21 4098; ' +
  'c 6 1 MAX-24; r 21 19; f 21; r 7 15306; x mmap 1; r 7 28; a 12 131040; r 7 131040';

async function witnessed(file: string, chosen = firstTraces(6)) {
  const options = { contract: osmem, files: [file] };
  const target = await createNativeTarget(options);
  const own = await createNativeTarget({ ...options, isolation: 'fork' });
  try {
    return await witness(target, own, chosen);
  } finally {
    await target.close();
    await own.close();
  }
}

function firstTraces(count: number) {
  const source = traces('witness', osmem, 0);
  return Array.from({ length: count }, () => source.next().value.trace);
}
