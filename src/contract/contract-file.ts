// A contract that a user wrote: an object of the shape of contract.ts, in a .json, .js or .ts file, and
// refused with one line that says what is wrong with it. It may extend a built-in one.

import { readFileSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Contract, FUNCTIONS, TIERS, ZERO_SIZES } from './contract.ts';
import { cs107 } from './cs107.ts';
import { isoC } from './iso-c.ts';
import { malloclab, malloclab16 } from './malloclab.ts';
import { OperatingError } from './operating-error.ts';
import { osmem } from './osmem.ts';

export const CONTRACTS: readonly Contract[] = [osmem, isoC, malloclab, malloclab16, cs107];

/** What `extends` names not: the stricter and the rarer things are off. */
const PLAIN = {
  zeroSize: 'any',
  staleRealloc: false,
  staleFree: false,
  interposed: false,
  links: false,
} as const;

/** The contract of this name or in this file. Rejects with an OperatingError. */
export async function loadContract(name: string, cwd: string): Promise<Contract> {
  const known = CONTRACTS.find((each) => each.name === name);
  if (known !== undefined) return known;
  const kind = extname(name);
  if (!READERS.has(kind)) {
    const names = CONTRACTS.map((each) => each.name).join(', ');
    throw new OperatingError(
      `--contract ${name} is not known (there is ${names}, or a .json, .js or .ts file)`,
    );
  }
  const read = READERS.get(kind) as Reader;
  return contractFrom(await read(name, resolve(cwd, name)), name);
}

/** Throws an OperatingError that begins with `name`. */
export function contractFrom(value: unknown, name: string): Contract {
  const fail = (what: string): never => {
    throw new OperatingError(`${name}: ${what}`);
  };
  if (!isRecord(value)) return fail('a contract is an object (in .js and .ts the default export)');
  const { extends: base, ...own } = value;
  const parent = base === undefined ? PLAIN : CONTRACTS.find((each) => each.name === base);
  if (parent === undefined) return fail(`extends ${JSON.stringify(base)} names no contract`);
  const whole: Record<string, unknown> = { ...parent, ...own };
  for (const field of Object.keys(whole)) {
    if (!(field in FIELDS)) return fail(`there is no field ${field}`);
  }
  for (const [field, { wants, holds, isOwed = false }] of Object.entries(FIELDS)) {
    if (whole[field] === undefined ? isOwed : !holds(whole[field])) {
      return fail(`${field} ${whole[field] === undefined ? 'is missing' : 'is wrong'}: ${wants}`);
    }
  }
  return whole as unknown as Contract;
}

type Reader = (name: string, path: string) => Promise<unknown>;

const READERS: ReadonlyMap<string, Reader> = new Map([
  ['.json', readJson],
  ['.js', readModule],
  ['.mjs', readModule],
  ['.ts', readTypeScript],
]);

async function readJson(name: string, path: string): Promise<unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new OperatingError(`cannot read ${name}: ${(error as NodeJS.ErrnoException).code}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new OperatingError(`${name} is not JSON: ${(error as Error).message}`);
  }
}

async function readModule(name: string, path: string): Promise<unknown> {
  try {
    const loaded = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
    const { default: exported, contract } = loaded;
    return exported ?? contract;
  } catch (error) {
    throw new OperatingError(`cannot load ${name}: ${firstLine((error as Error).message)}`);
  }
}

/** Only a Node that strips types itself can read it. */
async function readTypeScript(name: string, path: string): Promise<unknown> {
  if ((process.features as { typescript?: unknown }).typescript) return readModule(name, path);
  throw new OperatingError(
    `${name} needs Node 22.18 or newer, which reads TypeScript (this is ${process.version}); write it as .js or .json`,
  );
}

interface Field {
  /** What would be accepted. */
  readonly wants: string;
  readonly isOwed?: boolean;
  holds(value: unknown): boolean;
}

const FLAG: Field = { wants: 'true or false', holds: (value) => typeof value === 'boolean' };
const BYTES: Field = { wants: 'a whole number of bytes above 0', holds: isBytes };

/** Every field of Contract, save those that only make sense in a built-in one. */
const FIELDS: Readonly<Record<keyof Contract, Field>> = {
  name: {
    wants: 'a text',
    isOwed: true,
    holds: (value) => typeof value === 'string' && value !== '',
  },
  symbols: {
    wants: `C names of ${FUNCTIONS.join(', ')}; malloc and free must be there`,
    isOwed: true,
    holds: isSymbols,
  },
  tiers: {
    wants: `a list of ${TIERS.join(', ')}`,
    holds: (value) =>
      Array.isArray(value) && value.length > 0 && value.every((tier) => TIERS.includes(tier)),
  },
  alignment: {
    wants: 'a list of at most 8 { from, multiple }, from rising from 0, multiple a power of two',
    isOwed: true,
    holds: isAlignment,
  },
  zeroSize: {
    wants: `one of ${ZERO_SIZES.join(', ')}`,
    holds: (value) => (ZERO_SIZES as readonly unknown[]).includes(value),
  },
  freeNull: FLAG,
  unasked: { wants: '{ from, below? } in bytes', holds: isUnasked },
  heapLimit: BYTES,
  initAgain: FLAG,
  segment: FLAG,
  lowHeap: FLAG,
  defines: {
    wants: 'a list of macro names, or NAME=VALUE',
    holds: (value) =>
      Array.isArray(value) && value.every((name) => /^[A-Za-z_]\w*(=.*)?$/.test(name)),
  },
  staleRealloc: FLAG,
  staleFree: FLAG,
  interposed: FLAG,
  placement: {
    wants: 'headers (at most 8), mmapThreshold, pageSize, preallocation, smallestPayload, in bytes',
    holds: isPlacement,
  },
  links: FLAG,
};

function isSymbols(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { malloc, free } = value;
  if (malloc === undefined || free === undefined) return false;
  return Object.entries(value).every(
    ([name, symbol]) =>
      (FUNCTIONS as readonly string[]).includes(name) &&
      typeof symbol === 'string' &&
      /^[A-Za-z_]\w*$/.test(symbol),
  );
}

function isUnasked(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { from, below } = value;
  return isBytes(from) && (below === undefined || (isBytes(below) && below > from));
}

function isAlignment(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0 || value.length > 8) return false;
  return value.every((entry: unknown, i) => {
    if (!isRecord(entry)) return false;
    const { from, multiple } = entry;
    const last = i === 0 ? -1 : (value[i - 1] as { from: number }).from;
    if (typeof from !== 'number' || !isBytes(multiple) || (i === 0 && from !== 0)) return false;
    return Number.isSafeInteger(from) && from > last && Number.isInteger(Math.log2(multiple));
  });
}

function isPlacement(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { headers, mmapThreshold, pageSize, preallocation, smallestPayload } = value;
  const lists = Array.isArray(headers) && headers.length > 0 && headers.length <= 8;
  return (
    lists &&
    headers.every(isBytes) &&
    [mmapThreshold, pageSize, preallocation, smallestPayload].every(isBytes)
  );
}

function isBytes(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] as string;
}
