// Where the heap of a native target is, and whether its init function is given all of it: what depends on the
// contract and on how the functions are written.

import type { Contract } from '../contract/contract.ts';
import { type Address, HEAP_START, LOW_HEAP_START } from '../memory/address.ts';
import type { NativeSources } from './native-sources.ts';
import { parametersIn } from './native-text.ts';

/** Bytes of a heap given to an init function, where the contract has no limit. */
const SEGMENT = 32 << 20;

export function heapStartOf({ lowHeap }: Contract): Address {
  return lowHeap === true ? LOW_HEAP_START : HEAP_START;
}

/** CS107's init functions take (start, bytes); CS:APP's, and CS107's of old, take nothing. Where the text does
 * not say, as with a library, the contract does. */
export function withSegment(contract: Contract, sources: NativeSources): Contract {
  const { init } = contract.symbols;
  if (init === undefined) return contract;
  const parameters = parametersIn(sources, init);
  const segment = parameters === undefined ? contract.segment === true : parameters === 2;
  return segment
    ? { ...contract, segment, heapLimit: contract.heapLimit ?? SEGMENT }
    : { ...contract, segment };
}
