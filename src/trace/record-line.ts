// One line of a course record, taken apart: `name (['argument', …]) = result`.

import { quote, TraceSyntaxError } from './trace-syntax-error.ts';

export interface LinePlace {
  readonly source: string;
  /** From 1. */
  readonly line: number;
}

export interface Line {
  readonly at: LinePlace;
  readonly text: string;
  readonly name: string;
  readonly args: readonly string[];
  readonly result: string;
}

const CALLS: ReadonlyMap<string, number> = new Map([
  ['os_malloc', 1],
  ['os_calloc', 2],
  ['os_realloc', 2],
  ['os_free', 1],
  ['brk', 1],
  ['mmap', 6],
  ['munmap', 2],
]);

/** Longer lines are junk, and are not searched. */
const LONGEST = 1000;

/** Throws a TraceSyntaxError where the line is no call, or a call with the wrong number of arguments. */
export function parseLine(text: string, at: LinePlace): Line {
  const match = text.length > LONGEST ? null : /^\s*(\w+)\s*\(([^)]*)\)\s*=\s*(.*?)\s*$/.exec(text);
  if (!match) {
    const column = text.length - text.trimStart().length + 1;
    const problem = `expected a call and its result, found ${quote(text.trim())}`;
    throw new TraceSyntaxError(at.source, at.line, column, problem);
  }
  const [, name = '', list = '', result = ''] = match;
  const args = list
    .replace(/^\s*\[|\]\s*$/g, '')
    .split(',')
    .map((arg) => arg.trim().replace(/^'(.*)'$/, '$1'));
  const line: Line = { at, text, name, args, result };
  const arity = CALLS.get(name);
  if (arity === undefined) throw fail(line, `unknown call ${quote(name)}`, name);
  if (args.length !== arity) {
    throw fail(
      line,
      `${name} takes ${arity} argument${arity === 1 ? '' : 's'}, not ${args.length}`,
    );
  }
  return line;
}

/** An error at the first place in the line where `part` stands (default: its first word). */
export function fail(line: Line, problem: string, part = line.name): TraceSyntaxError {
  return failAt(line, problem, line.text.indexOf(part));
}

/** An error at the result of the line. */
export function failResult(line: Line, problem: string): TraceSyntaxError {
  return failAt(line, problem, line.text.lastIndexOf(line.result));
}

function failAt(line: Line, problem: string, index: number): TraceSyntaxError {
  return new TraceSyntaxError(line.at.source, line.at.line, Math.max(index, 0) + 1, problem);
}
