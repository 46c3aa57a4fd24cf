// What is handed in is strangers' data: whatever an archive says, plain files below one folder come of it.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Headers, pack } from 'tar-stream';
import { afterAll, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { OperatingError } from '../src/contract/operating-error.ts';
import { INTAKE_LIMITS, type Intake, takeIn } from '../src/grade/intake.ts';
import { slugOf } from '../src/grade/store.ts';
import { findSubmissions, kindOf } from '../src/grade/submission.ts';

const home = mkdtempSync(join(tmpdir(), 'allocheck-test-'));
afterAll(() => rmSync(home, { recursive: true }));
let count = 0;

async function taken(name: string, bytes: Buffer): Promise<{ intake: Intake; folder: string }> {
  count += 1;
  const path = join(home, `${count}-${name}`);
  writeFileSync(path, bytes);
  return takenFrom(path, name);
}

async function takenFrom(path: string, id: string) {
  count += 1;
  const folder = join(home, `to-${count}`, 'in');
  mkdirSync(folder, { recursive: true });
  const kind = existsSync(path) && readdirIf(path) ? 'folder' : kindOf(id);
  const intake = await takeIn({ id, name: id, path, kind, refused: '' }, folder);
  expect(readdirSync(join(folder, '..'))).toEqual(['in']);
  return { intake, folder };
}

function readdirIf(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

type Entry = Partial<Headers> & { readonly name: string };
async function tarOf(entries: readonly Entry[], text = 'int x;\n'): Promise<Buffer> {
  const tar = pack();
  for (const { size, ...entry } of entries) {
    if (entry.type === undefined || entry.type === 'file') tar.entry(entry, text);
    else tar.entry({ ...entry, size: 0 });
  }
  tar.finalize();
  return gzipSync(await buffer(tar));
}

async function zipOf(files: Readonly<Record<string, string>>, mode = 0o100644): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(files)) {
    zip.addBuffer(Buffer.from(text), name, { mode });
  }
  zip.end();
  return buffer(zip.outputStream);
}

/** yazl writes no such name, so another of its length is written over. */
function renamed(zip: Buffer, from: string, to: string): Buffer {
  return Buffer.from(zip.toString('latin1').replaceAll(from, to), 'latin1');
}

test('a tar.gz, a zip, a file and a folder with the same in them are the same', async () => {
  const tar = await taken('a.tar.gz', await tarOf([{ name: './src/osmem.c' }]));
  const zip = await taken('b.zip', await zipOf({ 'src/osmem.c': 'int x;\n' }));
  const file = await taken('c.c', Buffer.from('int x;\n'));
  const path = join(home, 'plain-folder');
  mkdirSync(join(path, 'src'), { recursive: true });
  writeFileSync(join(path, 'src/osmem.c'), 'int x;\n');
  const folder = await takenFrom(path, 'plain-folder');
  expect(filesIn(tar.folder)).toEqual(['src/osmem.c']);
  expect(filesIn(zip.folder)).toEqual(['src/osmem.c']);
  expect(filesIn(file.folder)).toEqual(['c.c']);
  const hashes = [tar, zip, file, folder].map(({ intake }) => intake.hash);
  expect(new Set(hashes).size).toBe(1);
});

test.each([
  ['../x.c'],
  ['a/../../x.c'],
  ['/etc/x.c'],
  ['C:/x.c'],
  ['a\u0001b.c'],
  ['a\u202eb.c'],
  ['a\\b.c'],
  ['a//b.c'],
  [`${'d/'.repeat(40)}x.c`],
  [`${'n'.repeat(250)}.c`],
])('a tar with %j in it is refused', async (name) => {
  await expect(taken('bad.tar.gz', await tarOf([{ name }]))).rejects.toThrow(OperatingError);
});

test('a zip that leads out of itself is refused', async () => {
  const zip = renamed(await zipOf({ 'aaaaaaaa.c': 'x' }), 'aaaaaaaa.c', '../../aa.c');
  await expect(taken('bad.zip', zip)).rejects.toThrow(OperatingError);
});

test('links and devices are left out, and named', async () => {
  const entries: Entry[] = [
    { name: 'ok.c' },
    { name: 'passwd.c', type: 'symlink', linkname: '/etc/passwd' },
    { name: 'hard.c', type: 'link', linkname: 'ok.c' },
    { name: 'zero', type: 'character-device' },
    { name: 'pipe', type: 'fifo' },
  ];
  const { intake, folder } = await taken('links.tar.gz', await tarOf(entries));
  expect(filesIn(folder)).toEqual(['ok.c']);
  expect(intake.leftOut).toEqual(['"hard.c"', '"passwd.c"', '"pipe"', '"zero"']);
  const linked = await zipOf({ 'l.c': '/etc/passwd' }, 0o120777);
  await expect(taken('l.zip', linked)).rejects.toThrow('there is no file in it');
});

