#!/usr/bin/env node
// `npm run bench [-- NAME]`: measurements, printed as they are. Exit codes: 0 measured, 2 no such bench.

import { EXIT, type Io } from '../../src/cli/io.ts';
import { isStarted, processIo } from '../../src/cli/process-io.ts';
import { benchPipeline } from './pipeline.ts';

/** Traces of the bench are the same each time; only the machine differs. */
const SEED = 'bench';

export async function main(argv: readonly string[], io: Io): Promise<number> {
  const name = argv[0] ?? 'pipeline';
  const bench = BENCHES[name];
  if (bench === undefined) {
    io.stderr(`bench: there is no bench ${name}; there are ${Object.keys(BENCHES).join(', ')}\n`);
    return EXIT.error;
  }
  bench((line) => io.stdout(`${line}\n`));
  return EXIT.passed;
}

const BENCHES: Readonly<Record<string, (say: (line: string) => void) => void>> = {
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
};

if (isStarted(import.meta.url)) process.exitCode = await main(process.argv.slice(2), processIo());
