// A class of 60 as it comes in: sound submissions and broken ones, some of them in archives, attacks, what does not
// compile, and nothing at all; each with what must become of it.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import type { GradedState } from '../../src/grade/graded.ts';
import { corpusAllocators } from '../corpora.ts';
import { attacks } from '../hostile/attack.ts';

export type MemberKind = 'sound' | 'broken' | 'hostile' | 'no C' | 'empty';

export interface Member {
  /** Its name in the class. */
  readonly id: string;
  readonly kind: MemberKind;
}

/** Of 60: 16 sound, 24 broken, 14 hostile, 4 that do not compile, 2 that are empty. */
const SOUND = 16;
const BROKEN = 24;
const HOSTILE = 14;

const NO_C: Readonly<Record<string, string>> = {
  'half-a-function.c': 'void *os_malloc(unsigned long size) {\n',
  'one-function.c': 'void *os_malloc(unsigned long size) { return 0 * size; }\n',
  'blames-the-walls.c': '#error bwrap: cannot start\n',
  'prose.c': 'Dear all, here is my homework.\n',
};

/** The states that each kind may come to. An attack may meet the limit; what else it gets is its marks' matter. */
export const STATES_OF: Readonly<Record<MemberKind, readonly GradedState[]>> = {
  sound: ['graded'],
  broken: ['graded'],
  hostile: ['graded', 'does-not-build', 'refused', 'undecided'],
  'no C': ['does-not-build'],
  empty: ['refused'],
};

/** Writes the class into the empty `folder`. The first two sound and broken ones come in archives. */
export async function writeMembers(folder: string): Promise<Member[]> {
  const members: Member[] = [];
  const add = (kind: MemberKind, id: string): string => {
    members.push({ id, kind });
    return join(folder, id);
  };
  for (const kind of ['sound', 'broken'] as const) {
    const files = spread(corpusAllocators(kind), kind === 'sound' ? SOUND : BROKEN);
    for (const [at, { file, name }] of files.entries()) {
      if (at === 0) writeFileSync(add(kind, `${name}.tar`), await buffer(tarred(file)));
      else if (at === 1)
        writeFileSync(add(kind, `${name}.tar.gz`), await buffer(tarred(file).pipe(createGzip())));
      else copyFileSync(file, add(kind, `${name}.c`));
    }
  }
  for (const file of spread(attacks(), HOSTILE)) {
    const home = add('hostile', basename(file, '.c'));
    mkdirSync(home);
    copyFileSync(file, join(home, 'osmem.c'));
  }
  for (const [id, text] of Object.entries(NO_C)) writeFileSync(add('no C', id), text);
  mkdirSync(add('empty', 'empty-folder'));
  const plan = add('empty', 'a-plan-alone');
  mkdirSync(plan);
  writeFileSync(join(plan, 'README.txt'), 'To do.\n');
  return members;
}

/** So many of them, from the first on, evenly. */
function spread<T>(all: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, at) => all[Math.floor((at * all.length) / count)] as T);
}

function tarred(file: string): Pack {
  const tar = pack();
  tar.entry({ name: 'src/osmem.c' }, readFileSync(file));
  tar.finalize();
  return tar;
}
