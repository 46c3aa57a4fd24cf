// The options that commands share: how they are declared, and how their text becomes settings. Every
// refusal is an OperatingError that names the option and what would be accepted.

import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { type Budget, parseBudget } from '../check/budget.ts';
import { type Contract, FUNCTIONS, type Symbols } from '../contract/contract.ts';
import { CONTRACTS, loadContract } from '../contract/contract-file.ts';
import { OperatingError } from '../contract/operating-error.ts';
import { type Pieces, parsePieces } from '../generate/pieces.ts';
import type { SandboxWish } from '../target/sandbox.ts';

/** As commander hands them over. */
export interface RawOptions {
  readonly contract?: string;
  readonly seed?: string;
  readonly budget?: string;
  readonly first?: boolean;
  readonly cflags?: string;
  readonly symbols?: string;
  readonly header?: string;
  readonly links?: boolean;
  readonly json?: string;
  readonly html?: string;
  readonly junit?: string;
  readonly sarif?: string;
  readonly github?: boolean;
  readonly quiet?: boolean;
  readonly corpus?: string;
  readonly with?: string;
  readonly without?: string;
  readonly coverage?: string;
  readonly target?: readonly string[];
  readonly sandbox?: boolean;
  readonly requireSandbox?: boolean;
}

export interface Settings {
  readonly contract: Contract;
  readonly cflags: readonly string[];
  readonly header: number | undefined;
  readonly links: boolean;
  /** Within which walls targets in C are compiled and run. */
  readonly sandbox: SandboxWish;
  /** A file, `-` for stdout, or undefined. */
  readonly json: string | undefined;
  /** A file for the page, or undefined. */
  readonly html: string | undefined;
  /** Files, or undefined. */
  readonly junit: string | undefined;
  readonly sarif: string | undefined;
  readonly coverage: string | undefined;
  /** Whether GitHub Actions is told. */
  readonly github: boolean;
  readonly quiet: boolean;
  /** The options that choose the same target in another command. */
  readonly repeated: readonly string[];
}

export interface HuntSettings {
  readonly seed: string;
  readonly budget: Budget;
  readonly first: boolean;
  /** The pieces of the search that are on. */
  readonly pieces: Pieces;
}

const HEADERS: readonly number[] = [24, 32];
const DEFAULT_BUDGET = '10s';
const DEFAULT_CONTRACT = 'osmem';

export function addTargetOptions(command: Command): Command {
  return command
    .option(
      '--contract <name>',
      `what is promised: ${contractNames()}, or a .json, .js or .ts file`,
      DEFAULT_CONTRACT,
    )
    .option('--cflags <flags>', 'more flags for the C compiler')
    .option(
      '--symbols <list>',
      'C names of the functions: malloc=my_malloc,free=my_free,init=my_init',
    )
    .option('--header <bytes>', 'block header size, 24 or 32 (default: inferred)')
    .option(
      '--links',
      'judge the links in the block headers too (osmem leaves them to the implementer)',
    )
    .option('--sandbox', 'compile and run C code in bubblewrap, or with limits where there is none')
    .option('--require-sandbox', 'the same, but refuse to run it without bubblewrap');
}

export function addOutputOptions(command: Command): Command {
  return command
    .option('--json <file>', 'write the verdict as JSON; - for stdout, all else to stderr')
    .option('--html <file>', 'draw what is found, step by step, as a page to open in a browser')
    .option('--quiet', 'one line a verdict');
}

export function addCiOptions(command: Command): Command {
  return command
    .option('--junit <file>', 'write the verdict as JUnit XML, for the test pages of a CI')
    .option('--sarif <file>', 'write what is found as SARIF 2.1.0, for code scanning')
    .option(
      '--github',
      'annotate for GitHub Actions, and add to the summary of the job ($GITHUB_STEP_SUMMARY)',
    );
}

