// What the text of a target's sources tells before anything is compiled: its language, what it defines.

import type { Symbols } from '../contract/contract.ts';
import type { NativeSources } from './native-sources.ts';
import { readSource } from './read-source.ts';

export function isCpp(path: string): boolean {
  return /\.(cc|cpp|cxx)$/.test(path);
}

/** A header that declares the functions as C ones: in C++ a later definition takes that over. The C library's
 * own names are declared there already; what init takes and returns is not known. */
export function linkageOf({ malloc, calloc, realloc, free }: Symbols): string {
  const declared = [
    [`void *${malloc}(__SIZE_TYPE__);`, malloc],
    [`void *${calloc}(__SIZE_TYPE__, __SIZE_TYPE__);`, calloc],
    [`void *${realloc}(void *, __SIZE_TYPE__);`, realloc],
    [`void ${free}(void *);`, free],
  ]
    .filter(([, name]) => name !== undefined && !STANDARD.has(name))
    .map(([text]) => text);
  return ['#ifdef __cplusplus', 'extern "C" {', ...declared, '}', '#endif', ''].join('\n');
}

const STANDARD = new Set(['malloc', 'calloc', 'realloc', 'free']);

/** Whether C text defines a function of this name: its parameters are followed by a brace. */
export function defines(text: string, name: string): boolean {
  return parametersOf(text, name) !== undefined;
}

/** With how many parameters the first file that defines the function does; undefined if none does. */
export function parametersIn({ files }: NativeSources, name: string): number | undefined {
  for (const file of files) {
    const parameters = parametersOf(textOf(file), name)?.trim();
    if (parameters === undefined) continue;
    return parameters === '' || parameters === 'void' ? 0 : parameters.split(',').length;
  }
  return undefined;
}

function parametersOf(text: string, name: string): string | undefined {
  const found = new RegExp(`\\b${name}\\s*\\(([^(){};]*)\\)\\s*\\{`).exec(withoutComments(text));
  return found?.[1];
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ');
}

function textOf(path: string): string {
  try {
    return readSource(path, 'utf8');
  } catch {
    return '';
  }
}
