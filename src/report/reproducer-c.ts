// A finding as a C program that needs nothing of ours: it makes the calls of the trace, one a line, asserts
// after each what was owed (reproducer-c-parts.ts has the assertions), and ends with 1 and a sentence where it
// is not kept. Safety and robustness alone: what is owed there can be seen from outside of the allocator.

import { alignmentOf, type Contract, judges } from '../contract/contract.ts';
import { SIZE_MAX } from '../contract/size-t.ts';
import type { Violation } from '../oracle/violation.ts';
import { heapStartOf } from '../target/native-heap.ts';
import type { ReproducerBuild } from '../target/reproducer-run.ts';
import type { Op } from '../trace/op.ts';
import { requested, type Trace } from '../trace/trace.ts';
import { callFunctions } from './reproducer-c-calls.ts';
import { memlib } from './reproducer-c-memlib.ts';
import { kernel, noOperatingSystem, operatingSystem } from './reproducer-c-os.ts';
import { assertions } from './reproducer-c-parts.ts';
import { callsOf } from './sentence.ts';

/** What is to be shown. */
export interface ReproducerRequest {
  readonly violation: Violation;
  readonly trace: Trace;
  readonly contract: Contract;
  readonly build: ReproducerBuild;
  /** Whether an earlier trace comes first: target/driver/rehearsal.c. */
  readonly rehearsed?: boolean;
  /** Whether long payloads are written in part, as where a hunt looks at many (target/payload.ts). */
  readonly sparse?: boolean;
}

/** The C source; undefined where the finding has nothing that a program could assert. */
export function reproducerC(request: ReproducerRequest): string | undefined {
  const { violation, trace, contract, build, rehearsed = false, sparse = false } = request;
  if (violation.tier !== 'safety' && violation.tier !== 'robustness') return undefined;
  const playsOs = contract.interposed || !build.isLibrary;
  const parts = [
    kernel,
    playsOs ? operatingSystem(contract, heapStartOf(contract)) : noOperatingSystem,
    ...(contract.heapLimit === undefined
      ? []
      : [`#define HEAP_LIMIT ((size_t)${contract.heapLimit})\n`]),
    ...(playsOs && contract.symbols.init !== undefined ? [memlib] : []),
    assertions(contract, trace.length, sparse),
    callFunctions(contract, playsOs),
    ...(rehearsed ? [earlierTrace(contract)] : []),
    mainOf(trace, contract, rehearsed),
  ];
  const program = [includes, declarations(contract), ...parts].join('\n');
  return `${headOf(request)}\n${build.isCpp ? apart(program, contract) : program}`;
}

/** Functions that are written in C++ get C's names, whether or not they say `extern "C"`: the command includes
 * this file in each of the allocator's, which then see the declarations alone. */
function apart(program: string, contract: Contract): string {
  return `#ifdef __cplusplus
#include <stddef.h>
extern "C" {
${declarations(contract)}}
#elif __INCLUDE_LEVEL__ == 0
${program}#endif
`;
}

function headOf({ violation, build }: ReproducerRequest): string {
  const { files, flags, libraries, isCpp, isLibrary } = build;
  const options = [...flags, ...(isCpp ? ['-include', 'reproducer.c'] : [])];
  const command = ['gcc', ...options, 'reproducer.c', ...files, '-o', 'reproducer', ...libraries];
  return `/* ${comment(violation.says)}
 * (${violation.tier}: ${violation.invariant}). The contract: ${comment(violation.clause)}.
 *
 * Save this as reproducer.c beside the ${isLibrary ? 'library' : 'allocator'}, then compile and run it:
 *   ${command.join(' ')} && ./reproducer
 *
 * It makes the calls of main(), at the end, and checks after each what a program may rely on. It ends with
 * 0 if all was kept; with 1 and one sentence if not.
 */`;
}

const includes = `#undef _FILE_OFFSET_BITS
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#undef main	/* the command line renames the main of the allocator's files, if they have one */
`;

