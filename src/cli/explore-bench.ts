// Where traces of an exploration are run: in this process, or in threads of their own, each with its own target.

import Tinypool from 'tinypool';
import {
  type Chunk,
  type ChunkResult,
  type ChunkRunner,
  chunkRunner,
} from '../check/explore-chunk.ts';
import { newJudge } from '../check/hunt.ts';
import { OperatingError } from '../contract/operating-error.ts';
import { type Alphabet, alphabetOf } from '../generate/enumerate.ts';
import type { Target } from '../target/target.ts';
import { parseSize } from '../trace/size-text.ts';
import { type RawOptions, readSettings, type Settings } from './options.ts';
import { type Choice, chooseTargets } from './targets.ts';

/** As it was asked for on the command line: data, so that a thread can be told. */
export interface Wanted {
  readonly targets: readonly string[];
  readonly raw: RawOptions;
  readonly cwd: string;
  readonly faults: boolean;
  readonly merge: boolean;
  /** `8,40,MAX`; the contract's edges if absent. */
  readonly sizes: string | undefined;
}

export interface Bench {
  readonly settings: Settings;
  readonly choice: Choice;
  readonly target: Target;
  readonly alphabet: Alphabet;
  readonly run: ChunkRunner;
}

/** Rejects with an OperatingError. Close its target. */
export async function openBench(wanted: Wanted, signal: AbortSignal): Promise<Bench> {
  const settings = await readSettings(wanted.raw, wanted.cwd);
  const choices = await chooseTargets(wanted.targets, settings, wanted.cwd);
  const choice = choices[0] as Choice;
  if (choices.length > 1) {
    const names = choices.map(({ name }) => name).join(', ');
    throw new OperatingError(`explore takes one allocator at a time, not ${names}`);
  }
  const sizes = wanted.sizes === undefined ? undefined : wanted.sizes.split(',').map(sizeIn);
  const target = await choice.open(signal);
  const alphabet = alphabetOf(target.contract, { sizes, faults: wanted.faults });
  const judge = newJudge(target, { header: settings.header });
  const run = chunkRunner(target, judge, alphabet, wanted.merge, signal);
  return { settings, choice, target, alphabet, run };
}

export interface Pool {
  readonly run: ChunkRunner;
  close(): Promise<void>;
}

/** A part for a thread. */
export interface Task {
  readonly wanted: Wanted;
  readonly chunk: Chunk;
}

const STOPPED: ChunkResult = { runs: 0, calls: 0, suspect: -1, standing: [], states: [] };

/** Traces of fewer ops are run here: they are done before a thread has started. */
const WORTH_A_THREAD = 4;

/** What is under way when the signal comes is given up. */
export function openPool(wanted: Wanted, bench: Bench, threads: number, signal: AbortSignal): Pool {
  let pool: Tinypool | undefined;
  const stopped = new Promise<ChunkResult>((resolve) => {
    signal.addEventListener('abort', () => resolve(STOPPED), { once: true });
  });
  return {
    run: (chunk) => {
      if (threads === 1 || script === undefined || chunk.length + 1 < WORTH_A_THREAD) {
        return bench.run(chunk);
      }
      pool ??= new Tinypool({ filename: script, minThreads: threads, maxThreads: threads });
      const task: Task = { wanted, chunk };
      const result = pool.run(task, { name: 'runTask' }) as Promise<ChunkResult>;
      return Promise.race([result, stopped]);
    },
    close: async () => pool?.destroy(),
  };
}

/** Beside this file; a thread loads what is built, not the sources. */
const script = import.meta.url.endsWith('.js')
  ? new URL('explore-worker.js', import.meta.url).href
  : undefined;

function sizeIn(text: string): number | bigint {
  const size = parseSize(text.trim());
  if (size === undefined)
    throw new OperatingError(`--sizes: ${text} is no size (say 8, 0x40, MAX)`);
  return size;
}
