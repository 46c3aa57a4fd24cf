// `allocheck replay TRACE…`: runs given traces and holds each to what is recorded of it.

import type { Command } from 'commander';
import { recordOf } from '../corpus/entry.ts';
import { type Replayed, replay } from '../corpus/replay.ts';
import { withRefusals } from '../corpus/replay-refused.ts';
import { replayJson, type VerdictJson } from '../report/json.ts';
import { replayOutcome } from '../report/outcome.ts';
import { counted } from '../report/sentence.ts';
import { differenceLines, findingLines } from '../report/text.ts';
import { finishAll, openCi } from './ci-output.ts';
import { keepApart } from './distinct-files.ts';
import { EXIT, type Io } from './io.ts';
import { type OpenTarget, type OpenTargets, openTargets } from './open-targets.ts';
import {
  addCiOptions,
  addOutputOptions,
  addTargetOptions,
  collect,
  type RawOptions,
  readSettings,
} from './options.ts';
import { openOutput } from './output.ts';
import { openPage } from './page-output.ts';
import type { Choice } from './targets.ts';
import { type NamedTrace, readTraces } from './traces.ts';

interface ReplayRaw extends RawOptions {
  readonly faults?: boolean;
}

export function declareReplay(
  program: Command,
  run: (code: Promise<number>) => void,
  io: Io,
): void {
  const command = program
    .command('replay')
    .description('run given traces; those with a recorded verdict are held to it')
    .argument('<trace...>', 'a trace file, a folder of them, or the ops: "a 0 24; f 0"')
    .option(
      '--target <target>',
      'what to run them on (default: what each names, else builtin)',
      collect,
    )
    .option(
      '--faults',
      'then each with its growths of the break and mmaps refused, one by one and in pairs',
    );
  addCiOptions(addOutputOptions(addTargetOptions(command)));
  command.action((names: string[], raw: ReplayRaw) => run(replayAll(names, raw, io)));
}

async function replayAll(names: readonly string[], raw: ReplayRaw, io: Io): Promise<number> {
  const settings = await readSettings(raw, io.cwd);
  keepApart(settings, [...names, ...(raw.target ?? [])], io.cwd);
  const output = openOutput(settings, io);
  const page = openPage(settings, io);
  const ci = openCi(settings, output, io);
  const targets = openTargets(settings, io);
  const done: Replayed[] = [];
  try {
    // All are read before the first is run: one that cannot be read costs no results.
    for (const named of [...readTraces(names, io.cwd)]) {
      if (io.signal.aborted) break;
      const { target, choice, outside } = await targetOf(named, raw.target, targets);
      const options = { header: settings.header, signal: io.signal, outside: outside?.show };
      const plain = await replay(target, named.file, named.name, options);
      const replayed =
        raw.faults && !plain.cutShort
          ? await withRefusals(target, plain, named.file.trace, options)
          : plain;
      done.push(replayed);
      output.say(linesOf(replayed, choice, settings.quiet));
      const { findings } = replayed;
      await ci.add({ target, choice, findings }, (context) => replayOutcome(replayed, context));
      const { verdict } = jsonOf(replayed);
      const text = outcomeLine(replayed);
      await page.add({ target, choice, verdict, text, findings });
    }
  } finally {
    await targets.close();
  }
  const title = `allocheck ${names.length === 1 ? names[0] : counted(done.length, 'trace')}`;
  const { says, code } = conclude(done, io.signal.aborted);
  output.say(says);
  finishAll([() => page.finish(title), () => output.finish(done.map(jsonOf)), ...ci.finishing]);
  return code;
}

/** The target that was asked for, or that the entry names. */
function targetOf(
  named: NamedTrace,
  asked: readonly string[] | undefined,
  targets: OpenTargets,
): Promise<OpenTarget> {
  const recorded = recordOf(named.file).target;
  const names = asked ?? (recorded === undefined ? [] : recorded.split('+'));
  return targets.get(names, named.folder);
}

function conclude(done: readonly Replayed[], aborted: boolean): { says: string; code: number } {
  const decided = done.filter((each) => !each.cutShort);
  const failed = decided.filter((each) => !each.held).length;
  const held = decided.length - failed;
  const cut = aborted ? ', cut short' : '';
  const says = `${counted(decided.length, 'trace')}: ${held} as recorded, ${failed} not${cut}\n`;
  const undecided = aborted ? EXIT.undecided : EXIT.passed;
  return { says, code: failed > 0 ? EXIT.violations : undecided };
}

function jsonOf(replayed: Replayed): VerdictJson {
  const json = replayJson(replayed);
  return replayed.cutShort ? { ...json, verdict: 'unknown' } : json;
}

/** One line where all is well; the evidence where it is not. */
function linesOf(replayed: Replayed, choice: Choice, quiet: boolean): string {
  const { held, cutShort, differences, findings } = replayed;
  const lines = [outcomeLine(replayed)];
  if (!held && !cutShort && !quiet) {
    lines.push(...differenceLines(differences));
    const context = { contract: choice.contract, targetArguments: choice.arguments };
    for (const [at, finding] of findings.entries()) {
      lines.push('', ...findingLines(finding, at + 1, context));
    }
    lines.push('');
  }
  return `${lines.join('\n')}\n`;
}

function outcomeLine({ name, target, held, cutShort, outcome }: Replayed): string {
  const sign = held ? 'ok  ' : cutShort ? 'cut ' : 'FAIL';
  return `${sign} ${name} on ${target}: ${outcome}`;
}
