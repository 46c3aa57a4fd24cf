// The invariants, in the order in which a step is judged: what damages memory first. A step after which
// nothing can be believed is not judged by the rest.

import type { Invariant } from './invariant.ts';
import { alignment } from './invariants/alignment.ts';
import { blockList } from './invariants/block-list.ts';
import { coalescing } from './invariants/coalescing.ts';
import { containment } from './invariants/containment.ts';
import { contents } from './invariants/contents.ts';
import { disjointness } from './invariants/disjointness.ts';
import { failure } from './invariants/failure.ts';
import { overflow } from './invariants/overflow.ts';
import { placement } from './invariants/placement.ts';
import { reallocPrefix } from './invariants/realloc-prefix.ts';
import { result } from './invariants/result.ts';
import { status } from './invariants/status.ts';
import { syscalls } from './invariants/syscalls.ts';
import { termination } from './invariants/termination.ts';
import { zeroing } from './invariants/zeroing.ts';

export const INVARIANTS: readonly Invariant[] = [
  failure,
  termination,
  overflow,
  result,
  alignment,
  containment,
  disjointness,
  contents,
  zeroing,
  reallocPrefix,
  blockList,
  status,
  coalescing,
  placement,
  syscalls,
];
