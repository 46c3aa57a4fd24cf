// What has been measured, one line of JSON a trial, added as soon as it is known: a run that is stopped, or killed, goes
// on from there. A line that a kill has cut in half is measured again.

import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Trial {
  readonly tool: string;
  readonly task: string;
  readonly trial: number;
  /** How long the tool was let search. */
  readonly capMs: number;
  /** From the first trace to the failure; absent: nothing was found. */
  readonly ms?: number;
  /** Calls made till then. */
  readonly ops?: number;
  /** What broke. */
  readonly check?: string;
  /** Calls of the failing run; and after the tool's own shrinking, where it was tried, in `shrinkMs`. */
  readonly length?: number;
  readonly shrunk?: number;
  readonly shrinkMs?: number;
  /** Of this repository, when it was measured. */
  readonly commit?: string;
  /** From the start of the process to the first trace. */
  readonly startMs: number;
}

export class Journal {
  readonly file: string;
  readonly trials: readonly Trial[];
  readonly #done = new Map<string, Trial>();

  constructor(file: string) {
    this.file = file;
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    for (const trial of readTrials(text)) this.#done.set(keyOf(trial), trial);
    this.trials = [...this.#done.values()];
    mkdirSync(dirname(file), { recursive: true });
    if (text !== '' && !text.endsWith('\n')) appendFileSync(file, '\n');
  }

  find(tool: string, task: string, trial: number): Trial | undefined {
    return this.#done.get(keyOf({ tool, task, trial }));
  }

  /** Each trial once. */
  add(trial: Trial): void {
    if (this.#done.has(keyOf(trial))) throw new Error(`${keyOf(trial)} was measured already`);
    this.#done.set(keyOf(trial), trial);
    appendFileSync(this.file, `${JSON.stringify(trial)}\n`);
  }
}

/** Lines that are whole; of the same trial, the first. */
export function readTrials(text: string): Trial[] {
  const trials = new Map<string, Trial>();
  for (const line of text.split('\n')) {
    const trial = parse(line);
    if (trial !== undefined && !trials.has(keyOf(trial))) trials.set(keyOf(trial), trial);
  }
  return [...trials.values()];
}

function parse(line: string): Trial | undefined {
  try {
    const value = JSON.parse(line) as Partial<Trial> | null;
    const whole = typeof value?.tool === 'string' && typeof value.task === 'string';
    return whole && typeof value.trial === 'number' ? (value as Trial) : undefined;
  } catch {
    return undefined;
  }
}

function keyOf({ tool, task, trial }: Pick<Trial, 'tool' | 'task' | 'trial'>): string {
  return `${tool} ${task} ${trial}`;
}
