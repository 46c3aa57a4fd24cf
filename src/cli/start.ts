// `npm start`: the two things that this project does, in under a minute. Our allocator survives a million
// checked calls; the same allocator with one bug is caught, and the evidence shrunk to a few lines. Exits
// with 0 only if both happened.

import { grouped } from '../report/sentence.ts';
import { EXIT, type Io } from './io.ts';
import { main } from './main.ts';
import { isStarted, processIo } from './process-io.ts';

const CALLS = 1_000_000;
const MUTANT = 'mutant:expands-over-live';

/** `calls` and `mutant` are what to show; a mutant that survives is a failure. */
export async function start(io: Io, calls = CALLS, mutant = MUTANT): Promise<number> {
  io.stdout(`Our allocator, ${grouped(calls)} calls, each judged:\n\n`);
  const sound = await main(['check', `--budget=${calls}ops`], io);
  if (sound !== EXIT.passed) return sound;
  io.stdout(`\nThe same allocator with a bug put in (${mutant}):\n\n`);
  const broken = await main(['check', mutant, '--budget=2000runs', '--first'], io);
  if (broken === EXIT.passed) io.stderr(`${mutant} was not caught\n`);
  return broken === EXIT.violations ? EXIT.passed : EXIT.violations;
}

if (isStarted(import.meta.url)) process.exitCode = await start(processIo());
