#!/usr/bin/env node
// `npm run bench [-- NAME]`: measurements, printed as they are. Exit codes: 0 measured, 2 no such bench, or none
// as it was asked for.

import { join } from 'node:path';
import { EXIT, type Io } from '../../src/cli/io.ts';
import { packageFolder } from '../../src/cli/known-traces.ts';
import { isStarted, processIo } from '../../src/cli/process-io.ts';
import { OperatingError } from '../../src/contract/operating-error.ts';
import { benchBugs, trialOfBugs } from './bugs/bugs.ts';
import { chooseTasks } from './bugs/choose.ts';
import { hunt } from './hunt.ts';
import { ALLOCATOR } from './loop.ts';
import { benchMinimality } from './minimality.ts';
import { benchNative } from './native.ts';
import { benchPieces } from './pieces.ts';
import { benchPipeline } from './pipeline.ts';
import { benchZoo } from './zoo.ts';

/** Traces of the bench are the same each time; only the machine differs. */
const SEED = 'bench';

export async function main(argv: readonly string[], io: Io): Promise<number> {
  const name = argv[0] ?? 'pipeline';
  const bench = BENCHES[name];
  if (bench === undefined) {
    io.stderr(`bench: there is no bench ${name}; there are ${Object.keys(BENCHES).join(', ')}\n`);
    return EXIT.error;
  }
  try {
    await bench((line) => io.stdout(`${line}\n`), argv.slice(1));
  } catch (error) {
    if (!isOrdersFault(error)) throw error;
    io.stderr(`bench: ${error.message}\n`);
    return EXIT.error;
  }
  return EXIT.passed;
}

/** What is missing, or a flag that there is not. */
function isOrdersFault(error: unknown): error is Error {
  if (error instanceof OperatingError) return true;
  return error instanceof TypeError && 'code' in error && /^ERR_PARSE_ARGS/.test(`${error.code}`);
}

type Say = (line: string) => void;
type Bench = (say: Say, rest: readonly string[]) => void | Promise<void>;

const BENCHES: Readonly<Record<string, Bench>> = {
  pipeline(say) {
    say(
      `node ${process.version}; checked ops a second, medians of alternating rounds; seed ${SEED}`,
    );
    const { ours, commands, ratio } = benchPipeline(SEED, say);
    say('');
    say(
      `allocheck ${Math.round(ours)} ops/s, fc.commands (size: 'max') ${Math.round(commands)} ops/s: ` +
        `${ratio.toFixed(1)} times`,
    );
  },
  native(say) {
    say(`node ${process.version}; ${ALLOCATOR}; checked ops a second on one core; seed ${SEED}`);
    say('Requests of all sizes, which takes 10 mappings in 100 calls:');
    benchNative(SEED, 'all', say);
    say('');
    say('Requests below 4000 bytes, which stay on the heap:');
    benchNative(SEED, 'small', say);
  },
  zoo: (say, rest) => benchZoo(SEED, say, rest),
  bugs: (say, rest) => benchBugs(SEED, say, rest),
  /** One trial of `bugs`, which starts it. */
  'bugs-trial': (say, rest) => trialOfBugs(say, rest),
  'bugs-choose': (say) => chooseTasks(SEED, say),
  pieces: (say, rest) => benchPieces(SEED, say, rest),
  minimality: (say, rest) => benchMinimality(SEED, say, rest),
  // Only this one needs a browser's driver, which comes with the tests.
  view: async (say) => (await import('./view.ts')).benchView(say),
  /** One contender of `native`, which starts it. */
  async hunt(say, [seed = SEED, sizes = 'all', runs = '1000']) {
    const file = join(packageFolder(), ALLOCATOR);
    say(await hunt(file, seed, sizes === 'small' ? 'small' : 'all', Number(runs)));
  },
};

if (isStarted(import.meta.url)) process.exitCode = await main(process.argv.slice(2), processIo());
