// From what was found to what can be known of it: the lines of the source that crashed or wrote what is wrong,
// and the cause, where a check establishes one. Each finding's trace is run a few times more for it.

import type { Address } from '../memory/address.ts';
import type { Target } from '../target/target.ts';
import { type Cause, causeIn } from './causes/index.ts';
import { causeOf, type Finding, type Where } from './finding.ts';
import { type JudgeOptions, newJudge } from './hunt.ts';
import { Lab, LabClosed } from './lab.ts';
import { type Scene, sceneOf } from './scene.ts';
import { HUNG } from './shrink-finding.ts';

/** Ops. Everything is looked at and kept, time and again. */
const LONGEST = 500;

interface Told {
  cause?: Cause;
  where?: Where;
}

/** The finding with what could be told; as it was where its trace, run once more, does not show it. Where the
 * signal came first it says so, and keeps what was told by then. Rejects as `Target.execute` does. */
export async function diagnosed(
  target: Target,
  finding: Finding,
  options: JudgeOptions & { readonly signal?: AbortSignal | undefined },
): Promise<Finding> {
  if (finding.trace.length > LONGEST || finding.violation.cause === HUNG) return finding;
  const lab = new Lab(target, newJudge(target, options), options.signal);
  const told: Told = {};
  try {
    await examine(target, finding, lab, told);
    return { ...finding, ...told };
  } catch (error) {
    if (error instanceof LabClosed) return { ...finding, ...told, hurried: true };
    throw error;
  }
}

/** Adds to `told` as soon as something is known. */
async function examine(
  target: Target,
  { trace, violation }: Finding,
  lab: Lab,
  told: Told,
): Promise<void> {
  const run = await lab.run(trace);
  const again = run.violations.find((each) => causeOf(each) === causeOf(violation));
  if (again?.step !== violation.step) return;
  const scene = sceneOf(target.contract, trace, again, run);
  if (scene === undefined) return;
  const where = await whereIn(target, scene, lab);
  if (where !== undefined) told.where = where;
  const cause = await causeIn(scene, lab);
  if (cause !== undefined) told.cause = cause;
}

/** Where it crashed, or where the call wrote the word that is wrong. */
async function whereIn(target: Target, scene: Scene, lab: Lab): Promise<Where | undefined> {
  if (target.locate === undefined) return undefined;
  const { step, trace } = scene;
  if (step.outcome !== 'returned') {
    return step.outcome === 'crashed'
      ? located(target, 'it crashed', step.frames ?? [])
      : undefined;
  }
  for (const { address, what } of suspectWords(scene)) {
    const word = await lab.wordAt(trace, step.index, address);
    if (word === undefined) return undefined; // too many instructions: it would not come out otherwise
    const where = await located(target, `${what} was written`, word.frames);
    if (where !== undefined) return where;
  }
  return undefined;
}

async function located(
  target: Target,
  what: string,
  frames: readonly number[],
): Promise<Where | undefined> {
  const lines = (await target.locate?.(frames)) ?? [];
  return lines.length === 0 ? undefined : { what, lines };
}

interface Suspect {
  readonly address: Address;
  readonly what: string;
}

/** Words of memory that show what is wrong, the most telling first. */
function suspectWords({ s, step, after, violation, header }: Scene): Suspect[] {
  const words: Suspect[] = [];
  const broken = step.broken[0];
  if (broken !== undefined && broken.check !== 'zeroing') {
    const own = broken.slot === s.op.slot && broken.check === 'prefix';
    const start = own ? s.result : broken.slot < 0 ? after.start : s.model.address[broken.slot];
    const address = (start ?? 0) + broken.offset;
    words.push({ address: address - (address % 8), what: `the byte at ${s.at(address)}` });
  }
  if (violation.invariant === 'block-list' && after.taken && after.flaw !== '') {
    words.push({ address: after.flawAt, what: `the header at ${s.at(after.flawAt)}` });
    const last = after.address[after.count - 1];
    if (last !== undefined) words.push({ address: last, what: `the size at ${s.at(last)}` });
  }
  if (!OF_BLOCKS.has(violation.invariant) || !after.taken) return words;
  const payload =
    s.gaveMemory && s.model.inHeap(s.result) ? s.result : s.oldInHeap ? s.oldAddress : 0;
  if (payload === 0) return words;
  const [size, status] = [payload - header, payload - header + 8];
  words.push({ address: size, what: `the size of the block at ${s.at(size)}` });
  words.push({ address: status, what: `the status of the block at ${s.at(size)}` });
  return words;
}

/** Invariants that the block in hand breaks by its place, its size or its status. */
const OF_BLOCKS: ReadonlySet<string> = new Set([
  'disjointness',
  'status',
  'placement',
  'coalescing',
]);
