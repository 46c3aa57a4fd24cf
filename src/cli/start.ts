// `npm start`: the two things that this project does, in under a minute. Our allocator survives a million
// checked calls; the same allocator with one bug is caught, and the evidence shrunk to a few lines. Exits
// with 0 only if both happened.

import { EXIT, type Io } from './io.ts';
import { main } from './main.ts';
import { processIo } from './process-io.ts';

const CALLS = 1_000_000;
const MUTANT = 'mutant:split-too-early';

export async function start(io: Io): Promise<number> {
  io.stdout(`Our allocator, ${CALLS.toLocaleString('en')} calls, each judged:\n\n`);
  const sound = await main(['check', `--budget=${CALLS}ops`], io);
  if (sound !== EXIT.passed) return sound;
  io.stdout(`\nThe same allocator with a bug put in (${MUTANT}):\n\n`);
  const broken = await main(['check', MUTANT, '--budget=2000runs', '--first'], io);
  if (broken === EXIT.passed) io.stderr(`${MUTANT} was not caught\n`);
  return broken === EXIT.violations ? EXIT.passed : EXIT.violations;
}

process.exitCode = await start(processIo());
