import { ALLOC, blockAt } from '../../oracle/runs.ts';
import type { Diagnosis } from './cause.ts';

/** What a shrinking realloc cuts off is ALLOC, and nobody has it. */
export const restStaysAllocated: Diagnosis = ({ s, before, after, header, step }) => {
  if (step.outcome !== 'returned' || s.call !== 'resize' || s.result !== s.oldAddress)
    return undefined;
  if (!s.oldInHeap || after.flaw !== '') return undefined;
  const at = s.result + s.need;
  const own = before.payloadSize[blockAt(before, s.oldAddress - header)] ?? 0;
  const rest = blockAt(after, at);
  if (own <= s.need || rest < 0 || after.status[rest] !== ALLOC) return undefined;
  // It is the rest only if it ends where the block did, and does not reach into the next.
  if (at + header + (after.payloadSize[rest] ?? 0) !== s.oldAddress + own) return undefined;
  if (blockAt(before, at) >= 0 || s.model.slotAt(at + header) >= 0) return undefined;
  return {
    name: 'rest-stays-allocated',
    says: `what realloc cuts off, ${after.payloadSize[rest]} bytes at ${s.at(at)}, is marked ALLOC, and nobody will ever free it`,
    evidence: [
      `p${s.op.slot} shrank from ${own} to ${s.need} bytes, and a block came to be behind it`,
      `that block is ALLOC, and no payload is there`,
    ],
  };
};
