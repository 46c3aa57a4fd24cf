import type { Breach, Invariant } from '../invariant.ts';
import { rulingOf } from '../ruling.ts';
import type { Situation } from '../situation.ts';

export const syscalls: Invariant = {
  name: 'syscalls',
  statement:
    'A call makes exactly the syscalls that it needs, the break never goes down, no mapping leaks.',
  tier: 'policy',
  cost: '1',
  applies: (s) => s.returned && s.contract.placement !== undefined,
  check: (s) =>
    forbidden(s) ?? leak(s) ?? (s.walked && !refused(s) ? rulingOf(s).syscalls : undefined),
};

/** What `overflow` and `result` judge is not judged again here. */
function refused(s: Situation): boolean {
  return (
    s.wraps ||
    s.hopeless ||
    (s.call !== 'nothing' && s.call !== 'release' && !s.gaveMemory && !s.failed)
  );
}

function forbidden(s: Situation): Breach | undefined {
  const clause = 'the break never goes down, and mremap is forbidden';
  if (s.remapped) return { cause: 'mremap', says: 'mremap was called', clause, damage: true };
  // A growth made in pieces is taken back when one of them fails: the break must be as before.
  if (!s.lowered || (s.failed && s.growth >= 0)) return undefined;
  const far = s.growth < 0 ? `, by ${-s.growth} in all` : ', and raised again';
  return { cause: 'break-lowered', says: `the break was lowered${far}`, clause };
}

/** Every mapping holds one live payload. */
function leak(s: Situation): Breach | undefined {
  const { model } = s;
  if (model.mappings.length <= s.liveMappedAfter) return undefined;
  const clause = 'a mapped block is unmapped whole when it is freed or moves';
  for (const mapping of model.mappings) {
    if (holdsLive(s, mapping.start)) continue;
    const says = `${s.at(mapping.start)}, ${mapping.length} bytes, belongs to no live payload`;
    return { cause: 'leak', says, clause, tier: 'structure' };
  }
  return undefined;
}

function holdsLive(s: Situation, start: number): boolean {
  const { model } = s;
  if (s.gaveMemory && model.mappingOf(s.result)?.start === start) return true;
  return model.live.some(
    (slot) =>
      (slot !== s.op.slot || s.oldKept) &&
      model.mappingOf(model.address[slot] as number)?.start === start,
  );
}
