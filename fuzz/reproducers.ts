// The C programs of findings, outside of the driver: those of a broken allocator must fail, each of them, and
// those made of any trace for a sound one must run to their end. The programs are the ones that a report
// carries, compiled and run as there.

import { campaign } from '../src/check/campaign.ts';
import type { Finding } from '../src/check/finding.ts';
import { deriveSeed } from '../src/generate/seed.ts';
import { traces } from '../src/generate/traces.ts';
import type { Violation } from '../src/oracle/violation.ts';
import { reproducerC } from '../src/report/reproducer-c.ts';
import { Outside } from '../src/report/reproducer-c-outside.ts';
import { ReproducerRunner } from '../src/target/reproducer-run.ts';
import { parseTrace } from '../src/trace/notation.ts';
import { type AnyAllocator, anyAllocators } from './corpora.ts';
import { type Amount, type Fuzzer, isSpent, runs } from './fuzzer.ts';
import { withNative, withoutCompiler } from './native-target.ts';
import { figure, tableText, traceLine } from './table.ts';

/** `smoke` takes every n-th. */
const SAMPLE = 32;
const SHRINK_TRIES = 500;
/** Programs of a sound allocator for one run of a broken one: a hunt is cheaper than a compiler. */
const RUNS_FOR_A_PROGRAM = 10;

export const reproducers: Fuzzer = {
  name: 'reproducers',
  about: 'the C programs of findings fail without the driver, and pass with sound allocators',
  amount: runs(100),
  smoke: runs(20),
  async run({ seed, amount, brief, say }) {
    const missing = withoutCompiler();
    if (missing !== undefined) return missing;
    const chosen = anyAllocators().filter((_, at) => !brief || at % SAMPLE === 0);
    const problems: string[] = [];
    const sound: SoundRow[] = [];
    const broken: BrokenRow[] = [];
    for (const each of chosen) {
      const own = deriveSeed(seed, each.name, 0);
      if (each.sound) sound.push(await soundRow(each, own, amount, problems));
      else broken.push(await brokenRow(each, own, amount, problems));
    }
    say(tableText(['sound', 'programs', 'ops', 'passed'], sound.map(soundCells)));
    say('');
    say(tableText(['broken', 'safety', 'fail', 'robustness', 'fail'], broken.map(brokenCells)));
    for (const problem of problems) say(problem);
    return reportOf(sound, broken, problems);
  },
};

function reportOf(
  sound: readonly SoundRow[],
  broken: readonly BrokenRow[],
  problems: readonly string[],
) {
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const shown = sum(broken.map((row) => row.safety + row.robustness));
  const failed = sum(broken.map((row) => row.safetyFails + row.robustnessFails));
  const made = sum(sound.map((row) => row.programs));
  const passed = sum(sound.map((row) => row.passed));
  return {
    passed: problems.length === 0 && broken.length + sound.length > 0,
    summary:
      `${failed} of ${shown} programs of ${broken.length} broken allocators fail; ` +
      `${passed} of ${made} of ${sound.length} sound ones pass, ` +
      `${figure(sum(sound.map((row) => row.ops)))} ops`,
    figures: { sound, broken, problems },
  };
}

interface SoundRow {
  readonly name: string;
  readonly programs: number;
  readonly ops: number;
  readonly passed: number;
}

/** What the head of such a program says; nothing was found. */
const NOTHING: Violation = {
  invariant: 'contents',
  tier: 'safety',
  says: 'nothing was found',
  step: 0,
  opKind: 'malloc',
  cause: 'nothing',
  clause: 'the bytes of a live payload are kept',
};

async function soundRow(
  allocator: AnyAllocator,
  seed: string,
  amount: Amount,
  problems: string[],
): Promise<SoundRow> {
  const { name, file } = allocator;
  const contract = await contractOf(allocator);
  const runner = new ReproducerRunner({ files: [file], defines: contract.defines ?? [] });
  const row = { name, programs: 0, ops: 0, passed: 0 };
  try {
    for (const run of traces(seed, contract)) {
      const { build } = runner;
      const source = reproducerC({ violation: NOTHING, trace: run.trace, contract, build });
      const { outcome, says } = await runner.run(source as string);
      row.programs += 1;
      row.ops += run.trace.length;
      if (outcome === 'held') row.passed += 1;
      else problems.push(`${name}: ${says} (sound; seed ${run.seed})`);
      if (isSpent(amount, row.programs * RUNS_FOR_A_PROGRAM, row.ops)) return row;
    }
    return row;
  } finally {
    runner.close();
  }
}

/** As the target has it, which knows how its init function is written. */
function contractOf(allocator: AnyAllocator) {
  return withNative(allocator, async ({ contract }) => contract);
}

interface BrokenRow {
  readonly name: string;
  /** Findings, and how many of their programs fail. */
  readonly safety: number;
  readonly safetyFails: number;
  readonly robustness: number;
  readonly robustnessFails: number;
  readonly reproducers: readonly { readonly trace: string; readonly says: string }[];
}

async function brokenRow(
  allocator: AnyAllocator,
  seed: string,
  amount: Amount,
  problems: string[],
): Promise<BrokenRow> {
  const { name, file, trace } = allocator;
  return withNative(allocator, async (target) => {
    const outside = new Outside({ files: [file] }, target.contract);
    try {
      const { findings } = await campaign({
        target,
        seed,
        budget: { kind: 'runs', runs: amount.count },
        known: trace === '' ? [] : [{ seed: 'header', trace: parseTrace(trace) }],
        shrinkTries: SHRINK_TRIES,
        outside: outside.show,
      });
      for (const finding of findings) {
        if (finding.reproducer?.reproduced === false) problems.push(missOf(name, finding));
      }
      return rowOf(name, findings);
    } finally {
      outside.close();
    }
  });
}

function rowOf(name: string, findings: readonly Finding[]): BrokenRow {
  const of = (tier: string) => findings.filter(({ violation }) => violation.tier === tier);
  const fails = (tier: string) => of(tier).filter((each) => each.reproducer?.reproduced).length;
  return {
    name,
    safety: of('safety').length,
    safetyFails: fails('safety'),
    robustness: of('robustness').length,
    robustnessFails: fails('robustness'),
    reproducers: findings.flatMap(({ trace, reproducer }) =>
      reproducer === undefined ? [] : [{ trace: traceLine(trace), says: reproducer.says }],
    ),
  };
}

function missOf(name: string, { violation, trace, reproducer }: Finding): string {
  const says = reproducer?.says === '' ? 'it ran to its end' : reproducer?.says;
  return `${name}: ${violation.invariant}: ${violation.says}: ${says} (${traceLine(trace, 120)})`;
}

function soundCells({ name, programs, ops, passed }: SoundRow): (string | number)[] {
  return [name, programs, ops, passed];
}

function brokenCells(row: BrokenRow): (string | number)[] {
  return [row.name, row.safety, row.safetyFails, row.robustness, row.robustnessFails];
}