function declarations({ symbols, segment }: Contract): string {
  const { malloc, calloc, realloc, free, init } = symbols;
  const lines = [
    `void *${malloc}(size_t size);`,
    ...(calloc === undefined ? [] : [`void *${calloc}(size_t count, size_t size);`]),
    ...(realloc === undefined ? [] : [`void *${realloc}(void *pointer, size_t size);`]),
    `void ${free}(void *pointer);`,
    ...(init === undefined
      ? []
      : [`int ${init}(${segment ? 'void *start, size_t bytes' : 'void'});`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Ops from which a compiler takes seconds over main. */
const LONG = 1000;
const SOONER = '__attribute__((optimize("O0")))\t/* sooner compiled */\n';

/** One op a line, with the number that it has in the trace. */
function mainOf(trace: Trace, contract: Contract, rehearsed: boolean): string {
  const calls = callsOf(trace, contract);
  const lines = trace.map((op, at) => {
    const text = (calls[at] as string).replaceAll('"', "'");
    const statement = isDefined(op, contract)
      ? `${statementOf(op, contract)};`
      : '/* left open by the contract: no call */';
    return `\top(${at + 1}, "${text}"); ${statement}`;
  });
  return `${trace.length > LONG ? SOONER : ''}int main(void)
{
	begin();
${rehearsed ? '\tearlier_trace();\n' : ''}${initCall(contract)}${lines.join('\n')}
	end();
}
`;
}

/** The lab's says -1 where it failed; one that is given its heap says whether it took it. */
function initCall(contract: Contract): string {
  const { symbols, segment } = contract;
  const { init } = symbols;
  if (init === undefined) return '';
  const call = `${init}(${givenTo(contract)})`;
  return `\top(0, "${init}");
	enter();
	if (${segment ? `(unsigned char)${call} == 0` : `${call} == -1`})
		fail("it says that it failed");
	leave();
`;
}

function givenTo({ segment, heapLimit, interposed }: Contract): string {
  if (!segment || heapLimit === undefined) return '';
  return interposed
    ? 'segment(HEAP_LIMIT), HEAP_LIMIT'
    : 'mmap(NULL, HEAP_LIMIT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), HEAP_LIMIT';
}

function earlierTrace(contract: Contract): string {
  const { init, malloc, free } = contract.symbols;
  return `/* What happened before: ${init} is called again for each trace, over an empty heap. */
static void earlier_trace(void)
{
	static const size_t sizes[] = { 24, 100, 2000, 24, 5000, 300 };
	void *payloads[6];

	op(0, "an earlier trace");
	enter();
	${init}(${givenTo(contract)});
	for (int i = 0; i < 6; i++)
		payloads[i] = ${malloc}(sizes[i]);
	for (int i = 1; i < 6; i += 2)
		if (payloads[i])
			${free}(payloads[i]);
	move_break(HEAP - heap_break);
	leave();
}
`;
}

/** The rules of target/driver/run.c: what a contract leaves open is not asked of anybody. */
function isDefined(op: Op, contract: Contract): boolean {
  const { calloc, realloc } = contract.symbols;
  switch (op.kind) {
    case 'calloc':
      return calloc !== undefined && isAsked(op, contract);
    case 'realloc':
      return realloc !== undefined && isAsked(op, contract);
    case 'malloc':
      return isAsked(op, contract);
    case 'free-null':
      return contract.freeNull !== false;
    case 'stale-realloc':
      return realloc !== undefined && contract.staleRealloc && contract.placement !== undefined;
    case 'stale-free':
      return false;
    case 'fail-sbrk':
    case 'fail-mmap':
      return judges(contract, 'robustness');
    case 'free':
      return true;
  }
}

function isAsked(op: Op, { unasked, zeroSize }: Contract): boolean {
  const bytes = requested(op) ?? SIZE_MAX;
  if (bytes === 0 && zeroSize === 'undefined') return false;
  if (unasked === undefined || bytes < unasked.from) return true;
  return unasked.below !== undefined && bytes >= unasked.below;
}

function statementOf(op: Op, contract: Contract): string {
  const alignment = alignmentOf(contract, requested(op) ?? SIZE_MAX);
  const size = literal(op.size);
  const { slot } = op;
  switch (op.kind) {
    case 'malloc':
      return `test_malloc(${slot}, ${size}, ${alignment})`;
    case 'calloc':
      return `test_calloc(${slot}, ${literal(op.count)}, ${size}, ${alignment})`;
    case 'realloc':
      return `test_realloc(${slot}, ${size}, ${alignment})`;
    case 'free':
      return `test_free(${slot})`;
    case 'free-null':
      return `test_free_null()`;
    case 'stale-realloc':
      return `test_stale_realloc(${slot}, ${size})`;
    case 'stale-free':
      throw new Error('a second free is never asked of a C allocator');
    case 'fail-sbrk':
      return `fails_at(&growths, ${literal(op.count)})`;
    case 'fail-mmap':
      return `fails_at(&mmaps, ${literal(op.count)})`;
  }
}

function literal(size: number | bigint): string {
  const value = BigInt(size);
  return value < 2n ** 31n ? String(value) : `0x${value.toString(16)}ul`;
}

function comment(text: string): string {
  return text.replaceAll('*/', '* /');
}
