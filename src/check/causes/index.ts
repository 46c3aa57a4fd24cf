// The diagnoses, the more special ones first: what one of them establishes is said, and nothing else.

import { breakLowered } from './break-lowered.ts';
import { callocAlone } from './calloc-alone.ts';
import type { Cause, Diagnosis } from './cause.ts';
import { comparisons } from './comparisons.ts';
import { copied } from './copied.ts';
import { failureDereferenced } from './failure-dereferenced.ts';
import { firstBlock } from './first-block.ts';
import { freedFirst } from './freed-first.ts';
import { growing } from './growing.ts';
import { grownOverLive } from './grown-over-live.ts';
import { grownThoughNotLast } from './grown-though-not-last.ts';
import { grownTooMuch } from './grown-too-much.ts';
import { headerLeftOut } from './header-left-out.ts';
import { headerOverwritten } from './header-overwritten.ts';
import { linkInPayload } from './link-in-payload.ts';
import { mappingBetween } from './mapping-between.ts';
import { mappingForgotten } from './mapping-forgotten.ts';
import { mappingLeft } from './mapping-left.ts';
import { mappingLength } from './mapping-length.ts';
import { mergedHeaderUsed } from './merged-header-used.ts';
import { nullFollowed } from './null-followed.ts';
import { preallocation } from './preallocation.ts';
import { refusalForgotten } from './refusal-forgotten.ts';
import { restStaysAllocated } from './rest-stays-allocated.ts';
import { searches } from './searches.ts';
import { splitLeavesNothing } from './split-leaves-nothing.ts';
import { threshold } from './threshold.ts';
import { unalignedSplit } from './unaligned-split.ts';
import { unmappedTouched } from './unmapped-touched.ts';
import { wrapped } from './wrapped.ts';
import { zeroedInPart } from './zeroed-in-part.ts';

export type { Cause } from './cause.ts';

export const DIAGNOSES: readonly Diagnosis[] = [
  failureDereferenced,
  unmappedTouched,
  nullFollowed,
  refusalForgotten,
  wrapped,
  mappingLength,
  firstBlock,
  preallocation,
  threshold,
  grownThoughNotLast,
  grownOverLive,
  grownTooMuch,
  splitLeavesNothing,
  headerLeftOut,
  unalignedSplit,
  headerOverwritten,
  restStaysAllocated,
  callocAlone,
  zeroedInPart,
  copied,
  linkInPayload,
  mergedHeaderUsed,
  mappingBetween,
  comparisons,
  growing,
  searches,
  freedFirst,
  mappingLeft,
  mappingForgotten,
  breakLowered,
];

export async function causeIn(...evidence: Parameters<Diagnosis>): Promise<Cause | undefined> {
  for (const diagnosis of DIAGNOSES) {
    const cause = await diagnosis(...evidence);
    if (cause !== undefined) return cause;
  }
  return undefined;
}
