// --help tells everything that can be asked for, and the README neither more nor less.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../src/cli/io.ts';
import { CONTRACTS } from '../src/contract/contract-file.ts';
import { Desk } from './support/command-line.ts';

const desk = new Desk();
const helps = new Map<string, string>();
beforeAll(async () => {
  helps.set('', (await desk.run(['--help'])).out);
  for (const [, name] of helps.get('')!.matchAll(/^ {2}(\w+) \[options\]/gm)) {
    helps.set(name!, (await desk.run([name!, '--help'])).out);
  }
});
afterAll(() => desk.clear());

const commands = (): [string, string][] => [...helps].filter(([name]) => name !== '');
const optionsIn = (text: string): Set<string> =>
  new Set([...text.matchAll(/(?<![\w-])--[a-z]+/g)].map(([option]) => option));
/** Those declared, with what commander adds. */
const declared = (help: string): Set<string> =>
  new Set([...help.matchAll(/^ {2}(?:-\w, )?(--[a-z]+)/gm)].map(([, option]) => option!));

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the help', () => {
  test('of each command has its options, targets, contracts, exit codes, and examples', () => {
    expect(commands().map(([name]) => name)).toEqual(expect.arrayContaining(['check', 'replay']));
    for (const [name, help] of commands()) {
      for (const part of [
        'Options',
        'Targets',
        'Contracts',
        'Environment',
        'Exit codes',
        'Examples',
      ]) {
        expect(help, name).toMatch(new RegExp(`^${part}:`, 'm'));
      }
      expect(help).toContain(`  allocheck ${name} `);
    }
  });

  test('has a line for each contract and each exit code', () => {
    for (const [name, help] of helps) {
      for (const code of Object.values(EXIT))
        expect(help).toMatch(new RegExp(`^  ${code}  \\w`, 'm'));
      if (name === '') continue;
      for (const contract of CONTRACTS) {
        expect(help, contract.name).toMatch(new RegExp(`^  ${contract.name} +\\S`, 'm'));
      }
    }
  });

  test('gives examples that use options of that command alone', () => {
    for (const [name, help] of commands()) {
      const examples = help.slice(help.indexOf('\nExamples:'));
      for (const option of optionsIn(examples)) expect([...declared(help)], name).toContain(option);
    }
  });
});

describe('the README', () => {
  test('lists the options that the commands have, and no others', () => {
    const ours = new Set(commands().flatMap(([, help]) => [...declared(help)]));
    ours.delete('--help');
    const table = /^\| option \|.*\n(?:\|.*\n)+/m.exec(readme)?.[0] ?? '';
    expect([...optionsIn(table)].sort()).toEqual([...ours].sort());
  });

  test('calls no command with an option that it does not have', () => {
    for (const [line, name, rest] of readme.matchAll(/allocheck (\w+) ([^#\n]*)/g)) {
      const help = helps.get(name!);
      if (help === undefined) continue;
      for (const option of optionsIn(rest!)) expect([...declared(help)], line).toContain(option);
    }
  });
});
