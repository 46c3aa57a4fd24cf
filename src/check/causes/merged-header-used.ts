// A header that merging made a part of another block, and that somebody still takes for one: a list, or a variable
// such as the last block, was not told.

import type { Address } from '../../memory/address.ts';
import { ALLOC, blockAt } from '../../oracle/runs.ts';
import type { HeapWalk } from '../../target/execution.ts';
import type { Lab } from '../lab.ts';
import type { Scene } from '../scene.ts';
import { type Cause, type Diagnosis, hexWord } from './cause.ts';

export const mergedHeaderUsed: Diagnosis = async (scene, lab) => {
  const { step, after } = scene;
  if (step.outcome !== 'returned' || !after.taken) return undefined;
  return (await givenOut(scene, lab)) ?? (await linked(scene, lab));
};

/** What was given out lies behind such a header. */
async function givenOut(scene: Scene, lab: Lab): Promise<Cause | undefined> {
  const { s, header, step } = scene;
  if (!s.gaveMemory || !s.model.inHeap(s.result) || s.result === s.oldAddress) return undefined;
  const gone = goneHeaders(scene).find(({ address }) => address === s.result - header);
  if (gone === undefined) return undefined;
  return causeOf(scene, lab, gone, [
    `op ${step.index + 1} gave out heap memory right behind it, at ${s.at(s.result)}`,
  ]);
}

/** A payload was changed where such a header had a link, and a link it is that stands there now. */
async function linked(scene: Scene, lab: Lab): Promise<Cause | undefined> {
  const { s, step, trace, header } = scene;
  const broken = step.broken[0];
  if (broken === undefined || broken.slot < 0 || broken.check === 'zeroing') return undefined;
  const isMoved = broken.check === 'prefix' && s.result !== s.oldAddress;
  const own = broken.check === 'prefix' ? s.result : s.model.address[broken.slot];
  // What realloc copied may have been spoiled where it came from.
  const starts = isMoved ? [s.oldAddress, own ?? 0] : [own ?? 0];
  for (const start of starts) {
    const address = start + (broken.offset & ~7);
    const gone = goneHeaders(scene).find(
      (each) =>
        start <= each.address && address >= each.address + 16 && address < each.address + header,
    );
    if (gone === undefined) continue;
    const word = await lab.wordAt(trace, step.index, address);
    if (word === undefined || word.frames.length === 0) continue;
    const to = blockNamed(scene, Number(word.value));
    if (to === undefined) continue;
    return causeOf(scene, lab, gone, [
      `${address - gone.address} bytes into it, at ${s.at(address)}, where a header has a link, op ${step.index + 1} wrote ${hexWord(word.value)}`,
      `that is ${to}`,
    ]);
  }
  return undefined;
}

/** A block that was there before and grew over whole blocks. */
function endsWithABlock(before: HeapWalk | undefined, after: HeapWalk, into: Address): boolean {
  if (before === undefined || blockAt(before, into) < 0) return false;
  const end = endOf(after, blockAt(after, into));
  return before.address.some((_, at) => at < before.count && endOf(before, at) === end);
}

function endOf(walk: HeapWalk, at: number): Address {
  return (walk.address[at] as Address) + walk.header + (walk.payloadSize[at] as number);
}

/** What has its header there, in words. */
function blockNamed({ s, after, header }: Scene, address: Address): string | undefined {
  if (blockAt(after, address) >= 0) return `the block at ${s.at(address)}`;
  const slot = s.model.slotAt(address + header);
  return slot < 0 ? undefined : `the mapping of p${slot}`;
}

interface Gone {
  readonly address: Address;
  /** The op that merged it, and into what. */
  readonly op: number;
  readonly into: Address;
  /** Whether it was not cut again: that was the last word of its size. */
  readonly isWhole: boolean;
}

/** Headers of blocks that were FREE when an op made them a part of a block before them, and are no blocks now. */
function goneHeaders({ earlier, step, after, header }: Scene): Gone[] {
  const gone = new Map<Address, Gone>();
  let last: HeapWalk | undefined;
  for (const each of [...earlier, step]) {
    const walk = each.heap;
    if (each.outcome !== 'returned' || !walk.taken) continue;
    for (const address of merged(last, walk)) {
      const into = walk.address.findLast((other, at) => at < walk.count && other < address);
      if (into === undefined) continue;
      const isWhole = endsWithABlock(last, walk, into);
      gone.set(address, { address, op: each.index, into, isWhole });
    }
    last = walk;
  }
  return [...gone.values()].filter(
    ({ address }) => blockAt(after, address) < 0 && address + header <= after.end,
  );
}

function merged(before: HeapWalk | undefined, after: HeapWalk): Address[] {
  if (before === undefined) return [];
  return before.address.filter(
    (address, at) => at < before.count && before.status[at] !== ALLOC && isWithin(after, address),
  );
}

/** Within the payload of a block: not where the walk came to no end. */
function isWithin(walk: HeapWalk, address: Address): boolean {
  for (let at = 0; at < walk.count; at++) {
    const start = walk.address[at] as Address;
    if (address > start && address < endOf(walk, at)) return true;
  }
  return false;
}

async function causeOf(scene: Scene, lab: Lab, gone: Gone, evidence: string[]): Promise<Cause> {
  const { s, step } = scene;
  const [from, into] = [s.at(gone.address), s.at(gone.into)];
  const which = gone.op === step.index ? 'this call' : `op ${gone.op + 1}`;
  const lines = gone.isWhole ? await linesOf(scene, lab, gone) : '';
  return {
    name: 'merged-header-still-used',
    says: `the allocator still goes to the header at ${from}, which ${which} merged into the block at ${into}: a list, or a variable of the allocator, still leads there`,
    evidence: [
      `the block at ${from} was free until ${which} made it a part of the one at ${into}${lines}`,
      ...evidence,
    ],
  };
}

/** Where the size was written that takes the header in. */
async function linesOf({ trace }: Scene, lab: Lab, { op, into }: Gone): Promise<string> {
  const size = await lab.wordAt(trace, op, into);
  const lines = size === undefined ? [] : await lab.linesOf(size);
  if (lines.length === 0) return '';
  const chain = lines.slice(0, MOST_CALLERS + 1);
  return `: at ${chain.map(({ file, line, function: name }) => `${file}:${line}, in ${name}`).join(', called at ')}`;
}

const MOST_CALLERS = 2;
