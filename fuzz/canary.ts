// The canary must be caught, or the alarm is broken and every PASSED above is worth nothing: a mutant of
// our allocator and, where gcc is there, a broken C allocator must be caught, confirmed and shrunk, and the
// sound allocator beside them must not.

import { deriveSeed } from '../src/generate/seed.ts';
import { createSimulatedTarget } from '../src/target/simulated.ts';
import type { Target } from '../src/target/target.ts';
import { corpusAllocators } from './corpora.ts';
import { type Amount, type FuzzContext, type Fuzzer, runs } from './fuzzer.ts';
import { huntDown, NATIVE_BATCH, shrinkCatch, violationOf } from './hunt-down.ts';
import { MUTANTS, mutantTarget } from './mutant-list.ts';
import { hasCompiler, isEverythingRequired, withNative } from './native-target.ts';
import { traceLine } from './table.ts';

/** A shrunk canary longer than this was not shrunk. */
const LONGEST = 12;

export const canary: Fuzzer = {
  name: 'canary',
  about: 'known bugs must be caught, confirmed and shrunk, or the alarm is broken',
  amount: runs(2000),
  async run(context) {
    const problems: string[] = [];
    const [mutant] = MUTANTS;
    if (mutant === undefined) problems.push('there is no mutant to be caught');
    else problems.push(...(await mustRing(mutantTarget(mutant), 1, context)));
    problems.push(...(await mustRingForC(context)));
    problems.push(...(await mustNotRing(createSimulatedTarget(), context)));
    for (const problem of problems) context.say(problem);
    return {
      passed: problems.length === 0,
      summary: problems.length === 0 ? 'the alarm rings' : 'THE ALARM IS BROKEN',
      figures: { problems },
    };
  },
};

async function mustRing(
  target: Target,
  batch: number,
  { seed, amount, say }: FuzzContext,
): Promise<string[]> {
  const own = deriveSeed(seed, target.name, 0);
  const hunt = await huntDown(target, { seed: own, amount, batch });
  const { caught, hunter } = hunt;
  if (caught === undefined) return [`${target.name} was not caught in ${hunt.runs} runs`];
  const { trace, originalOps } = await shrinkCatch(hunter, caught);
  const { invariant, says } = violationOf(caught);
  say(`${target.name}: caught at run ${hunt.runs} by ${invariant}: ${says}`);
  say(`  ${originalOps} -> ${trace.length} ops: ${traceLine(trace)}`);
  if (trace.length <= LONGEST) return [];
  return [`${target.name} was not shrunk: ${trace.length} ops are left of ${originalOps}`];
}

async function mustRingForC(context: FuzzContext): Promise<string[]> {
  const [broken] = corpusAllocators('broken');
  if (broken === undefined) return ['there is no broken C allocator to be caught'];
  if (hasCompiler()) {
    return withNative(broken, (target) => mustRing(target, NATIVE_BATCH, context));
  }
  if (isEverythingRequired()) return ['gcc is missing, and everything is required'];
  context.say(`${broken.name}: SKIPPED, gcc is missing`);
  return [];
}

/** An alarm that always rings is broken too. */
async function mustNotRing(target: Target, { seed }: FuzzContext): Promise<string[]> {
  const amount: Amount = runs(300);
  const { caught } = await huntDown(target, { seed: deriveSeed(seed, target.name, 0), amount });
  return caught === undefined ? [] : [`${target.name}, which is sound, was caught too`];
}
