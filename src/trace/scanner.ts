// Walks through the text of a trace, word by word, and knows the line and column of each.
//
// Works on character codes and makes a string only for words that are not plain numbers: a trace of 10 MB
// has a million ops. Line ends are \n, \r\n and \r; a byte order mark is passed over.

import { quote, TraceSyntaxError } from './trace-syntax-error.ts';

const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const HASH = 35;
const SEMICOLON = 59;
const ZERO = 48;
const NINE = 57;
const BYTE_ORDER_MARK = 0xfeff;

export class Scanner {
  readonly text: string;
  readonly source: string;
  /** Where the word last looked at starts, and where it ends. */
  start = 0;
  end = 0;
  #at: number;
  #line = 1;
  #lineStart: number;

  constructor(text: string, source: string) {
    this.text = text;
    this.source = source;
    this.#at = text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
    this.#lineStart = this.#at;
  }

  /** Moves over blank space, `;`, line ends and comments to the next op; false at the end of the text. */
  nextOp(onComment?: (comment: string) => void): boolean {
    const { text } = this;
    while (this.#at < text.length) {
      const code = text.charCodeAt(this.#at);
      if (code === NEWLINE || code === RETURN) this.#newLine(code);
      else if (code === SPACE || code === TAB || code === SEMICOLON) this.#at++;
      else if (code === HASH) this.#comment(onComment);
      else return true;
    }
    this.start = this.end = this.#at;
    return false;
  }

  /** Moves to the next word of the same op; false (an empty word) at its end. */
  nextWord(): boolean {
    const { text } = this;
    let at = this.#at;
    let code = text.charCodeAt(at);
    while (code === SPACE || code === TAB) code = text.charCodeAt(++at);
    this.start = at;
    while (!endsWord(code)) code = text.charCodeAt(++at);
    this.end = this.#at = at;
    return at > this.start;
  }

  word(): string {
    return this.text.slice(this.start, this.end);
  }

  /** The word as a plain decimal number of at most 15 digits, or -1. */
  plainNumber(): number {
    const { text, start, end } = this;
    if (end - start > 15 || end === start) return -1;
    let value = 0;
    for (let at = start; at < end; at++) {
      const code = text.charCodeAt(at);
      if (code < ZERO || code > NINE) return -1;
      value = value * 10 + (code - ZERO);
    }
    return value;
  }

  /** An error at the word last looked at. */
  error(problem: string): TraceSyntaxError {
    const column = this.start - this.#lineStart + 1;
    return new TraceSyntaxError(this.source, this.#line, column, problem);
  }

  /** `expected`, and what stands there instead. */
  unexpected(expected: string): TraceSyntaxError {
    const found =
      this.start === this.end ? 'nothing' : quote(this.text.slice(this.start, this.end));
    return this.error(`expected ${expected}, found ${found}`);
  }

  #newLine(code: number): void {
    if (code === RETURN && this.text.charCodeAt(this.#at + 1) === NEWLINE) this.#at++;
    this.#at++;
    this.#line++;
    this.#lineStart = this.#at;
  }

  #comment(onComment?: (comment: string) => void): void {
    const from = this.#at + 1;
    const { text } = this;
    let at = from;
    while (at < text.length && !endsLine(text.charCodeAt(at))) at++;
    this.#at = at;
    onComment?.(text.slice(from, at));
  }
}

function endsLine(code: number): boolean {
  return code === NEWLINE || code === RETURN;
}

/** Other control characters are part of the word, so that the message can show them. NaN is the end of
 * the text. */
function endsWord(code: number): boolean {
  if (code > SEMICOLON) return false;
  return (
    code === SPACE ||
    code === NEWLINE ||
    code === SEMICOLON ||
    code === RETURN ||
    code === TAB ||
    code === HASH ||
    Number.isNaN(code)
  );
}
