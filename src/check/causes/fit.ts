import { FREE, runSizeAt } from '../../oracle/runs.ts';
import type { Scene } from '../scene.ts';
import type { Cause, Diagnosis } from './cause.ts';

interface Run {
  readonly at: number;
  readonly size: number;
}

/** Which of the free runs that fit was taken, where that leaves one rule alone. */
export const fit: Diagnosis = (scene) => {
  const { s, before, header, violation } = scene;
  if (violation.cause !== 'not-best-fit') return undefined;
  const runs = fittingRuns(scene);
  const taken = runs.findIndex(({ at }) => at + header === s.result);
  if (taken !== 0 || runs.length < 2 || before.flaw !== '') return undefined;
  const [first, ...rest] = runs as [Run, ...Run[]];
  const largest = rest.every(({ size }) => size < first.size);
  const newest = newestFreed(scene) === first.at;
  if (largest || newest) return undefined;
  return firstFit(scene, first, rest);
};

function firstFit({ s }: Scene, first: Run, rest: readonly Run[]): Cause {
  const best = rest.reduce((a, b) => (b.size < a.size ? b : a));
  return {
    name: 'first-fit',
    says: `the search stops at the first free block that is large enough: ${first.size} bytes at ${s.at(first.at)}, where ${best.size} at ${s.at(best.at)} fit better`,
    evidence: [
      `of ${rest.length + 1} free runs that hold ${s.need} bytes the one at the lowest address was taken`,
      'it is neither the largest of them nor the one that was freed last',
    ],
  };
}

function fittingRuns({ s, before }: Scene): Run[] {
  const runs: Run[] = [];
  for (let i = 0; i < before.count; i++) {
    const at = before.address[i] as number;
    const size = before.status[i] === FREE ? runSizeAt(before, at) : -1;
    if (size >= s.need) runs.push({ at, size });
  }
  return runs;
}

function newestFreed({ earlier, header }: Scene): number {
  const last = earlier.findLast(({ op }) => op.kind === 'free' || op.kind === 'realloc');
  return (last?.given ?? 0) - header;
}
