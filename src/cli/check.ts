// `allocheck check [TARGET…]`: hunts for violations until the budget is spent, and reports them.

import type { Command } from 'commander';
import { type CampaignReport, campaign } from '../check/campaign.ts';
import { oneEachCause } from '../check/one-defect.ts';
import { SEARCH_PIECES } from '../generate/pieces.ts';
import { verdictJson } from '../report/json.ts';
import { checkOutcome } from '../report/outcome.ts';
import { reportText, seedLine, verdictLine } from '../report/text.ts';
import { type CiOutput, finishAll, openCi } from './ci-output.ts';
import { openCoverage } from './coverage-output.ts';
import { keepApart } from './distinct-files.ts';
import { EXIT, type Io } from './io.ts';
import { keep } from './keep.ts';
import { corpusFolder, knownTraces } from './known-traces.ts';
import {
  addCiOptions,
  addHuntOptions,
  addOutputOptions,
  addTargetOptions,
  type HuntSettings,
  type RawOptions,
  readHuntSettings,
  readSettings,
  type Settings,
} from './options.ts';
import { type Output, openOutput } from './output.ts';
import { outsideOf } from './outside.ts';
import { openPage, type PageOutput } from './page-output.ts';
import { startProgress } from './progress.ts';
import { BUILTIN, type Choice, chooseTargets, PATIENT_LIMIT_MS } from './targets.ts';

export function declareCheck(program: Command, run: (code: Promise<number>) => void, io: Io): void {
  const command = program
    .command('check')
    .description('hunt for violations')
    .argument(
      '[target...]',
      'builtin, mutant:NAME, FILE.c..., DIR, LIB.so, libc (default: builtin)',
    );
  addHuntOptions(command)
    .option('--corpus <dir>', 'run the traces of this folder first, and keep there what is found')
    .option(
      '--coverage <file>',
      'look at every run for what it covers, and write that: a plot to a .svg, else text',
    )
    .option('--with <list>', 'search with these pieces, too, that are off otherwise: feedback')
    .option('--without <list>', `search without these pieces: ${SEARCH_PIECES.join(',')}`);
  addCiOptions(addOutputOptions(addTargetOptions(command)));
  command.action((targets: string[], raw: RawOptions) => run(check(targets, raw, io)));
}

async function check(targets: readonly string[], raw: RawOptions, io: Io): Promise<number> {
  const settings = await readSettings(raw, io.cwd);
  const hunt = readHuntSettings(raw);
  keepApart(settings, targets, io.cwd);
  const output = openOutput(settings, io);
  const corpus = raw.corpus === undefined ? undefined : corpusFolder(raw.corpus, io.cwd);
  const known = knownTraces(corpus);
  const choices = await chooseTargets(targets, settings, io.cwd);
  const page = openPage(settings, io);
  const ci = openCi(settings, output, io);
  const writeCoverage = openCoverage(settings.coverage, choices.length, io);
  const order: Order = { settings, hunt, output, page, ci, corpus, known, io };
  const reports: CampaignReport[] = [];
  output.say(seedLine(hunt.seed));
  for (const choice of choices) {
    const report = await checkOne(choice, order).catch(unlessStopped(reports, io));
    if (report === undefined) break;
    reports.push(report);
  }
  const unchecked = choices.slice(reports.length);
  for (const { name } of unchecked) output.say(`${name}: not checked\n`);
  finishAll([
    () => output.finish(reports.map(verdictJson)),
    () => page.finish(`allocheck ${choices.map(({ name }) => name).join(', ')}`),
    ...ci.finishing,
    () => writeCoverage(reports),
  ]);
  return exitCode([...reports, ...unchecked.map(() => ({ verdict: 'unknown' }) as const)]);
}

/** A stop that comes between two targets, or while one is compiled, leaves what is known of those before. */
function unlessStopped(reports: readonly unknown[], { signal }: Io) {
  return (error: unknown): undefined => {
    if (!signal.aborted || reports.length === 0) throw error;
  };
}

/** Violations outrank doubt, and doubt outranks success. */
export function exitCode(reports: readonly Pick<CampaignReport, 'verdict'>[]): number {
  if (reports.some((report) => report.verdict === 'failed')) return EXIT.violations;
  return reports.some((report) => report.verdict === 'unknown') ? EXIT.undecided : EXIT.passed;
}

interface Order {
  readonly settings: Settings;
  readonly hunt: HuntSettings;
  readonly output: Output;
  readonly page: PageOutput;
  readonly ci: CiOutput;
  readonly corpus: string | undefined;
  readonly known: ReturnType<typeof knownTraces>;
  readonly io: Io;
}

async function checkOne(choice: Choice, order: Order): Promise<CampaignReport> {
  const { settings, hunt, io, output, known } = order;
  const progress = startProgress(choice.name, settings.quiet, io);
  const target = await choice.open(io.signal, undefined, hunt.pieces.has('coverage'));
  const outside = outsideOf(choice, target, settings, io);
  try {
    const found = await campaign({
      ...hunt,
      target,
      fresh: choice.isNative
        ? (signal = io.signal) => choice.open(signal, PATIENT_LIMIT_MS, hunt.pieces.has('coverage'))
        : undefined,
      outside: outside?.show,
      known,
      header: settings.header,
      signal: io.signal,
      onProgress: progress.show,
      census: choice.name === BUILTIN,
      wholeCoverage: settings.coverage !== undefined,
    });
    progress.stop();
    const report = { ...found, findings: oneEachCause(found.findings) };
    const context = { contract: choice.contract, targetArguments: choice.arguments };
    output.say(settings.quiet ? `${verdictLine(report)}\n` : `\n${reportText(report, context)}`);
    keep(found, order.corpus, settings, output);
    const { verdict } = report;
    const findings = [...report.findings, ...report.flaky];
    await order.ci.add({ target, choice, findings }, (context) => checkOutcome(report, context));
    await order.page.add({ target, choice, verdict, text: verdictLine(report), findings });
    return report;
  } finally {
    progress.stop();
    outside?.close();
    await target.close();
  }
}
