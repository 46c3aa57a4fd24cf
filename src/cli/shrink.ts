// `allocheck shrink TRACE --target T`: the smallest traces that show what the given one shows.

import type { Command } from 'commander';
import { type CampaignReport, campaign } from '../check/campaign.ts';
import { OperatingError } from '../contract/operating-error.ts';
import { verdictJson } from '../report/json.ts';
import { findingLines, verdictLine } from '../report/text.ts';
import { exitCode } from './check.ts';
import { finishAll } from './ci-output.ts';
import { keepApart } from './distinct-files.ts';
import type { Io } from './io.ts';
import { keep } from './keep.ts';
import { corpusFolder } from './known-traces.ts';
import { openTargets } from './open-targets.ts';
import {
  addOutputOptions,
  addTargetOptions,
  collect,
  type RawOptions,
  readSettings,
} from './options.ts';
import { openOutput } from './output.ts';
import { openPage } from './page-output.ts';
import type { Choice } from './targets.ts';
import { readTraces } from './traces.ts';

export function declareShrink(
  program: Command,
  run: (code: Promise<number>) => void,
  io: Io,
): void {
  const command = program
    .command('shrink')
    .description('minimize a failing trace')
    .argument('<trace>', 'a trace file, or the ops themselves')
    .option('--target <target>', 'what it fails on (default: builtin)', collect)
    .option('--corpus <dir>', 'keep there what is found');
  addOutputOptions(addTargetOptions(command));
  command.action((name: string, raw: RawOptions) => run(shrink(name, raw, io)));
}

async function shrink(name: string, raw: RawOptions, io: Io): Promise<number> {
  const settings = await readSettings(raw, io.cwd);
  keepApart(settings, [name, ...(raw.target ?? [])], io.cwd);
  const output = openOutput(settings, io);
  const corpus = raw.corpus === undefined ? undefined : corpusFolder(raw.corpus, io.cwd);
  const [named, another] = readTraces([name], io.cwd);
  if (named === undefined || another !== undefined) {
    throw new OperatingError(`${name} is not one trace`);
  }
  const page = openPage(settings, io);
  const targets = openTargets(settings, io);
  try {
    const { target, choice, outside } = await targets.get(raw.target ?? []);
    const report = await campaign({
      target,
      outside: outside?.show,
      seed: named.name,
      budget: { kind: 'runs', runs: 0 },
      known: [{ seed: named.name, trace: named.file.trace }],
      header: settings.header,
      signal: io.signal,
    });
    output.say(`${linesOf(report, choice, settings.quiet).join('\n')}\n`);
    keep(report, corpus, settings, output);
    const { verdict, findings } = report;
    await page.add({ target, choice, verdict, text: verdictLine(report), findings });
    finishAll([
      () => output.finish([verdictJson(report)]),
      () => page.finish(`allocheck ${choice.name}`),
    ]);
    return exitCode([report]);
  } finally {
    await targets.close();
  }
}

function linesOf(report: CampaignReport, choice: Choice, quiet: boolean): string[] {
  const lines = [verdictLine(report)];
  if (quiet) return lines;
  const context = { contract: choice.contract, targetArguments: choice.arguments };
  for (const [at, finding] of report.findings.entries()) {
    lines.push('', ...findingLines(finding, at + 1, context));
  }
  return lines;
}
