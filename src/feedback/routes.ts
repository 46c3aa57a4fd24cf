// The way that an op took through the allocator, as far as it shows from outside: in what it returned, in its system
// calls, and in what became of the blocks. A finite list, by kind of op, so that what was never taken can be named.

import { type Contract, judges } from '../contract/contract.ts';

/** What was called, with the state of what it was given. */
export const CALLS = [
  'malloc',
  'calloc',
  'realloc of NULL',
  'realloc',
  'realloc of a mapping',
  'realloc to 0',
  'free',
  'free of a mapping',
  'free of NULL',
  'stale realloc',
  'stale free',
] as const;
export type Call = (typeof CALLS)[number];

/** How it got memory, told by blocks and system calls. */
const GAINS = [
  'fits whole',
  'fits and is split',
  'extends the last block',
  'appends a block',
  'begins the heap',
  'is mapped',
] as const;
/** Where no headers are known: an address that was given out before, the one freed last, or a new one. */
const UNSEEN = ['reuses the last freed', 'reuses a freed place', 'takes a new place'] as const;

export const ROUTES = [
  'does nothing',
  'is refused',
  'fails',
  'ends the process',
  ...GAINS,
  ...UNSEEN,
  'grows the heap',
  'stays',
  'stays and is cut',
  'absorbs the next',
  'absorbs a part of the next',
  'stays and extends the heap',
  'leaves a free block',
  'joins the block before',
  'joins the block behind',
  'joins both neighbours',
  'unmaps',
] as const;
export type Route = (typeof ROUTES)[number];

const RELEASES: readonly Route[] = [
  'leaves a free block',
  'joins the block before',
  'joins the block behind',
  'joins both neighbours',
];
/** Where no headers are known. */
const FREED: readonly Route[] = ['leaves a free block'];
const STAYS: readonly Route[] = ['stays'];
const IN_PLACE: readonly Route[] = [
  'stays',
  'stays and is cut',
  'absorbs the next',
  'absorbs a part of the next',
  'stays and extends the heap',
];

/** The routes of a call that a lawful allocator may take under the contract; none where it is never called. */
export function routesOf(call: Call, contract: Contract): readonly Route[] {
  const { symbols, placement } = contract;
  if (call.includes('calloc') && symbols.calloc === undefined) return [];
  if (call.includes('realloc') && symbols.realloc === undefined) return [];
  const gains = gainsUnder(contract);
  const none = nullsUnder(contract);
  switch (call) {
    case 'malloc':
    case 'calloc':
      return contract.zeroSize === 'null'
        ? ['does nothing', ...none, ...gains]
        : [...none, ...gains];
    case 'realloc of NULL':
      return [...none, ...gains];
    case 'realloc':
      return [...none, ...(placement ? IN_PLACE : STAYS), ...gains.filter(isLater)];
    case 'realloc of a mapping':
      return placement ? [...none, 'stays', ...gains] : [];
    case 'realloc to 0':
      return contract.zeroSize === 'null' ? [...(placement ? RELEASES : FREED), 'unmaps'] : [];
    case 'free':
      return placement ? RELEASES : FREED;
    case 'free of a mapping':
      return placement ? ['unmaps'] : [];
    case 'free of NULL':
      return contract.freeNull === false ? [] : ['does nothing'];
    case 'stale realloc':
      return contract.staleRealloc ? ['does nothing'] : [];
    default:
      return contract.staleFree ? ['does nothing'] : [];
  }
}

function gainsUnder({ placement, interposed, segment }: Contract): readonly Route[] {
  if (placement !== undefined) return GAINS;
  return interposed && segment !== true ? [...UNSEEN, 'grows the heap'] : UNSEEN;
}

/** NULL, or no return, though bytes were asked for. */
function nullsUnder(contract: Contract): readonly Route[] {
  const canFail = contract.placement !== undefined && judges(contract, 'robustness');
  return canFail ? ['is refused', 'fails', 'ends the process'] : ['is refused'];
}

function isLater(route: Route): boolean {
  return route !== 'begins the heap';
}
