// `allocheck replay TRACE…`: runs given traces and holds each to what is recorded of it.

import type { Command } from 'commander';
import { recordOf } from '../corpus/entry.ts';
import { type Replayed, replay } from '../corpus/replay.ts';
import { replayJson, type VerdictJson } from '../report/json.ts';
import { counted } from '../report/sentence.ts';
import { differenceLines, findingLines } from '../report/text.ts';
import { EXIT, type Io } from './io.ts';
import type { OpenTargets } from './open-targets.ts';
import { openTargets } from './open-targets.ts';
import {
  addOutputOptions,
  addTargetOptions,
  collect,
  type RawOptions,
  readSettings,
  type Settings,
} from './options.ts';
import { type Output, openOutput } from './output.ts';
import type { Choice } from './targets.ts';
import { type NamedTrace, readTraces } from './traces.ts';

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
    );
  addOutputOptions(addTargetOptions(command));
  command.action((names: string[], raw: RawOptions) => run(replayAll(names, raw, io)));
}

async function replayAll(names: readonly string[], raw: RawOptions, io: Io): Promise<number> {
  const settings = await readSettings(raw, io.cwd);
  const output = openOutput(settings, io);
  const targets = openTargets(settings, io);
  const done: Replayed[] = [];
  try {
    // All are read before the first is run: one that cannot be read costs no results.
    for (const named of [...readTraces(names, io.cwd)]) {
      if (io.signal.aborted) break;
      const { replayed, choice } = await replayOne(named, raw.target, targets, settings, io.signal);
      done.push(replayed);
      output.say(linesOf(replayed, choice, settings.quiet));
    }
  } finally {
    await targets.close();
  }
  return conclude(done, output, io.signal.aborted);
}

async function replayOne(
  named: NamedTrace,
  asked: readonly string[] | undefined,
  targets: OpenTargets,
  settings: Settings,
  signal: AbortSignal,
): Promise<{ replayed: Replayed; choice: Choice }> {
  const recorded = recordOf(named.file).target;
  const names = asked ?? (recorded === undefined ? [] : recorded.split('+'));
  const { target, choice, outside } = await targets.get(names, named.folder);
  const options = { header: settings.header, signal, outside: outside?.show };
  return { replayed: await replay(target, named.file, named.name, options), choice };
}

function conclude(done: readonly Replayed[], output: Output, aborted: boolean): number {
  const decided = done.filter((each) => !each.cutShort);
  const failed = decided.filter((each) => !each.held).length;
  const held = decided.length - failed;
  const cut = aborted ? ', cut short' : '';
  output.say(`${counted(decided.length, 'trace')}: ${held} as recorded, ${failed} not${cut}\n`);
  output.finish(done.map(jsonOf));
  if (failed > 0) return EXIT.violations;
  return aborted ? EXIT.undecided : EXIT.passed;
}

function jsonOf(replayed: Replayed): VerdictJson {
  const json = replayJson(replayed);
  return replayed.cutShort ? { ...json, verdict: 'unknown' } : json;
}

/** One line where all is well; the evidence where it is not. */
function linesOf(replayed: Replayed, choice: Choice, quiet: boolean): string {
  const { name, target, held, cutShort, outcome, differences, findings } = replayed;
  const sign = held ? 'ok  ' : cutShort ? 'cut ' : 'FAIL';
  const lines = [`${sign} ${name} on ${target}: ${outcome}`];
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
