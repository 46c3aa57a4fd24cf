// Plain random testing, to measure the search by: every kind of op that the contract has, every slot and every size
// is as likely as any other. The driver and the judge are allocheck's.

import { type Contract, judges } from '../../../src/contract/contract.ts';
import type { Random } from '../../../src/generate/random.ts';
import type { Op } from '../../../src/trace/op.ts';
import * as ops from '../../../src/trace/op.ts';
import type { Trace } from '../../../src/trace/trace.ts';

const LONGEST = 400;
const SLOTS = 16;
/** Twice osmem's threshold. */
const SIZES = 256 * 1024;

/** 1 to 400 ops over 16 slots, of sizes up to 256 KiB. */
export function uniformTrace(random: Random, contract: Contract): Trace {
  const kinds = kindsOf(contract);
  const length = 1 + random.below(LONGEST);
  return Array.from({ length }, () => (kinds[random.below(kinds.length)] as Kind)(random));
}

type Kind = (random: Random) => Op;

function kindsOf(contract: Contract): Kind[] {
  const { symbols } = contract;
  const slot = (random: Random): number => random.below(SLOTS);
  const size = (random: Random): number => random.below(SIZES);
  const nth = (random: Random): number => 1 + random.below(5);
  const kinds: Kind[] = [(r) => ops.malloc(slot(r), size(r)), (r) => ops.free(slot(r))];
  if (symbols.calloc !== undefined)
    kinds.push((r) => ops.calloc(slot(r), 1 + r.below(16), r.below(SIZES / 16)));
  if (symbols.realloc !== undefined) kinds.push((r) => ops.realloc(slot(r), size(r)));
  if (contract.freeNull !== false) kinds.push(() => ops.freeNull());
  if (contract.staleRealloc) kinds.push((r) => ops.staleRealloc(slot(r), 1 + size(r)));
  if (contract.interposed && judges(contract, 'robustness')) {
    kinds.push((r) => ops.failSbrk(nth(r)));
    kinds.push((r) => ops.failMmap(nth(r)));
  }
  return kinds;
}
