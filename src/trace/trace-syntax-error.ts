// Text that is no trace: where it goes wrong and why, in one line fit for a terminal. What is quoted
// from the text is cut short and freed of control characters, for it may be binary junk.

import { OperatingError } from '../contract/operating-error.ts';

export class TraceSyntaxError extends OperatingError {
  readonly source: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;

  constructor(source: string, line: number, column: number, problem: string) {
    super(`${source}:${line}:${column}: ${problem}`);
    this.source = source;
    this.line = line;
    this.column = column;
  }
}

const QUOTED = 40;

/** `text` in quotes, control characters escaped, at most 40 characters of it. */
export function quote(text: string): string {
  let shown = '';
  for (const character of text.slice(0, QUOTED)) shown += visible(character);
  return `'${shown}${text.length > QUOTED ? '…' : ''}'`;
}

function visible(character: string): string {
  const code = character.codePointAt(0) as number;
  if (code >= 0x20 && code < 0x7f) return character;
  // Controls, and the invisible or direction-changing parts of Unicode, could rewrite a terminal line.
  const letter = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character);
  if (letter) return character;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
