// A campaign: known traces first, then new ones until the budget is spent; what looks wrong is confirmed,
// shrunk and kept, one finding a cause. With a budget in runs (or ops), nothing in its report depends on time save
// `elapsedMs`: batches have a fixed size then, and shrinking is bounded by tries alone.

import type { Symbols } from '../contract/contract.ts';
import { Feedback } from '../feedback/feedback.ts';
import { DEFAULT_PIECES, type Pieces } from '../generate/pieces.ts';
import { traces } from '../generate/traces.ts';
import type { InvariantName, Verdict } from '../oracle/violation.ts';
import type { Target, Visitor } from '../target/target.ts';
import { batchesOf, nextSize, take } from './batches.ts';
import type { Budget } from './budget.ts';
import { Census } from './census.ts';
import { Coverage, type CoverageReport } from './coverage.ts';
import { diagnosed } from './diagnose.ts';
import type { Finding } from './finding.ts';
import { type CountingTarget, Hunter, type JudgeOptions, type Run } from './hunt.ts';
import { Ledger } from './ledger.ts';
import { breathe } from './pause.ts';
import { type Reproducing, type Settled, settle } from './reproduce.ts';
import { Steering } from './steer.ts';
import type { Attempt } from './sweep.ts';
import { Sweeping, sweepTurns } from './sweeping.ts';
import { CampaignTime } from './time.ts';

export interface CampaignOptions extends JudgeOptions, Reproducing {
  readonly target: CountingTarget;
  /** The root seed: all traces derive from it. */
  readonly seed: string;
  readonly budget: Budget;
  /** Stop at the first finding. */
  readonly first?: boolean | undefined;
  /** Run before anything new; not counted as runs. */
  readonly known?: readonly Run[] | undefined;
  /** Ends the campaign cleanly, with what was found. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Candidates tried for one finding. */
  readonly shrinkTries?: number | undefined;
  /** Times that one symptom is looked into (see Ledger), and runs that may hang (see Watch). */
  readonly bounds?:
    | { readonly looks: number; readonly hangs: number; readonly lost: number }
    | undefined;
  /** The pieces of the search that are on; default DEFAULT_PIECES. */
  readonly pieces?: Pieces | undefined;
  /** Whether to add up the figures of a target that counts. */
  readonly census?: boolean | undefined;
  /** Whether every run is looked at for what it covers, and not only some. */
  readonly wholeCoverage?: boolean | undefined;
}

export interface Progress {
  readonly runs: number;
  readonly ops: number;
  readonly findings: number;
  readonly elapsedMs: number;
}

export interface CampaignReport {
  readonly target: string;
  readonly contract: string;
  readonly seed: string;
  readonly verdict: Verdict;
  /** New traces run, and known ones run before them. */
  readonly runs: number;
  readonly replayed: number;
  /** Calls made and judged; `skipped` ops made none. */
  readonly ops: number;
  readonly skipped: number;
  /** How often each rule was really judged, while hunting. */
  readonly judged: ReadonlyMap<InvariantName, number>;
  readonly elapsedMs: number;
  /** Whether it was stopped before its budget was spent, by the signal or by too many hangs; or the budget
   * was too short for anything new. */
  readonly cutShort: boolean;
  readonly findings: readonly Finding[];
  /** What was seen, and did not repeat in every fresh process: no failure, but no success either. */
  readonly flaky: readonly Finding[];
  readonly census: Census | undefined;
  /** What the new runs covered. */
  readonly coverage?: CoverageReport | undefined;
  readonly isolation?: Target['isolation'] | undefined;
  /** The names of the functions under test. */
  readonly symbols?: Symbols;
}

/** Runs it. Rejects with an OperatingError if the target cannot be run at all. */
export async function campaign(options: CampaignOptions): Promise<CampaignReport> {
  const state = begin(options);
  for (const batch of batchesOf(options.known ?? [], FIRST_BATCH)) {
    if (isStopped(state) || state.time.leftToHunt(state.ledger) <= 0) break;
    state.replayed += await runBatch(state, batch);
  }
  await runNew(state);
  const settled = await settleAll(state);
  state.time.look.close();
  return reportOf(state, settled);
}

