// One trial of a tool that is written in TypeScript: in this process, which the bench has started for it.

import { campaign } from '../../../src/check/campaign.ts';
import { Hunter } from '../../../src/check/hunt.ts';
import { Ledger } from '../../../src/check/ledger.ts';
import type { Pieces } from '../../../src/generate/pieces.ts';
import type { Violation } from '../../../src/oracle/violation.ts';
import type { Target } from '../../../src/target/target.ts';
import type { Trace } from '../../../src/trace/trace.ts';
import { type Batches, commandBatches, uniformBatches } from './batches.ts';
import type { Tool } from './tools.ts';

export interface Found {
  readonly ms: number;
  readonly ops: number;
  readonly check: string;
  readonly length: number;
  readonly shrunk?: number;
  readonly shrinkMs?: number;
}

const SHRINK_MS = 10_000;

export function search(
  tool: Tool,
  target: Target,
  seed: string,
  capMs: number,
): Promise<Found | undefined> {
  const { kind } = tool;
  const { contract } = target;
  if (kind.is === 'campaign') {
    return campaigned(target, seed, capMs, kind.pieces);
  }
  if (kind.is === 'uniform') return batched(target, uniformBatches(seed, contract), capMs);
  if (kind.is === 'commands')
    return batched(target, commandBatches(seed, contract, kind.how), capMs);
  throw new Error(`${tool.name} is not written in TypeScript`);
}

/** The time is that of the confirmed failure; it is shrunk afterwards, on its own time. */
async function campaigned(
  target: Target,
  seed: string,
  milliseconds: number,
  pieces: Pieces,
): Promise<Found | undefined> {
  const started = performance.now();
  let [ms, ops] = [0, 0];
  const found = new AbortController();
  const report = await campaign({
    target,
    seed,
    first: true,
    shrinkTries: 0,
    budget: { kind: 'time', milliseconds },
    pieces,
    signal: found.signal,
    onProgress(progress) {
      if (progress.findings === 0 || ms > 0) return;
      ms = performance.now() - started;
      ops = progress.ops;
      found.abort();
    },
  });
  const [finding] = report.findings;
  if (finding === undefined || ms === 0 || ms > milliseconds) return undefined;
  const { violation, trace, originalOps: length } = finding;
  return {
    ms,
    ops,
    check: violation.invariant,
    length,
    ...(await shrink(target, trace, violation)),
  };
}

async function shrink(
  target: Target,
  trace: Trace,
  violation: Violation,
): Promise<Pick<Found, 'shrunk' | 'shrinkMs'>> {
  const started = performance.now();
  const ledger = new Ledger(new Hunter(target), { first: true, milliseconds: () => SHRINK_MS });
  await ledger.consider({ seed: '', trace, violations: [violation] });
  const shrinkMs = performance.now() - started;
  const [finding] = ledger.findings();
  return finding === undefined ? {} : { shrunk: finding.trace.length, shrinkMs };
}

/** The first that the judge objects to counts, confirmed or not. */
async function batched(
  target: Target,
  batches: Batches,
  capMs: number,
): Promise<Found | undefined> {
  const started = performance.now();
  const until = started + capMs;
  const hunter = new Hunter(target);
  const signal = AbortSignal.timeout(capMs);
  hunter.until({ hunt: signal, look: signal });
  for (let n = 0; performance.now() < until; n++) {
    const traces = batches.take(n);
    const [suspect] = await hunter.hunt(traces.map((trace) => ({ seed: '', trace })));
    const ms = performance.now() - started;
    if (suspect === undefined || ms > capMs) continue;
    const { calls: ops } = hunter.watch;
    const [violation] = suspect.violations;
    const index = traces.indexOf(suspect.trace);
    const found = { ms, ops, check: violation?.invariant ?? '', length: suspect.trace.length };
    return { ...found, ...(await shrinkBatch(target, batches, n, index)) };
  }
  return undefined;
}

async function shrinkBatch(
  target: Target,
  batches: Batches,
  n: number,
  index: number,
): Promise<Pick<Found, 'shrunk' | 'shrinkMs'>> {
  const started = performance.now();
  const hunter = new Hunter(target);
  const fails = async (trace: Trace): Promise<boolean> =>
    (await hunter.hunt([{ seed: '', trace }])).length > 0;
  const trace = await batches.shrink?.(n, index, fails, SHRINK_MS);
  const shrinkMs = performance.now() - started;
  return trace === undefined ? {} : { shrunk: trace.length, shrinkMs };
}
