// What a CI asks for: `--junit FILE`, `--sarif FILE`, `--github`. Files are opened before the work and written at
// its end.

import { randomUUID } from 'node:crypto';
import type { Finding } from '../check/finding.ts';
import { crashLines } from '../report/crash-place.ts';
import { annotations, jobSummary, MOST_SUMMARY_BYTES } from '../report/github.ts';
import { junitXml } from '../report/junit.ts';
import type { Outcome, OutcomeContext } from '../report/outcome.ts';
import { sarifJson } from '../report/sarif.ts';
import type { Target } from '../target/target.ts';
import type { Io } from './io.ts';
import type { Settings } from './options.ts';
import type { Output } from './output.ts';
import { openFile, openLog } from './output-file.ts';
import { sourcesOf } from './repository.ts';
import type { Choice } from './targets.ts';
import { version } from './version.ts';

export interface CiOutput {
  /** `outcomeOf` is asked only if anybody wants to know. Runs what crashed once more, and rejects as `Target.execute`
   * does. */
  add(
    { target, choice, findings }: Told,
    outcomeOf: (context: OutcomeContext) => Outcome,
  ): Promise<void>;
  /** What is still to be written, one function a file; each throws an OperatingError if it cannot be. */
  readonly finishing: readonly (() => void)[];
}

/** What was found on one target. */
export interface Told {
  readonly target: Target;
  readonly choice: Choice;
  readonly findings: readonly Finding[];
}

/** Throws an OperatingError if a file that was asked for cannot be written. */
export function openCi(settings: Settings, output: Output, io: Io): CiOutput {
  const outcomes: Outcome[] = [];
  const { junit, sarif, github } = settings;
  const finishing: (() => void)[] = [];
  if (junit !== undefined) {
    const write = openFile(junit, io.cwd);
    finishing.push(() => write(junitXml(outcomes)));
  }
  if (sarif !== undefined) {
    const write = openFile(sarif, io.cwd);
    finishing.push(() => write(sarifJson(outcomes, version())));
  }
  if (github) finishing.push(...openGithub(outcomes, output, io));
  return {
    async add({ target, choice, findings }, outcomeOf) {
      if (finishing.length === 0) return;
      const { contract, arguments: targetArguments } = choice;
      const crashes = await crashLines(target, findings);
      outcomes.push(
        outcomeOf({ contract, targetArguments, sources: sourcesOf(choice, io), crashes }),
      );
    },
    finishing,
  };
}

/**
 * What is said until the end may quote what a target printed or is called: no line of it may be taken for a command,
 * so commands are stopped, with a word that nobody can foresee. The summary goes where GitHub wants it; elsewhere
 * there is none.
 */
function openGithub(outcomes: readonly Outcome[], output: Output, io: Io): (() => void)[] {
  const { GITHUB_STEP_SUMMARY: summary = '' } = io.env ?? {};
  const log = summary === '' ? undefined : openLog(summary, io.cwd);
  const word = randomUUID();
  output.say(`::stop-commands::${word}\n`);
  return [
    () => output.say(`::${word}::\n${annotations(outcomes)}`),
    () => log?.append(jobSummary(outcomes, MOST_SUMMARY_BYTES - log.size)),
  ];
}

/** Each is written, though another cannot be. Throws the first OperatingError there was. */
export function finishAll(finishing: readonly (() => void)[]): void {
  const errors: unknown[] = [];
  for (const finish of finishing) {
    try {
      finish();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
