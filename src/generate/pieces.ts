// The pieces of the search by name. Each can be switched off alone, so that what it is worth can be measured,
// and what is worth nothing does not stay. What is left without all of them is plain random testing.

import { OperatingError } from '../contract/operating-error.ts';

export const SEARCH_PIECES = [
  /** Sizes around every boundary of the contract. Without: uniform within plain classes. */
  'edges',
  /** In most runs some kinds and sizes are off, the rest uneven. Without: everything, evenly. */
  'swarm',
  /** Now and then a run with hundreds of live blocks. */
  'crowds',
  /** Who is freed follows a pattern. Without: anyone. */
  'lifetimes',
  /** Kinds and lifetimes change in the midst of a run. */
  'phases',
  /** Every other block is freed, now and then; and in a crowd no hole is aimed at, so that many stand at once. */
  'holes',
  /** Sizes and victims chosen for the heap as it will stand. */
  'aimed',
  /** Traces that show a rare shape of the heap are kept, and mutated. */
  'feedback',
  /** The same by the edges of C code. */
  'coverage',
  /** Runs lead around known defects. */
  'steering',
  /** Of some runs the syscalls are refused in turn. */
  'sweeps',
] as const;

export type SearchPiece = (typeof SEARCH_PIECES)[number];

/** Those that are on. */
export type Pieces = ReadonlySet<SearchPiece>;

export const EVERY_PIECE: Pieces = new Set(SEARCH_PIECES);

export function without(...off: readonly SearchPiece[]): Pieces {
  return new Set(SEARCH_PIECES.filter((piece) => !off.includes(piece)));
}

/** What has shown no gain is off unless it is asked for. To find rare bugs takes 1.2 times the calls with feedback by
 * shapes, and 0.84 times with feedback by code (geometric means of 19 and of 31 measurements).
 * What phases and holes are worth has been counted on heaps as specified alone (see fuzz/bench/pieces.md). */
export const DEFAULT_PIECES: Pieces = without('feedback', 'phases', 'holes');

/** `feedback`, `aimed,crowds`: those of the default, with these on and those off. Throws an OperatingError at a name
 * that is none. */
export function parsePieces(on = '', off = ''): Pieces {
  const pieces = new Set(DEFAULT_PIECES);
  for (const piece of namedIn('--with', on)) pieces.add(piece);
  for (const piece of namedIn('--without', off)) pieces.delete(piece);
  return pieces;
}

function namedIn(option: string, text: string): SearchPiece[] {
  const names = text === '' ? [] : text.split(',');
  return names.map((name) => pieceNamed(option, name.trim()));
}

function pieceNamed(option: string, name: string): SearchPiece {
  const piece = SEARCH_PIECES.find((each) => each === name);
  if (piece !== undefined) return piece;
  throw new OperatingError(`${option} ${name} is not one of ${SEARCH_PIECES.join(', ')}`);
}
