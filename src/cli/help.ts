// What --help says besides the options: kinds of target, contracts, examples, the environment, exit codes.

import type { Command } from 'commander';

/** One line for each contract by name. */
export const CONTRACT_LINES: Readonly<Record<string, string>> = {
  osmem: 'os_malloc, os_calloc, os_realloc, os_free over sbrk and mmap: everything is judged',
  'iso-c': 'any malloc: safety and overflow, alignment 16 from 16 bytes on',
  malloclab: "CS:APP's malloc lab, mm_init and mm_malloc over mem_sbrk: safety, alignment 8",
  'malloclab-16': 'the same with alignment 16',
  cs107: "Stanford's, myinit and mymalloc in a segment that they are given: safety, overflow",
  FILE: 'a .json, .js or .ts file with a contract of your own',
};

const TARGET_LINES: Readonly<Record<string, string>> = {
  builtin: "allocheck's own allocator, on a simulated operating system",
  'mutant:NAME': 'the same with a bug put in; a name that is none lists them',
  'FILE.c...':
    'C or C++ files that make one allocator; each that defines malloc anew is one of its own',
  DIR: 'a folder: its src and utils, or all C files in it; a Makefile is not run',
  'LIB.so, libc': "a shared library; the C library's own malloc (with --contract iso-c)",
};

const SUBMISSION_LINES: Readonly<Record<string, string>> = {
  'NAME/': 'a folder: its src and utils, or all C files in it; links in it are left out',
  'NAME.c': 'one C or C++ file',
  'NAME.zip, NAME.tar.gz': 'either of them, packed; .tar and .tgz, too',
};

const TRACE_LINES: Readonly<Record<string, string>> = {
  'FILE.trace': "a trace in allocheck's notation; CS:APP .rep files and CS107 scripts, too",
  'FILE.ref': "a record of the course's checker: told as equal, or by the first line that differs",
  DIR: 'all of these in a folder',
  '"a 0 24; f 0"': 'the ops themselves: p0 = malloc(24); free(p0)',
};

const SIZES =
  'Sizes in traces are decimal, hex, MAX or MAX-7. x sbrk 1 fails the next growth of the break.';

const ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: 'where gcc is found, and g++ for C++',
  XDG_CACHE_HOME: 'compiled targets are kept in allocheck/native there (default: ~/.cache)',
  GITHUB_STEP_SUMMARY:
    'where --github adds the summary of the job; GitHub sets it, and none is written without',
  GITHUB_WORKSPACE:
    'the folder that --github and --sarif name files from (default: the repository)',
  TMPDIR: 'where they are kept if they cannot be there, and where reproducers are compiled',
};

const EXIT_CODES: Readonly<Record<string, string>> = {
  0: 'passed',
  1: 'violations found, or a trace that is not as recorded',
  2: 'usage or operating error: one line on stderr',
  3: 'could not decide: cut short, or only flaky findings',
};

const GRADE_EXIT_CODES: Readonly<Record<string, string>> = {
  0: 'graded, whatever the marks',
  1: 'never: a submission that fails is no failure of grading',
  2: 'usage or operating error: one line on stderr',
  3: 'cut short (Ctrl-C): the same command goes on from there',
};

const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  check: [
    'allocheck check osmem.c',
    'allocheck check src/ --budget 5000runs --seed 4711 --json verdict.json',
    'allocheck check mm.c --contract malloclab --cflags "-O2 -DNDEBUG"',
    'allocheck check mine.c --contract iso-c --symbols malloc=my_malloc,free=my_free',
    'allocheck check /usr/lib/x86_64-linux-gnu/libjemalloc.so.2 --contract iso-c',
  ],
  replay: [
    "allocheck replay 'a 0 131033; r 0 4033' --target osmem.c",
    'allocheck replay records/ --target osmem.c',
    'allocheck replay corpus/regressions',
    'allocheck replay corpus/seeds --faults --target osmem.c',
  ],
  explore: [
    'allocheck explore --depth 5',
    'allocheck explore osmem.c --depth 6 --checkpoint osmem.explored',
    'allocheck explore osmem.c --depth 4 --faults --sizes 1,40,131072',
  ],
  shrink: ['allocheck shrink long.trace --target osmem.c'],
  view: ["allocheck view 'a 0 24; a 1 24; f 0' --target osmem.c -o heap.html"],
  grade: [
    'allocheck grade submissions/ --out marks/',
    'allocheck grade submissions/ --rubric rubric.json --budget 5000runs --jobs 4 --out marks/',
  ],
};

/** They take no traces. */
const TRACELESS: readonly string[] = ['check', 'explore', 'grade'];

/** To each command that is declared by now, and to the program itself. */
export function addHelp(program: Command): void {
  for (const command of program.commands) {
    const name = command.name();
    const parts = [
      ...(TRACELESS.includes(name) ? [] : [section('Traces', TRACE_LINES), `  ${SIZES}`]),
      section('Targets', name === 'grade' ? SUBMISSION_LINES : TARGET_LINES),
      section('Contracts', CONTRACT_LINES),
      section('Environment', ENVIRONMENT),
      section('Exit codes', name === 'grade' ? GRADE_EXIT_CODES : EXIT_CODES),
      ...(EXAMPLES[name] === undefined ? [] : [list('Examples', EXAMPLES[name])]),
    ];
    command.addHelpText('after', `\n${parts.join('\n\n')}`);
  }
  const first = Object.values(EXAMPLES).flatMap(([example]) => example ?? []);
  const parts = [section('Exit codes', EXIT_CODES), list('Examples', first)];
  program.addHelpText(
    'after',
    `\n${parts.join('\n\n')}\n\nallocheck COMMAND --help tells all of it.`,
  );
}

function section(title: string, lines: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(lines).map((name) => name.length));
  return list(
    title,
    Object.entries(lines).map(([name, says]) => `${name.padEnd(width)}  ${says}`),
  );
}

function list(title: string, lines: readonly string[]): string {
  return [`${title}:`, ...lines.map((line) => `  ${line}`)].join('\n');
}
