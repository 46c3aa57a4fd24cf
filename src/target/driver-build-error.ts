// What the compiler's complaint means to the user: one clear line, then the compiler's first ones.

import type { Symbols } from '../contract/contract.ts';
import { OperatingError } from '../contract/operating-error.ts';

const LINES_SHOWN = 8;
const NAMES_SHOWN = 12;
/** What the linker says because we asked it to (driver-build.ts). */
const TRACED = /: (definition of|reference to) \S+$/;

export function explainFailure(name: string, symbols: Symbols, output: string): OperatingError {
  if (/cc1plus/.test(output)) return error(`${name} is C++: install g++`, '');
  if (/file format not recognized|file in wrong format/.test(output)) {
    return error(`${name} is no library or object for this machine`, output);
  }
  const undefinedNames = namesAfter(output, /undefined reference to [`'"]([^`'"]+)['"]/g);
  const functions = new Set(Object.values(symbols));
  const missing = undefinedNames.filter((symbol) => functions.has(symbol));
  const unknown = undefinedNames.filter((symbol) => !functions.has(symbol));
  if (missing.length > 0) return missingFunctions(name, missing);
  if (unknown.length > 0)
    return error(`${name} uses undefined symbols: ${shorten(unknown)}`, output);
  const twice = definedTwice(output);
  if (twice.length > 0) return error(`${name} defines more than once: ${shorten(twice)}`, output);
  return error(`${name} does not compile`, output);
}

export function definedTwice(output: string): string[] {
  return namesAfter(output, /multiple definition of [`'"]([^`'"]+)['"]/g);
}

export function missingFunctions(name: string, missing: readonly string[]): OperatingError {
  const hint = '--symbols gives them other names, --contract says what else is promised';
  return error(`${name} does not define ${missing.join(', ')} (${hint})`, '');
}

function error(line: string, output: string): OperatingError {
  const lines = output.split('\n').filter((text) => text.trim() !== '' && !TRACED.test(text));
  const shown = lines.slice(0, LINES_SHOWN).map((text) => `  ${text}`);
  if (lines.length > LINES_SHOWN) shown.push(`  … ${lines.length - LINES_SHOWN} more lines`);
  return new OperatingError([line, ...shown].join('\n'));
}

function namesAfter(output: string, pattern: RegExp): string[] {
  return [...new Set([...output.matchAll(pattern)].map((match) => match[1]!))].sort();
}

function shorten(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).join(', ');
  return names.length > NAMES_SHOWN ? `${shown} and ${names.length - NAMES_SHOWN} more` : shown;
}
