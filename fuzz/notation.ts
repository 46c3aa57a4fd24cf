// Hostile text: whatever is read as a trace either is one, and then survives being written and read again,
// or is refused with a TraceSyntaxError that names a line and a column in the text. Nothing else is thrown,
// by any of the four formats.

import { osmem } from '../src/contract/osmem.ts';
import { between, oneIn, pick, type Random } from '../src/generate/random.ts';
import { deriveSeed, randomFrom } from '../src/generate/seed.ts';
import { traceFromSeed } from '../src/generate/traces.ts';
import { formatTrace, parseEntry, parseTrace } from '../src/trace/notation.ts';
import { sameTrace, type Trace } from '../src/trace/trace.ts';
import { readTraceFile } from '../src/trace/trace-file.ts';
import { quote, TraceSyntaxError } from '../src/trace/trace-syntax-error.ts';
import { type Fuzzer, isSpent, runs } from './fuzzer.ts';
import { figure } from './table.ts';

export const notation: Fuzzer = {
  name: 'notation',
  about: 'hostile text: read as a trace and written again, or refused with line and column',
  amount: runs(200_000),
  smoke: runs(6_000),
  async run({ seed, amount, say }) {
    let read = 0;
    let done = 0;
    const problems: string[] = [];
    for (; !isSpent(amount, done, read) && problems.length < 5; done++) {
      const random = randomFrom(deriveSeed(seed, 'notation', done));
      const text = hostileText(random);
      const verdict = tryText(text);
      if (verdict === 'read') read += 1;
      else if (verdict !== 'refused') problems.push(`text ${done} ${quote(text)}: ${verdict}`);
    }
    for (const problem of problems) say(problem);
    return {
      passed: problems.length === 0,
      summary: `${figure(done)} texts, ${figure(read)} read, ${figure(problems.length)} problems`,
      figures: { texts: done, read, problems },
    };
  },
};

const NAMES = ['x.trace', 'x.rep', 'x.script', 'x.ref', 'x'];

/** 'read' by our own notation, 'refused', or what went wrong. */
export function tryText(text: string): string {
  for (const name of NAMES) {
    const wrong = accidentOf(text, () => readTraceFile(text, name));
    if (wrong !== undefined && wrong !== 'refused') return `as ${name}: ${wrong}`;
  }
  let trace: Trace = [];
  const wrong = accidentOf(text, () => {
    trace = parseTrace(text);
    parseEntry(text);
  });
  if (wrong !== undefined) return wrong;
  const written = formatTrace(trace);
  if (!sameTrace(parseTrace(written), trace)) return 'is another trace when written and read again';
  return formatTrace(parseTrace(written)) === written ? 'read' : 'is written in two ways';
}

/** 'refused' where the refusal is as it should be, undefined where there was none. */
function accidentOf(text: string, read: () => void): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (!(error instanceof TraceSyntaxError)) return `threw ${String(error)}`;
    const lines = text.split(/\r\n?|\n/);
    const line = lines[error.line - 1];
    if (line === undefined) return `refused at line ${error.line} of ${lines.length}`;
    if (error.column < 1) return `refused at column ${error.column}`;
    return /[\p{Cc}]/u.test(error.message) ? 'refused with control characters' : 'refused';
  }
}

function hostileText(random: Random): string {
  switch (random.below(5)) {
    case 0:
      return junk(random, random.below(200));
    case 1:
      return almostTrace(random);
    default:
      return mutated(validText(random), random);
  }
}

function validText(random: Random): string {
  const trace = traceFromSeed(String(random.below(2 ** 32)), osmem, { maxLength: 30 });
  return formatTrace(trace);
}

function junk(random: Random, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) text += String.fromCharCode(codeOf(random));
  return text;
}

/** Any byte, mostly; any UTF-16 unit, lone surrogates included, now and then. */
function codeOf(random: Random): number {
  return oneIn(random, 8) ? random.below(0x10000) : random.below(256);
}

const WORDS = ['a', 'c', 'r', 'f', 's', 'd', 'x', 'sbrk', 'mmap', '-1', 'MAX', 'MAX-7', '0x', '#'];
const BREAKS = ['\n', ';', '\r\n', '\r', ' ', '\t', '\0', '\u2028', '', ':'];

/** The right words in no order, with numbers deeper than any integer. */
function almostTrace(random: Random): string {
  let text = '';
  for (let words = random.below(60); words > 0; words--) {
    text += oneIn(random, 2) ? pick(random, WORDS) : number(random);
    text += oneIn(random, 2) ? ' ' : pick(random, BREAKS);
  }
  return text;
}

function number(random: Random): string {
  const digits = oneIn(random, 6) ? between(random, 15, 400) : between(random, 1, 7);
  let text = oneIn(random, 4) ? '0x' : oneIn(random, 8) ? '-' : '';
  for (let i = 0; i < digits; i++) text += pick(random, [...'0123456789']);
  return text;
}

function mutated(valid: string, random: Random): string {
  let text = valid;
  for (let times = random.below(4); times > 0; times--) {
    const at = random.below(text.length + 1);
    const to = Math.min(text.length, at + random.below(6));
    const insert = pick(random, [
      junk(random, random.below(4)),
      number(random),
      pick(random, WORDS),
      pick(random, BREAKS),
      '',
    ]);
    text = text.slice(0, at) + insert + text.slice(to);
  }
  return text;
}
