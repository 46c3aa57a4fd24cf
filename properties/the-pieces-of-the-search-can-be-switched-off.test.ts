// What a piece of the search is worth can be measured only if it is really gone when it is switched off.

import { describe, expect, test } from 'vitest';
import { osmem } from '../src/contract/osmem.ts';
import { EVERY_PIECE, parsePieces, type SearchPiece, without } from '../src/generate/pieces.ts';
import { type Profile, randomProfile } from '../src/generate/profile.ts';
import { randomFrom } from '../src/generate/seed.ts';
import { SIZE_CLASSES, type SizeClass } from '../src/generate/sizes.ts';
import { Desk } from './support/command-line.ts';

function profiles(...off: SearchPiece[]): Profile[] {
  const random = randomFrom('pieces');
  return Array.from({ length: 300 }, () =>
    randomProfile(random, osmem, { pieces: without(...off) }),
  );
}

const weightOf = (profile: Profile, size: SizeClass): number =>
  profile.sizeWeights[SIZE_CLASSES.indexOf(size)] as number;

describe('a piece that is off leaves nothing of itself', () => {
  test('swarm: all kinds and sizes are on, with the same odds in each run without failures', () => {
    const calm = profiles('swarm', 'crowds');
    expect(calm.every(({ everything }) => everything)).toBe(true);
    expect(calm.every((each) => weightOf(each, 'tiny') === 12)).toBe(true);
    expect(profiles().every((each) => weightOf(each, 'tiny') === 12)).toBe(false);
  });

  test('crowds: no run has more than 40 slots', () => {
    expect(Math.max(...profiles('crowds').map(({ slots }) => slots))).toBeLessThanOrEqual(40);
    expect(Math.max(...profiles().map(({ slots }) => slots))).toBeGreaterThan(99);
  });

  test('lifetimes: anyone is freed, and there is no tide', () => {
    const off = profiles('lifetimes');
    expect(off.every(({ lifetime, tide }) => lifetime === 'random' && tide === 0)).toBe(true);
    expect(new Set(profiles().map(({ lifetime }) => lifetime)).size).toBeGreaterThan(2);
  });

  test('phases: a run goes on as it began', () => {
    expect(Math.max(...profiles('phases').map(({ later }) => later.length))).toBe(0);
    expect(new Set(profiles().map(({ later }) => later.length))).toEqual(new Set([0, 1, 2, 3]));
  });

  test('holes: no checkerboard is freed, and crowds are aimed as all others are', () => {
    const boards = (all: Profile[]) => all.filter((each) => each.lifetime === 'checkerboard');
    const crowds = (all: Profile[]) => all.filter(({ slots }) => slots > 40);
    expect(boards(profiles('holes'))).toEqual([]);
    expect(crowds(profiles('holes')).some(({ aimed }) => aimed > 0)).toBe(true);
    expect(boards(profiles()).length).toBeGreaterThan(30);
    expect(crowds(profiles()).every(({ aimed }) => aimed === 0)).toBe(true);
  });

  test('edges: plain sizes alone', () => {
    const edges: SizeClass[] = ['aligned-edge', 'freed', 'live-edge', 'sum', 'page-edge'];
    const sums = (all: Profile[]) =>
      edges.map((edge) => all.reduce((sum, each) => sum + weightOf(each, edge), 0));
    expect(sums(profiles('edges'))).toEqual(edges.map(() => 0));
    expect(sums(profiles()).every((sum) => sum > 0)).toBe(true);
  });
});

test('pieces are named on the command line, and what is none is refused in one line', async () => {
  expect(parsePieces('', 'aimed, swarm')).toEqual(
    without('aimed', 'swarm', 'feedback', 'phases', 'holes'),
  );
  expect(parsePieces('feedback,phases,holes')).toEqual(EVERY_PIECE);
  expect(without()).toEqual(EVERY_PIECE);
  const desk = new Desk();
  const args = ['check', '--budget', '3runs', '--seed', 'x', '--quiet'];
  expect((await desk.run([...args, '--without', 'swarm,crowds'])).code).toBe(0);
  const { code, err } = await desk.run([...args, '--without', 'luck']);
  const other = await desk.run([...args, '--with', 'luck']);
  expect(other.err).toMatch(/^allocheck: --with luck is not one of edges, .*\n$/);
  desk.clear();
  expect(code).toBe(2);
  expect(err).toMatch(/^allocheck: --without luck is not one of edges, .*\n$/);
});
