// One hostile submission, handed in: built, hunted, witnessed and weighed as a class is graded, while the neighbour
// is checked at its side.

import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type CampaignReport, campaign } from '../../src/check/campaign.ts';
import { packageFolder } from '../../src/cli/known-traces.ts';
import { OperatingError } from '../../src/contract/operating-error.ts';
import { osmem } from '../../src/contract/osmem.ts';
import { traces } from '../../src/generate/traces.ts';
import { defaultRubric } from '../../src/grade/rubric.ts';
import { weigh } from '../../src/grade/weigh.ts';
import { jsonText, verdictJson } from '../../src/report/json.ts';
import { createNativeTarget, type NativeTarget } from '../../src/target/native.ts';
import { type Testimony, witness } from '../../src/target/witness.ts';
import type { Trace } from '../../src/trace/trace.ts';
import type { Scene } from './scene.ts';

export interface Attack {
  readonly name: string;
  /** In a few words. */
  readonly verdict: string;
  readonly marks: number;
  /** How many were left behind. */
  readonly processes: number;
  readonly files: number;
  /** What of the scene was hit; empty if nothing was. */
  readonly reached: string;
  readonly sameNeighbour: boolean;
  readonly elapsedMs: number;
}

export interface AttackOrder {
  readonly scene: Scene;
  readonly seed: string;
  readonly runs: number;
}

/** The honest one, which no attack may outdo. */
export const DOES_NOTHING = 'does-nothing';

const START_LIMIT_MS = 3000;
const COMPILE_LIMIT_MS = 10_000;
const SILENCE_LIMIT_MS = 3000;
const HUNT_LIMIT_MS = 20_000;
const CALL_LIMIT_MS = 50;
const WITNESSED = 8;
const NEIGHBOUR_RUNS = 20;

/** Its C files, by name. */
export function attacks(): string[] {
  const folder = join(packageFolder(), 'corpus', 'allocators', 'hostile');
  const names = readdirSync(folder).filter((name) => name.endsWith('.c'));
  return names.sort().map((name) => join(folder, name));
}

export async function attack(file: string, order: AttackOrder): Promise<Attack> {
  const { scene } = order;
  const alone = await checkNeighbour(order);
  const before = scene.processes();
  const started = performance.now();
  const folder = scene.submit('mallory', file);
  const [{ verdict, marks }, beside] = await Promise.all([
    grade(folder, order),
    checkNeighbour(order),
  ]);
  return {
    name: basename(file, '.c'),
    verdict,
    marks,
    elapsedMs: Math.round(performance.now() - started),
    processes: (await scene.leftProcesses(before)).length,
    files: scene.leftFiles().length,
    reached: scene.reached(),
    sameNeighbour: alone === beside,
  };
}

/** Its verdict as JSON, but for times. */
async function checkNeighbour({ scene, seed }: AttackOrder): Promise<string> {
  const target = await open(scene.neighbour, scene);
  try {
    const budget = { kind: 'runs', runs: NEIGHBOUR_RUNS } as const;
    const report = await campaign({ target, seed, budget });
    return jsonText([{ ...verdictJson(report), elapsedMs: 0 }]);
  } finally {
    await target.close();
  }
}

interface Grade {
  readonly verdict: string;
  readonly marks: number;
}

async function grade(folder: string, order: AttackOrder): Promise<Grade> {
  const { scene, seed, runs } = order;
  const signal = AbortSignal.timeout(HUNT_LIMIT_MS);
  let target: NativeTarget;
  try {
    target = await open(folder, scene, { signal });
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    return { verdict: `refused: ${firstLine(error.message)}`, marks: 0 };
  }
  try {
    const report = await campaign({ target, seed, budget: { kind: 'runs', runs }, signal });
    if (report.verdict === 'unknown') return { verdict: 'undecided', marks: 0 };
    const testimony = await testify(folder, target, order);
    return gradeOf(report, testimony);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    return { verdict: `refused: ${firstLine(error.message)}`, marks: 0 };
  } finally {
    await target.close();
  }
}

async function testify(
  folder: string,
  target: NativeTarget,
  { scene, seed }: AttackOrder,
): Promise<Testimony> {
  const signal = AbortSignal.timeout(HUNT_LIMIT_MS);
  const own = await open(folder, scene, { signal, isolation: 'fork' });
  try {
    return await witness(target, own, firstTraces(`${seed}/witness`));
  } finally {
    await own.close();
  }
}

function gradeOf(report: CampaignReport, testimony: Testimony): Grade {
  const { findings, judged, verdict } = report;
  if (testimony.kind === 'forged') {
    return { verdict: `forged: ${testimony.says}`.slice(0, WIDTH), marks: 0 };
  }
  if (verdict === 'passed' && testimony.kind === 'unlike')
    return { verdict: 'undecided', marks: 0 };
  const names = [...new Set(findings.map(({ violation }) => violation.invariant))];
  const { marks } = weigh(defaultRubric(osmem), findings, judged);
  return { verdict: verdict === 'passed' ? 'PASSED' : names.join(' ').slice(0, WIDTH), marks };
}

/** Characters of a verdict in the table. */
const WIDTH = 60;

function firstLine(text: string): string {
  return text
    .split('\n', 1)[0]!
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, WIDTH);
}

function firstTraces(seed: string): Trace[] {
  const source = traces(seed, osmem, 0);
  return Array.from({ length: WITNESSED }, () => source.next().value.trace);
}

function open(
  folder: string,
  scene: Scene,
  more: { readonly signal?: AbortSignal; readonly isolation?: 'fork' } = {},
): Promise<NativeTarget> {
  return createNativeTarget({
    files: [folder],
    contract: osmem,
    sandbox: 'auto',
    cflags: scene.flags,
    cpuLimitMs: CALL_LIMIT_MS,
    startLimitMs: START_LIMIT_MS,
    compileLimitMs: COMPILE_LIMIT_MS,
    silenceLimitMs: SILENCE_LIMIT_MS,
    ...more,
  });
}
