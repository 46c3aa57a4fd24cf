// A finding as a C program that needs nothing of ours: it makes the calls of the trace, one a line, asserts
// after each what was owed (reproducer-c-parts.ts has the assertions), and ends with 1 and a sentence where it
// is not kept. Safety and robustness alone: what is owed there can be seen from outside of the allocator.

import { alignmentOf, type Contract } from '../contract/contract.ts';
import type { Violation } from '../oracle/violation.ts';
import type { Op } from '../trace/op.ts';
import type { Trace } from '../trace/trace.ts';
import { callFunctions } from './reproducer-c-calls.ts';
import { operatingSystem } from './reproducer-c-os.ts';
import { assertions } from './reproducer-c-parts.ts';
import { callsOf } from './sentence.ts';

/** What is to be shown, and how the program is compiled. */
export interface ReproducerRequest {
  readonly violation: Violation;
  readonly trace: Trace;
  readonly contract: Contract;
  /** The allocator's files, as they are named from its folder, and further arguments for gcc. */
  readonly files: readonly string[];
  readonly flags: readonly string[];
}

/** The C source; undefined where the finding, or the contract, has nothing that a program could assert. */
export function reproducerC(request: ReproducerRequest): string | undefined {
  const { violation, trace, contract } = request;
  const { calloc, realloc, init } = contract.symbols;
  const shown = violation.tier === 'safety' || violation.tier === 'robustness';
  if (!shown || init !== undefined || calloc === undefined || realloc === undefined)
    return undefined;
  const fromOs = needsOperatingSystem(trace, contract);
  return [
    headOf(request, fromOs),
    declarations(request),
    ...(fromOs ? [operatingSystem] : []),
    assertions(contract, fromOs),
    callFunctions(contract),
    mainOf(trace, contract),
  ].join('\n');
}

/** What the linker is told where the program answers sbrk, brk, mmap and munmap itself. */
const WRAP = '-Wl,--wrap=sbrk,--wrap=brk,--wrap=mmap,--wrap=munmap';
/** No request above this many bytes can be met by any x86-64 process. */
const IMPOSSIBLE = 2n ** 46n;
/** Bytes from which a request may be mapped: then it matters what lies behind, and what was there before. */
const MAPPED_FROM = 4000n;

function needsOperatingSystem(trace: Trace, contract: Contract): boolean {
  if (!contract.interposed) return false;
  return trace.some((op) => isFailing(op) || bytesOf(op) >= MAPPED_FROM);
}

function isFailing(op: Op): boolean {
  return op.kind === 'fail-sbrk' || op.kind === 'fail-mmap';
}

function bytesOf(op: Op): bigint {
  return BigInt(op.size) * BigInt(op.count);
}

function headOf({ violation, files, flags }: ReproducerRequest, fromOs: boolean): string {
  const wrap = fromOs ? [WRAP] : [];
  const command = ['gcc', '-g', '-w', '-Dmain=unused_main', ...flags, ...wrap];
  return `/* ${comment(violation.says)}
 * (${violation.tier}: ${violation.invariant}). The contract: ${comment(violation.clause)}.
 *
 * Save this as reproducer.c beside the allocator, then compile and run it:
 *   ${command.join(' ')} reproducer.c ${files.join(' ')} -o reproducer -lm -lpthread && ./reproducer
 *
 * It makes the calls of main(), at the end, and checks after each what a program may rely on. It ends with
 * 0 if all was kept; with 1 and one sentence if not.
 */`;
}

function declarations({ contract }: ReproducerRequest): string {
  const { malloc, calloc, realloc, free } = contract.symbols;
  return `#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#undef main	/* the command line renames the main of the allocator's files, if they have one */

void *${malloc}(size_t size);
void *${calloc}(size_t count, size_t size);
void *${realloc}(void *pointer, size_t size);
void ${free}(void *pointer);
`;
}

/** One op a line, with the number that it has in the trace. */
function mainOf(trace: Trace, contract: Contract): string {
  const calls = callsOf(trace, contract);
  const lines = trace.map((op, at) => {
    const text = (calls[at] as string).replaceAll('"', "'");
    return `\top(${at + 1}, "${text}"); ${statementOf(op, contract)};`;
  });
  return `int main(void)
{
	begin();
${lines.join('\n')}
	end();
}
`;
}

function statementOf(op: Op, contract: Contract): string {
  const bytes = bytesOf(op);
  const alignment = alignmentOf(contract, bytes < IMPOSSIBLE ? Number(bytes) : 16);
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
      return `test_stale_free(${slot})`;
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
