// Replay with syscalls refused: a trace that was replayed is swept, each sbrk and mmap of it refused in turn, then two
// of them. What that shows and the replay did not is shrunk and reported like any finding.

import { diagnosed } from '../check/diagnose.ts';
import { causeOf, type Finding } from '../check/finding.ts';
import { Hunter, type Suspect } from '../check/hunt.ts';
import { Ledger } from '../check/ledger.ts';
import { withReproducer } from '../check/reproduce.ts';
import { type Swept, sweep } from '../check/sweep.ts';
import { sweepRunner } from '../check/sweep-hunt.ts';
import { judges } from '../contract/contract.ts';
import { OperatingError } from '../contract/operating-error.ts';
import { counted } from '../report/sentence.ts';
import type { Target } from '../target/target.ts';
import type { Trace } from '../trace/trace.ts';
import type { Replayed, ReplayOptions } from './replay.ts';

/** Runs of one trace with one syscall refused, and with two. */
const BOUNDS = { pairs: true, mostSingles: 256, mostPairs: 1024 };

/** The replay, and what refusals add to it. Rejects as `Target.execute` does, and with an OperatingError where the
 * contract lets nothing fail. */
export async function withRefusals(
  target: Target,
  replayed: Replayed,
  trace: Trace,
  options: ReplayOptions = {},
): Promise<Replayed> {
  const { contract } = target;
  if (!contract.interposed || !judges(contract, 'robustness')) {
    throw new OperatingError(`--faults: no syscall fails under ${contract.name}`);
  }
  const { signal } = options;
  const started = performance.now();
  const hunter = new Hunter(target, options);
  const ledger = new Ledger(hunter, { signal });
  const known = new Set(replayed.findings.map(({ violation }) => causeOf(violation)));
  const consider = async (suspect: Suspect): Promise<boolean> => {
    const violations = suspect.violations.filter((each) => !known.has(causeOf(each)));
    if (violations.length > 0) await ledger.consider({ ...suspect, violations });
    return !signal?.aborted;
  };
  const swept = await sweep({ seed: replayed.name, trace }, sweepRunner(hunter, consider), BOUNDS);
  const findings: Finding[] = [];
  for (const each of ledger.findings()) {
    if (known.has(causeOf(each.violation))) continue;
    findings.push(await withReproducer(await diagnosed(target, each, options), options));
  }
  const ops = replayed.ops + hunter.watch.calls;
  const elapsedMs = replayed.elapsedMs + performance.now() - started;
  const runs = 1 + swept.singles + swept.pairs;
  return { ...replayed, ...judged(replayed, findings, swept, signal), ops, elapsedMs, runs };
}

function judged(
  replayed: Replayed,
  news: readonly Finding[],
  { singles, pairs, left }: Swept,
  signal: AbortSignal | undefined,
): Partial<Replayed> {
  const findings = [...replayed.findings, ...news];
  const cutShort = signal?.aborted === true && findings.length === 0;
  const outOf = left === 0 ? '' : `, ${left} left out`;
  const what = `with one syscall refused (${counted(singles, 'run')}) and with two (${pairs}${outOf})`;
  const names = [...new Set(news.map(({ violation }) => violation.invariant))].join(', ');
  if (news.length > 0) {
    const outcome = `${replayed.outcome}; ${what}: failed: ${names}`;
    return { findings, held: false, byRecord: false, outcome, cutShort };
  }
  return cutShort
    ? { held: false, cutShort, outcome: 'cut short with nothing found' }
    : { outcome: `${replayed.outcome}; ${what}: nothing new` };
}
