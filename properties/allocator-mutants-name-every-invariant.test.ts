// The registry of seeded bugs: each is one, and together they need every invariant.

import { describe, expect, it } from 'vitest';
import { MUTANTS, mutantNamed } from '../fuzz/mutants/index.ts';
import { soundParts } from '../src/allocator/parts.ts';
import { INVARIANTS } from '../src/oracle/invariants.ts';

describe('the mutants', () => {
  it('are many, each with a name and a story of its own', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(36);
    expect(new Set(MUTANTS.map((mutant) => mutant.name)).size).toBe(MUTANTS.length);
    expect(new Set(MUTANTS.map((mutant) => mutant.story)).size).toBe(MUTANTS.length);
  });

  it('differ from the sound allocator', () => {
    for (const { parts } of MUTANTS) {
      const changed = Object.entries(parts).filter(
        ([name, part]) => soundParts[name as keyof typeof soundParts] !== part,
      );
      expect(changed.length).toBeGreaterThan(0);
    }
  });

  it('name every invariant, and no other', () => {
    const named = new Set(MUTANTS.flatMap((mutant) => mutant.kills));
    expect([...named].sort()).toEqual(INVARIANTS.map((invariant) => invariant.name).sort());
    for (const { kills } of MUTANTS) expect(kills.length).toBeGreaterThan(0);
  });

  it('are found by name', () => {
    expect(mutantNamed('worst-fit').name).toBe('worst-fit');
    expect(() => mutantNamed('best-fit')).toThrow(RangeError);
  });
});
