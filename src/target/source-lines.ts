// From addresses in a target's program to lines of its source, by addr2line, which comes with the compiler.
// Without it, or without debugging information, there are no lines, and nobody is told of any.

import { execFile } from 'node:child_process';
import { dirname, isAbsolute, relative } from 'node:path';
import type { Sandbox } from './sandbox.ts';
import type { SourceLine } from './target.ts';

const TOOL = 'addr2line';
const TIME_LIMIT_MS = 10_000;

/**
 * One line for each address; more where a function was compiled into another, the inner one first. Those that
 * cannot be told, as the driver's own, are left out. Paths are relative to `folder`.
 */
export async function sourceLines(
  program: string,
  addresses: readonly number[],
  folder: string,
  sandbox: Sandbox,
): Promise<SourceLine[]> {
  if (addresses.length === 0) return [];
  const hexadecimal = addresses.map((address) => `0x${address.toString(16)}`);
  const output = await run(['-f', '-i', '-e', program, ...hexadecimal], program, sandbox);
  const lines: SourceLine[] = [];
  const told = output.split('\n');
  for (let at = 0; at + 1 < told.length; at += 2) {
    const place = /^(.+):(\d+)(?: \(discriminator \d+\))?$/.exec(told[at + 1] as string);
    const line = Number(place?.[2] ?? 0);
    if (line === 0) continue;
    lines.push({ file: within(folder, place?.[1] as string), line, function: told[at] as string });
  }
  return lines;
}

/** The innermost folder that all files lie in. */
export function commonFolder(files: readonly string[]): string {
  let folder = dirname(files[0] ?? '/');
  for (const file of files) {
    while (folder !== '/' && !file.startsWith(`${folder}/`)) folder = dirname(folder);
  }
  return folder;
}

/** A header of the system keeps its whole path. */
function within(folder: string, file: string): string {
  const path = relative(folder, file);
  return path.startsWith('..') || isAbsolute(path) ? file : path;
}

/** What it printed; nothing where it is missing or fails. */
function run(arguments_: readonly string[], program: string, sandbox: Sandbox): Promise<string> {
  const launch = sandbox.compiler(TOOL, arguments_, { folders: [], plain: [program] });
  return new Promise((resolve) => {
    execFile(launch.command, [...launch.arguments], { timeout: TIME_LIMIT_MS }, (error, stdout) =>
      resolve(error === null ? stdout : ''),
    );
  });
}