/** New traces until the budget is spent. The next batch is made while a native target is at work on this. */
async function runNew(state: State): Promise<void> {
  const { options } = state;
  const source = sourceOf(state);
  let size = options.budget.kind === 'time' ? FIRST_BATCH : FIXED_BATCH;
  let fresh = isDone(state) ? [] : take(source, Math.min(size, runsLeft(state)));
  while (fresh.length > 0) {
    const before = performance.now();
    const batch = state.steering.around(fresh, !state.hunter.watch.hangsOften);
    state.sweeping.log.forget();
    state.coverage.look(!state.feedback?.hasMade && batch.every((run, at) => run === fresh[at]));
    const running = runBatch(state, batch, state.sweeping.log);
    running.catch(() => {}); // it is awaited below
    await breathe();
    fresh = take(source, Math.min(size, runsLeft(state) - batch.length));
    state.runs += await running;
    state.coverage.pause();
    state.feedback?.settle();
    await runSwept(state, state.sweeping.turns(batch));
    await runMended(state, batch.length);
    if (isDone(state)) return;
    if (options.budget.kind === 'time') size = nextSize(size, performance.now() - before);
    fresh = fresh.slice(0, runsLeft(state));
  }
}

async function settleAll({ ledger, options, time }: State): Promise<Settled> {
  const deadline = time.settle();
  const { signal } = deadline;
  try {
    const how = { ...options, signal };
    const settled = await settle(ledger.findings(), ledger.unrepeated(), how);
    const findings: Finding[] = [];
    for (const each of settled.findings) findings.push(await diagnosed(options.target, each, how));
    return { ...settled, findings };
  } finally {
    deadline.close();
  }
}

/** What damage ended is run on, at most `most` runs of it: a few traces at a time, each to its end if that can
 * be had, for what has yet to be seen lies deep in them. */
async function runMended(state: State, most: number): Promise<void> {
  const width = Math.max(1, most >> 4);
  for (let left = most; left > 0 && !isDone(state); ) {
    const batch = state.steering.take(Math.min(width, left, runsLeft(state)));
    if (batch.length === 0) return;
    state.runs += await runBatch(state, batch);
    left -= batch.length;
  }
}

/** Runs of the batch before, with some of what they were granted refused. */
async function runSwept(state: State, attempts: readonly Attempt[]): Promise<void> {
  const { log } = state.sweeping;
  await sweepTurns(attempts, async (runs) => {
    if (isDone(state)) return [];
    log.forget();
    const ran = await runBatch(state, runs.slice(0, runsLeft(state)), log);
    state.runs += ran;
    return log.all.slice(0, ran);
  });
}

/** All new traces, those made of kept ones among them. */
function sourceOf({ options, feedback }: State): Iterator<Run> {
  const { seed, target, pieces = DEFAULT_PIECES } = options;
  const source = traces(seed, target.contract, 0, { pieces });
  return feedback?.mix(source, seed) ?? source;
}

/** A batch is what a crash of the harness, or a Ctrl-C, can lose. Large enough for a native target to be
 * kept at work by parts of it. */
const FIXED_BATCH = 64;
const FIRST_BATCH = 8;

interface State {
  readonly options: CampaignOptions;
  readonly time: CampaignTime;
  readonly hunter: Hunter;
  readonly ledger: Ledger;
  readonly census: Census | undefined;
  readonly steering: Steering;
  readonly coverage: Coverage;
  readonly sweeping: Sweeping;
  readonly feedback: Feedback | undefined;
  runs: number;
  replayed: number;
}

function begin(options: CampaignOptions): State {
  const { budget, signal, shrinkTries, bounds } = options;
  const time = new CampaignTime(budget, signal);
  const census = options.census ? new Census() : undefined;
  const hunter = new Hunter(options.target, options, census);
  hunter.watch.mostHangs = bounds?.hangs ?? hunter.watch.mostHangs;
  hunter.watch.mostLost = bounds?.lost ?? hunter.watch.mostLost;
  const ledger = new Ledger(hunter, {
    first: options.first,
    tries: shrinkTries,
    looks: bounds?.looks,
    milliseconds: time.shrink,
    signal: time.look.signal,
  });
  const steering = new Steering();
  const feedback = feedbackOf(options);
  const coverage = new Coverage(options.target.contract, options.wholeCoverage);
  hunter.watch.coverage = coverage;
  hunter.watch.onlooker = feedback;
  const isSwept = (options.pieces ?? DEFAULT_PIECES).has('sweeps');
  const sweeping = new Sweeping(hunter.watch, options.target.contract, isSwept);
  const parts = { time, hunter, ledger, census, steering, coverage, sweeping, feedback };
  return { options, ...parts, runs: 0, replayed: 0 };
}

