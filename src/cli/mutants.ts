// `mutant:NAME`: our allocator with one seeded bug. Mutants belong to the fuzzers, which lie above `src`;
// so they are not imported but loaded when one is asked for, from where the package keeps them.

import { extname } from 'node:path';
import type { AllocatorParts } from '../allocator/parts.ts';
import { OperatingError } from '../contract/operating-error.ts';
import { createSimulatedTarget } from '../target/simulated.ts';
import type { Target } from '../target/target.ts';

/** What fuzz/mutants is expected to export, as far as it is needed here. */
interface MutantModule {
  readonly MUTANTS: readonly { readonly name: string; readonly parts: AllocatorParts }[];
}

/** Rejects with an OperatingError if there is no such mutant. */
export async function openMutant(name: string): Promise<Target> {
  const { MUTANTS } = await loadMutants();
  const mutant = MUTANTS.find((each) => each.name === name);
  if (mutant !== undefined) {
    return createSimulatedTarget({ name: `mutant:${name}`, parts: mutant.parts });
  }
  const names = MUTANTS.map((each) => each.name).join(', ');
  throw new OperatingError(`there is no mutant:${name}; there are ${names}`);
}

/** The build and the sources lie alike, but for the extension. */
async function loadMutants(): Promise<MutantModule> {
  const extension = extname(import.meta.url);
  const place = new URL(`../../fuzz/mutants/index${extension}`, import.meta.url);
  return (await import(/* @vite-ignore */ place.href)) as MutantModule;
}
