// Reads ops from a scanner, letter by letter. Formats that share CS:APP's letters share this reader and
// say which letters they know.

import type { SizeT } from '../contract/size-t.ts';
import {
  calloc,
  failMmap,
  failSbrk,
  free,
  freeNull,
  malloc,
  type Op,
  realloc,
  SLOT_LIMIT,
  type Slot,
  staleFree,
  staleRealloc,
} from './op.ts';
import type { Scanner } from './scanner.ts';
import { looksLikeSize, parseSize } from './size-text.ts';
import { quote } from './trace-syntax-error.ts';

export const ALL_LETTERS = 'acrfsdx';
/** What CS:APP's traces and CS107's scripts use. */
export const CSAPP_LETTERS = 'arf';

/** A failure armed further ahead than this is a slip of the pen. */
const FARTHEST_FAILURE = 2 ** 31 - 1;

/** All ops up to the end of the text. Throws a TraceSyntaxError at the first that is none. */
export function readOps(
  scanner: Scanner,
  letters: string,
  onComment?: (comment: string, opsBefore: number) => void,
): Op[] {
  const ops: Op[] = [];
  const comment = onComment && ((text: string) => onComment(text, ops.length));
  while (scanner.nextOp(comment)) {
    scanner.nextWord();
    ops.push(readOp(scanner, letters));
    if (scanner.nextWord()) throw scanner.unexpected('the end of the op (a line end or ;)');
  }
  return ops;
}

function readOp(scanner: Scanner, letters: string): Op {
  const letter = scanner.end - scanner.start === 1 ? scanner.word() : '';
  if (letter === '' || !letters.includes(letter)) {
    throw scanner.unexpected(`an op (${[...letters].join(', ')})`);
  }
  switch (letter) {
    case 'a':
      return malloc(readSlot(scanner), readSize(scanner, 'a size'));
    case 'c':
      return calloc(readSlot(scanner), readSize(scanner, 'a count'), readSize(scanner, 'a size'));
    case 'r':
      return realloc(readSlot(scanner), readSize(scanner, 'a size'));
    case 'f':
      return readFree(scanner);
    case 's':
      return staleRealloc(readSlot(scanner), readSize(scanner, 'a size'));
    case 'd':
      return staleFree(readSlot(scanner));
    default:
      return readFailure(scanner);
  }
}

function readSlot(scanner: Scanner): Slot {
  scanner.nextWord();
  return slotHere(scanner);
}

function slotHere(scanner: Scanner): Slot {
  const slot = scanner.plainNumber();
  if (slot < 0 || slot >= SLOT_LIMIT) throw scanner.unexpected(`a slot (0 to ${SLOT_LIMIT - 1})`);
  return slot;
}

function readFree(scanner: Scanner): Op {
  scanner.nextWord();
  if (scanner.end - scanner.start === 2 && scanner.word() === '-1') return freeNull();
  return free(slotHere(scanner));
}

function readSize(scanner: Scanner, what: string): SizeT {
  scanner.nextWord();
  const plain = scanner.plainNumber();
  if (plain >= 0) return plain;
  const word = scanner.word();
  const size = parseSize(word);
  if (size !== undefined) return size;
  if (looksLikeSize(word)) throw scanner.error(`${quote(word)} does not fit 64 bits`);
  throw scanner.unexpected(`${what} (512, 0x200, MAX or MAX-7)`);
}

function readFailure(scanner: Scanner): Op {
  scanner.nextWord();
  const which = scanner.word();
  if (which !== 'sbrk' && which !== 'mmap') throw scanner.unexpected('sbrk or mmap');
  scanner.nextWord();
  const nth = scanner.plainNumber();
  if (nth < 1 || nth > FARTHEST_FAILURE) {
    throw scanner.unexpected(`which ${which} fails (1 to ${FARTHEST_FAILURE})`);
  }
  return which === 'sbrk' ? failSbrk(nth) : failMmap(nth);
}