/** Coverage is told by targets that were built for it. */
function feedbackOf({ target, pieces = DEFAULT_PIECES }: CampaignOptions): Feedback | undefined {
  const shapes = pieces.has('feedback');
  const edges = pieces.has('coverage');
  return shapes || edges ? new Feedback(target.contract, { shapes, edges }) : undefined;
}

/** Returns how many of the batch were run to their end. */
async function runBatch(state: State, batch: readonly Run[], visitor?: Visitor): Promise<number> {
  const { hunter, ledger, options, steering, time } = state;
  const steers = (options.pieces ?? DEFAULT_PIECES).has('steering');
  const before = hunter.watch.traces;
  const hunt = time.hunt(ledger);
  hunter.until({ hunt: hunt.signal, look: time.look.signal });
  const suspects = await hunter.hunt(batch, visitor);
  hunt.close();
  for (const suspect of suspects) {
    if (time.look.passed && ledger.size > 0) ledger.doubt(suspect);
    else await ledger.consider(suspect);
    if (options.first && ledger.size > 0) break;
    if (steers) steering.learn(suspect);
  }
  if (steers) for (const trace of ledger.hanging()) steering.avoid(trace);
  options.onProgress?.({
    runs: state.runs,
    ops: hunter.watch.calls,
    findings: ledger.size,
    elapsedMs: time.elapsed,
  });
  await breathe();
  const ran = hunter.watch.traces - before;
  return hunt.passed && ran > 0 ? ran - 1 : ran; // the last was broken off
}

function isDone(state: State): boolean {
  return isStopped(state) || runsLeft(state) <= 0;
}

function isStopped(state: State): boolean {
  const { options, ledger } = state;
  if (options.signal?.aborted || hangsTooOften(state)) return true;
  return (options.first ?? false) && ledger.size > 0;
}

/** In runs, not in time: the report must not depend on how fast the machine is. */
function hangsTooOften({ options, hunter }: State): boolean {
  return options.budget.kind !== 'time' && hunter.watch.hangsTooOften;
}

/** Infinity where the budget is not in runs, and not spent. */
function runsLeft(state: State): number {
  const { budget } = state.options;
  if (budget.kind === 'runs') return budget.runs - state.runs;
  if (budget.kind === 'ops') return state.hunter.watch.calls < budget.ops ? Infinity : 0;
  return state.time.leftToHunt(state.ledger) > 0 ? Infinity : 0;
}

/** Not even the known traces could be run in the time there was, or not one that is new. */
function isTooSlow({ options, runs, replayed }: State): boolean {
  const known = options.known?.length ?? 0;
  return options.budget.kind === 'time' && runs === 0 && (replayed < known || known === 0);
}

function reportOf(state: State, { findings, flaky }: Settled): CampaignReport {
  const { options, hunter } = state;
  const isCut = (options.signal?.aborted ?? false) || hangsTooOften(state);
  const cutShort = isCut || isTooSlow(state);
  const isUnsure = cutShort || flaky.length > 0;
  const verdict = findings.length > 0 ? 'failed' : isUnsure ? 'unknown' : 'passed';
  return {
    target: options.target.name,
    contract: options.target.contract.name,
    seed: options.seed,
    verdict,
    runs: state.runs,
    replayed: state.replayed,
    ops: hunter.watch.calls,
    skipped: hunter.watch.skipped,
    judged: hunter.judged,
    elapsedMs: state.time.elapsed,
    cutShort,
    findings,
    flaky,
    census: state.census,
    coverage: state.coverage.report(hunter.watch.calls, hunter.watch.skipped),
    isolation: options.target.isolation,
    symbols: options.target.contract.symbols,
  };
}
