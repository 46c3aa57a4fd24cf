// Whether what a submission reports of itself is so: some traces that it cannot know beforehand are run under the
// eyes of another process (target/witness.ts), and compared with what was reported.

import { deriveSeed } from '../generate/seed.ts';
import { traces } from '../generate/traces.ts';
import type { NativeTarget } from '../target/native.ts';
import { type Testimony, witness } from '../target/witness.ts';
import type { Trace } from '../trace/trace.ts';

/** Enough for one that works only where nobody looks to be seen, and a second or so. */
const WITNESSED = 12;
/** Ops of a trace that is witnessed: each costs some system calls. */
const LONGEST = 200;

/** `target` is the one that was judged; `open` starts it once more. Rejects as they do. */
export async function testify(
  target: NativeTarget,
  seed: string,
  open: () => Promise<NativeTarget>,
): Promise<Testimony> {
  // What has the real operating system gets other addresses from it each time.
  if (!target.contract.interposed) return { kind: 'agrees', says: '', traces: 0 };
  const own = await open();
  try {
    return await witness(target, own, unforeseen(target, seed));
  } finally {
    await own.close();
  }
}

function unforeseen({ contract }: NativeTarget, seed: string): Trace[] {
  const chosen: Trace[] = [];
  for (const { trace } of traces(deriveSeed(seed, 'witness', 0), contract, 0)) {
    if (chosen.length === WITNESSED) break;
    chosen.push(trace.slice(0, LONGEST));
  }
  return chosen;
}
