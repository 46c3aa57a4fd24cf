// The child's word is not enough. A target shares its process with the runner, and its constructors the
// server's, so whatever they report can be forged. So some traces are executed under the eyes of the parent: it
// writes secret patterns to payloads and reads them back itself, through the kernel. Who wants to pass there has to
// be a working allocator; and what was reported where nobody looked is compared with that.
//
// Three executions of a trace: as always; witnessed, with a secret pattern; and as always, but with that pattern. An
// honest target gives the same in the last two, whatever it does: both are the same to it, byte for byte.

import { randomInt } from 'node:crypto';
import type { Trace } from '../trace/trace.ts';
import { keepStep } from './execution.ts';
import type { NativeTarget } from './native.ts';
import { lineOf, type Seen } from './witness-run.ts';

/** 'forged': it reports what is not so. 'unlike': it goes otherwise when payloads hold other bytes, or from run to
 * run, or is plainly broken. 'agrees': what it reports is so. */
export interface Testimony {
  readonly kind: 'agrees' | 'unlike' | 'forged';
  /** One sentence; empty where it agrees. */
  readonly says: string;
  /** Traces that were witnessed to their end. */
  readonly traces: number;
}

const MOST_SALT = 2 ** 31;
const UNSEEN = 'no trace could be watched to its end';

/** Where memory is not simulated nothing is witnessed. `target` is the one that was judged, `own` another, opened with `isolation: 'fork'` for this alone. */
export async function witness(
  target: NativeTarget,
  own: NativeTarget,
  traces: readonly Trace[],
): Promise<Testimony> {
  if (!target.contract.interposed) return { kind: 'agrees', says: '', traces: 0 };
  let whole = 0;
  for (const trace of traces) {
    const salt = randomInt(1, MOST_SALT);
    const shown = await own.observe(trace, salt, true);
    if (shown.lie !== '') return { kind: 'forged', says: shown.lie, traces: whole };
    const told = await own.observe(trace, salt, false);
    const lie = difference(shown, told);
    if (lie !== '') {
      const again = await own.observe(trace, salt, false);
      const isSteady = difference(told, again) === '';
      return { kind: isSteady ? 'forged' : 'unlike', says: lie, traces: whole };
    }
    const usual = { steps: await usually(target, trace), lie: '', damage: '', unsureFrom: -1 };
    const unlike = difference(bare(shown), bare(usual));
    if (unlike !== '') return { kind: 'unlike', says: unlike, traces: whole };
    if (shown.damage !== '') return { kind: 'unlike', says: shown.damage, traces: whole };
    if (shown.unsureFrom < 0) whole += 1;
  }
  if (whole === 0 && traces.length > 0) return { kind: 'unlike', says: UNSEEN, traces: 0 };
  return { kind: 'agrees', says: '', traces: whole };
}

/** Where two executions first differ, as a sentence; empty where they do not. */
function difference(shown: Seen, told: Seen): string {
  const unsure = [shown.unsureFrom, told.unsureFrom].filter((from) => from >= 0);
  const end = Math.min(Math.max(shown.steps.length, told.steps.length), ...unsure);
  for (let i = 0; i < end; i++) {
    const [seen, said] = [shown.steps[i] ?? 'nothing', told.steps[i] ?? 'nothing'];
    if (seen !== said) return `op ${i + 1} was reported as (${cut(said)}), and was (${cut(seen)})`;
  }
  return '';
}

const MOST_TEXT = 200;

function cut(text: string): string {
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text;
}

/** Without the bytes of payloads, which depend on the pattern. */
function bare({ steps, unsureFrom }: Seen): Seen {
  const plain = (line: string): string =>
    line.replace(/( (?:contents|prefix|zeroing)\/\S+):\S+/g, '$1');
  return { steps: steps.map(plain), lie: '', damage: '', unsureFrom };
}

async function usually(target: NativeTarget, trace: Trace): Promise<string[]> {
  const steps: string[] = [];
  await target.execute([trace], 'hunting', {
    begin() {},
    step: (step) => steps.push(lineOf(keepStep(step))) > 0,
    end() {},
  });
  return steps;
}