test('what archivers add is no part of it, and no stranger’s either', async () => {
  const added = ['__MACOSX/a.c', './__MACOSX/a.c', '.git/a.c', 'x/.git/a.c', 'x/.DS_Store'];
  const names = [...added, 'x/git/a.c'];
  const folder: Entry = { name: 'x/', type: 'directory' };
  const tar = await taken('aside.tgz', await tarOf([folder, ...names.map((name) => ({ name }))]));
  const files = names.filter((name) => !name.startsWith('./'));
  const zip = await taken(
    'b.zip',
    await zipOf(Object.fromEntries(files.map((n) => [n, 'int x;\n']))),
  );
  for (const { intake, folder: into } of [tar, zip]) {
    expect(filesIn(into)).toEqual(['x/git/a.c']);
    expect(intake.leftOut).toEqual([]);
  }
});

test('a file that is gone when it is taken in is refused, and so is a folder', async () => {
  const gone = { id: 'g', name: 'g', path: join(home, 'gone'), refused: '' };
  const into = mkdtempSync(join(home, 'gone-'));
  for (const kind of ['file', 'folder', 'zip', 'tar'] as const) {
    await expect(takeIn({ ...gone, kind }, into)).rejects.toThrow(OperatingError);
    expect(readdirSync(into)).toEqual([]);
  }
});

test('links in a folder are not followed', async () => {
  const path = join(home, 'with-links');
  mkdirSync(path);
  writeFileSync(join(path, 'a.c'), 'int x;');
  symlinkSync('/etc', join(path, 'etc'));
  symlinkSync('/etc/passwd', join(path, 'b.c'));
  const { intake, folder } = await takenFrom(path, 'with-links');
  expect(filesIn(folder)).toEqual(['a.c']);
  expect(intake.leftOut).toEqual(['"b.c"', '"etc"']);
});

test('what unpacks to too much is refused, by size and by number', async () => {
  const zeros = '\0'.repeat(INTAKE_LIMITS.fileBytes + 1);
  const bomb = await zipOf({ 'bomb.c': zeros });
  expect(bomb.length).toBeLessThan(100_000);
  await expect(taken('bomb.zip', bomb)).rejects.toThrow(/too large/);
  await expect(taken('b.tar.gz', await tarOf([{ name: 'b.c' }], zeros))).rejects.toThrow(/large/);
  const many = Array.from({ length: INTAKE_LIMITS.files + 1 }, (_, i) => ({ name: `${i}.c` }));
  await expect(taken('many.tar.gz', await tarOf(many, ''))).rejects.toThrow(/more than/);
});

test('a file that grows to too much is refused', async () => {
  const path = join(home, 'huge.c');
  writeFileSync(path, '');
  truncateSync(path, INTAKE_LIMITS.fileBytes + 1);
  await expect(takenFrom(path, 'huge.c')).rejects.toThrow(/too large/);
});

test.each([['a.zip'], ['a.tar.gz'], ['a.tar']])('%s that is none is refused', async (name) => {
  await expect(taken(name, Buffer.from('this is no archive'))).rejects.toThrow(OperatingError);
  await expect(taken(name, Buffer.alloc(0))).rejects.toThrow(OperatingError);
});

test('an archive that was cut off is refused', async () => {
  const whole = await tarOf([{ name: 'a.c' }, { name: 'b.c' }], 'x'.repeat(50_000));
  await expect(taken('cut.tar.gz', whole.subarray(0, whole.length >> 1))).rejects.toThrow();
  const zip = await zipOf({ 'a.c': 'x'.repeat(5000) });
  await expect(taken('cut.zip', zip.subarray(0, zip.length >> 1))).rejects.toThrow(OperatingError);
});

test('a name that is in an archive twice is refused', async () => {
  const twice = await tarOf([{ name: 'a.c' }, { name: './a.c' }]);
  await expect(taken('twice.tar.gz', twice)).rejects.toThrow(/twice/);
});

test('what cannot be a submission is listed with the reason, and an empty folder is refused', () => {
  const folder = mkdtempSync(join(home, 'class-'));
  expect(() => findSubmissions(folder, [])).toThrow(/no submissions/);
  expect(() => findSubmissions(join(folder, 'none'), [])).toThrow(/there is no such folder/);
  writeFileSync(join(folder, '.hidden'), '');
  writeFileSync(join(folder, 'rubric.json'), '');
  writeFileSync(join(folder, 'notes.pdf'), '');
  writeFileSync(join(folder, '=cmd("x").c'), '');
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x2e, 0x63])]), '');
  symlinkSync('/etc/passwd', join(folder, 'link.c'));
  mkdirSync(join(folder, 'ana'));
  const found = findSubmissions(folder, [join(folder, 'rubric.json')]);
  expect(found.map(({ name, kind, refused }) => [name, kind, refused])).toEqual([
    ['=cmd("x")', 'file', ''],
    ['ana', 'folder', ''],
    ['link.c', 'none', 'it is a symbolic link'],
    ['notes.pdf', 'none', 'it is no folder, C file, .zip, .tar or .tar.gz'],
    ['\ufffd.c', 'none', 'its name is not UTF-8'],
  ]);
});

test('names of files are safe everywhere, and differ where ids differ', () => {
  const ids = ['ana', 'a/b', 'a_b', '../x', '.x', 'é', 'e\u0301', 'x'.repeat(300), '=1+1', 'A'];
  const slugs = ids.map(slugOf);
  expect(new Set(slugs).size).toBe(ids.length);
  for (const slug of slugs) expect(slug).toMatch(/^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,99}$/);
});