export function addHuntOptions(command: Command): Command {
  return command
    .option('--seed <text>', 'root seed (default: a new one, printed first)')
    .option('--budget <amount>', 'when to stop: 10s, 2m, 5000runs', DEFAULT_BUDGET)
    .option('--first', 'stop at the first finding');
}

/** For an option that may be given more than once. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** Rejects with an OperatingError. */
export async function readSettings(raw: RawOptions, cwd: string): Promise<Settings> {
  const repeated: string[] = [];
  for (const name of ['cflags', 'symbols', 'header'] as const) {
    const text = raw[name];
    if (text !== undefined) repeated.push(`--${name}=${text}`);
  }
  if (raw.links) repeated.push('--links');
  if (raw.sandbox) repeated.push('--sandbox');
  if (raw.requireSandbox) repeated.push('--require-sandbox');
  const links = raw.links ?? false;
  const named = raw.contract ?? DEFAULT_CONTRACT;
  if (named !== DEFAULT_CONTRACT) repeated.push(`--contract=${named}`);
  const promised = await loadContract(named, cwd);
  return {
    contract: withSymbols(links ? { ...promised, links: true } : promised, raw.symbols),
    cflags: splitWords(raw.cflags ?? ''),
    header: headerOf(raw.header),
    links,
    sandbox: raw.requireSandbox ? 'require' : raw.sandbox ? 'auto' : 'none',
    json: raw.json,
    html: raw.html,
    junit: raw.junit,
    sarif: raw.sarif,
    coverage: raw.coverage,
    github: raw.github ?? false,
    quiet: raw.quiet ?? false,
    repeated,
  };
}

/** Throws an OperatingError. */
export function readHuntSettings(raw: RawOptions): HuntSettings {
  const seed = raw.seed ?? randomBytes(6).toString('hex');
  if (!/^[\x21-\x7e]{1,200}$/.test(seed)) {
    throw new OperatingError('--seed takes 1 to 200 printable characters without blanks');
  }
  return {
    seed,
    budget: parseBudget(raw.budget ?? DEFAULT_BUDGET),
    first: raw.first ?? false,
    pieces: parsePieces(raw.with, raw.without),
  };
}

/** Words as a shell would split them: blanks separate, quotes join. Throws an OperatingError. */
export function splitWords(text: string): string[] {
  const words = [...text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map((match) => match[0]);
  if (/["']/.test(text.replace(/"[^"]*"|'[^']*'/g, ''))) {
    throw new OperatingError(`--cflags ${text} has an open quote`);
  }
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}

function contractNames(): string {
  return CONTRACTS.map((contract) => contract.name).join(', ');
}

/** Where the contract's own names are the C library's, whose functions are always there and know nothing of
 * other people's blocks, those that `text` does not name are not called. */
function withSymbols(contract: Contract, text: string | undefined): Contract {
  if (text === undefined) return contract;
  const named: { -readonly [name in keyof Symbols]?: Symbols[name] } = {};
  for (const part of text.split(',')) {
    const found = /^(malloc|calloc|realloc|free|init)=([A-Za-z_]\w*)$/.exec(part.trim());
    if (found === null) {
      throw new OperatingError(
        `--symbols ${part} is not NAME=SYMBOL with a NAME of ${FUNCTIONS.join(', ')}`,
      );
    }
    named[found[1] as keyof Symbols] = found[2] as string;
  }
  if (contract.symbols.malloc !== 'malloc') {
    return { ...contract, symbols: { ...contract.symbols, ...named } };
  }
  const { malloc, free } = named;
  if (malloc === undefined || free === undefined) {
    throw new OperatingError(`--symbols ${text} must name malloc and free with ${contract.name}`);
  }
  return { ...contract, symbols: { ...named, malloc, free } };
}

function headerOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const header = Number(text);
  if (!HEADERS.includes(header)) {
    throw new OperatingError(`--header ${text} is not ${HEADERS.join(' or ')}`);
  }
  return header;
}
