// What a diagnosis says: why a finding came about, with what establishes it. A diagnosis that cannot establish
// it says nothing: a wrong cause is worse than none.

import { type Address, hex } from '../../memory/address.ts';
import { byteAt } from '../../target/payload.ts';
import type { Slot } from '../../trace/op.ts';
import type { Trace } from '../../trace/trace.ts';
import type { Lab } from '../lab.ts';
import type { Scene } from '../scene.ts';

export interface Cause {
  /** Stable, free of numbers. */
  readonly name: string;
  /** One sentence, with the numbers. */
  readonly says: string;
  /** What was observed that no other cause would explain, a sentence each. */
  readonly evidence: readonly string[];
}

export type Diagnosis = (scene: Scene, lab: Lab) => Cause | undefined | Promise<Cause | undefined>;

/** The part of a header that `offset` lies in. */
export function fieldAt(offset: number): string {
  if (offset < 8) return 'size';
  return offset < 16 ? 'status' : 'a link';
}

/** The trace with its op `at` (as a rule the decisive one) in place of what it was, and nothing behind it. */
export function endingWith(trace: Trace, at: number, op: Trace[number]): Trace {
  return [...trace.slice(0, at), op];
}

/** Whether a run of it shows no violation at all. */
export async function passes(lab: Lab, trace: Trace): Promise<boolean> {
  const { violations, steps } = await lab.run(trace);
  return violations.length === 0 && steps.length > 0;
}

/** The 8 bytes of the slot's pattern at `offset`, as a word in memory; undefined where the slot was never born. */
export function patternWord(scene: Scene, slot: Slot, offset: number): bigint | undefined {
  const born = scene.bornAt.get(slot);
  if (born === undefined) return undefined;
  let word = 0n;
  for (let i = 7; i >= 0; i--) word = (word << 8n) | BigInt(byteAt(born + 1, offset + i));
  return word;
}

/** `0x28` bytes from heap start, in words. */
export function place({ s }: Scene, address: Address): string {
  return s.at(address);
}

export function hexWord(word: bigint): string {
  return `0x${word.toString(16)}`;
}

export { hex };
