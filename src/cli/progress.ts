// A line that moves while a person waits: on a terminal only, on stderr only. A pipe sees nothing.

import ora from 'ora';
import type { Progress } from '../check/campaign.ts';
import { counted, duration } from '../report/sentence.ts';
import type { Io } from './io.ts';

export interface ProgressLine {
  show(progress: Progress): void;
  stop(): void;
}

export function startProgress(name: string, quiet: boolean, io: Io): ProgressLine {
  const line = startLine(name, quiet, io);
  return { show: (progress) => line.show(progressText(name, progress)), stop: line.stop };
}

/** A line of any text. */
export function startLine(
  text: string,
  quiet: boolean,
  io: Io,
): { readonly show: (text: string) => void; readonly stop: () => void } {
  if (quiet || !io.terminal) return { show: () => {}, stop: () => {} };
  // Ctrl-C must reach our own handler: ora would otherwise swallow it with the rest of the input.
  const spinner = ora({ text, discardStdin: false }).start();
  return {
    show: (news) => {
      spinner.text = news;
    },
    stop: () => {
      spinner.stop();
    },
  };
}

export function progressText(name: string, progress: Progress): string {
  const { runs, ops, findings, elapsedMs } = progress;
  const found = findings > 0 ? `, ${counted(findings, 'finding')}` : '';
  return `${name}: ${counted(runs, 'run')}, ${counted(ops, 'call')}${found} in ${duration(elapsedMs)}`;
}
