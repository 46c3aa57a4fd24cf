// Where in the user's C files a finding belongs, as far as that is known: the line that crashed, or else the
// definition of the function that was called. The wrong line is in there, or in what it calls; nobody
// claims to know more.

import type { Symbols } from '../contract/contract.ts';
import type { SourceLine } from '../target/target.ts';
import type { Op } from '../trace/op.ts';

export interface SourceText {
  /** As it is to be shown, with `/`. */
  readonly path: string;
  /** As the target names it (`SourceLine.file`). */
  readonly file: string;
  readonly text: string;
}

export interface SourcePlace {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** The function that is defined there, or that the line is in. */
  readonly name: string;
  /** Whether it is the line that crashed. */
  readonly crashed?: boolean;
}

/** The first of the lines, the crashed one first, that is in the target's folder: not in a header of the system. */
export function crashedAt(
  lines: readonly SourceLine[],
  sources: readonly SourceText[],
): SourcePlace | undefined {
  const any = sources.find(({ path, file }) => path.endsWith(`/${file}`) || path === file);
  const own = lines.find(({ file }) => !file.startsWith('/'));
  if (any === undefined || own === undefined) return undefined;
  const folder = any.path.slice(0, any.path.length - any.file.length);
  return { path: folder + own.file, line: own.line, name: own.function, crashed: true };
}

/** The C function that an op calls; undefined for those that call none. */
export function functionOf(op: Op, symbols: Symbols): string | undefined {
  switch (op.kind) {
    case 'malloc':
      return symbols.malloc;
    case 'calloc':
      return symbols.calloc;
    case 'realloc':
    case 'stale-realloc':
      return symbols.realloc;
    case 'free':
    case 'free-null':
    case 'stale-free':
      return symbols.free;
    case 'fail-sbrk':
    case 'fail-mmap':
      return undefined;
  }
}

/** The first definition of a function of this name; undefined where there is none that can be seen. */
export function definitionOf(
  name: string,
  sources: readonly SourceText[],
): SourcePlace | undefined {
  for (const { path, text } of sources) {
    const at = definedAt(name, text);
    if (at !== undefined) return { path, line: text.slice(0, at).split('\n').length, name };
  }
  return undefined;
}

/** Index of the name; parameters and perhaps attributes come after it, then a brace. */
function definedAt(name: string, text: string): number | undefined {
  const code = new RegExp(
    `(?<![\\w$])${escaped(name)}\\s*\\([^(){};]*\\)(?:\\s*__attribute__\\s*\\(\\([^{};]*\\)\\))*\\s*\\{`,
  );
  return code.exec(withoutRemarks(text))?.index;
}

/** Comments, strings and lines of the preprocessor as blanks: what is left keeps its place. */
function withoutRemarks(text: string): string {
  const remark =
    /\/\*[\s\S]*?(?:\*\/|$)|\/\/[^\n]*|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'|^[ \t]*#(?:\\\r?\n|[^\n])*/gm;
  return text.replaceAll(remark, (found) => found.replaceAll(/[^\n]/g, ' '));
}

function escaped(name: string): string {
  return name.replaceAll(/[$]/g, '\\$&');
}
