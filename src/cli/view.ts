// `allocheck view TRACE --target T -o X.html`: the heap, step by step, as a page; or, as an SVG file, the
// step that matters.

import type { Command } from 'commander';
import { OperatingError } from '../contract/operating-error.ts';
import { recordOf } from '../corpus/entry.ts';
import { framesOf } from '../report/frames.ts';
import { heapSvg } from '../report/heap-svg.ts';
import { pageHtml } from '../report/html.ts';
import type { PageVerdict, ViewData } from '../report/page-data.ts';
import { literalCommand } from '../report/replay-command.ts';
import { counted } from '../report/sentence.ts';
import { EXIT, type Io } from './io.ts';
import { openTargets } from './open-targets.ts';
import { addTargetOptions, collect, type RawOptions, readSettings } from './options.ts';
import { openFile } from './output-file.ts';
import { readTraces } from './traces.ts';

interface ViewOptions extends RawOptions {
  readonly output: string;
  readonly step?: string;
}

export function declareView(program: Command, run: (code: Promise<number>) => void, io: Io): void {
  const command = program
    .command('view')
    .description('draw the heap, step by step, as a page to open in a browser')
    .argument('<trace>', 'a trace file, or the ops themselves: "a 0 24; f 0"')
    .option(
      '--target <target>',
      'what to run it on (default: what the trace names, else builtin)',
      collect,
    )
    .option('-o, --output <file>', 'an .html page, or an .svg drawing of one step', 'heap.html')
    .option(
      '--step <number>',
      'the step to show first (default: the first violation, or the last)',
    );
  addTargetOptions(command);
  command.action((name: string, raw: ViewOptions) => run(view(name, raw, io)));
}

async function view(name: string, raw: ViewOptions, io: Io): Promise<number> {
  const settings = await readSettings(raw, io.cwd);
  const step = stepOf(raw.step);
  const [named, another] = readTraces([name], io.cwd);
  if (named === undefined || another !== undefined) {
    throw new OperatingError(`${name} is not one trace`);
  }
  const { trace } = named.file;
  const write = openFile(raw.output, io.cwd);
  const targets = openTargets(settings, io);
  try {
    const recorded = recordOf(named.file).target?.split('+');
    const { target, choice } = await targets.get(raw.target ?? recorded ?? [], named.folder);
    const replay = literalCommand(trace, choice.arguments);
    const { header } = settings;
    const frames = await framesOf(target, { name: named.name, trace, replay, header });
    if (frames.ops.length === 0) throw new OperatingError(`${name} has no steps to show`);
    const shown = step === undefined ? frames : withStep(frames, step);
    write(raw.output.endsWith('.svg') ? heapSvg(shown) : pageOf(shown));
    io.stdout(`${raw.output}: ${verdictOf(frames).text}\n`);
    if (frames.violations.length > 0) return EXIT.violations;
    return io.signal.aborted ? EXIT.undecided : EXIT.passed;
  } finally {
    await targets.close();
  }
}

function pageOf(view: ViewData): string {
  const title = `The heap of ${view.target}: ${view.name}`;
  return pageHtml({
    format: 'allocheck/view@1',
    title,
    verdicts: [verdictOf(view)],
    views: [view],
  });
}

function verdictOf({ ops, violations, target, contract }: ViewData): PageVerdict {
  const steps = counted(ops.length, 'step');
  const found = counted(violations.length, 'violation');
  if (violations.length > 0) {
    return { verdict: 'failed', text: `${steps} on ${target}, ${found} of ${contract}` };
  }
  return { verdict: 'passed', text: `${steps} on ${target}, no violation of ${contract}` };
}

/** Steps are counted from 1, as reports count ops. */
function withStep(view: ViewData, step: number): ViewData {
  const frame = step - 1 - view.first;
  if (frame >= view.ops.length) {
    throw new OperatingError(`--step ${step}: there are ${counted(view.ops.length, 'step')}`);
  }
  return { ...view, decisive: frame };
}

function stepOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new OperatingError(`--step ${text} is no step number`);
  return Number(text);
}
