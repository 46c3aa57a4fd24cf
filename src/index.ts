// allocheck as a library: the table of contents of its public interface, a paragraph a folder, in the order
// in which the formatter sorts them. The order in which they build on each other is in the README.

// Our allocator.
export type { Allocator, AllocatorOptions } from './allocator/allocator.ts';
export { createAllocator } from './allocator/allocator.ts';
export { os_calloc, os_free, os_malloc, os_realloc } from './allocator/course.ts';
export type { AllocatorParts } from './allocator/parts.ts';
export { soundParts } from './allocator/parts.ts';
export type { AllocatorRules } from './allocator/rules.ts';
export { osmemRules } from './allocator/rules.ts';
// Many runs, and what they find.
export type { Budget } from './check/budget.ts';
export { parseBudget } from './check/budget.ts';
export type { CampaignOptions, CampaignReport, Progress } from './check/campaign.ts';
export { campaign } from './check/campaign.ts';
export type { Finding } from './check/finding.ts';
export { causeOf } from './check/finding.ts';
// The command line, in process.
export type { Io } from './cli/io.ts';
export { main } from './cli/main.ts';
// What is promised.
export type { Contract, PlacementRules, Tier } from './contract/contract.ts';
export { alignmentOf, TIERS } from './contract/contract.ts';
export { loadContract } from './contract/contract-file.ts';
export { cs107 } from './contract/cs107.ts';
export { isoC } from './contract/iso-c.ts';
export { malloclab, malloclab16 } from './contract/malloclab.ts';
export { OperatingError } from './contract/operating-error.ts';
export { osmem, osmemOurs } from './contract/osmem.ts';
export type { SizeT } from './contract/size-t.ts';
export { SIZE_MAX, sizeT } from './contract/size-t.ts';
// Keeping what was found.
export { entryOf } from './corpus/entry.ts';
export type { Replayed } from './corpus/replay.ts';
export { replay } from './corpus/replay.ts';
export { listTraceFiles, saveEntry } from './corpus/store.ts';
// Where traces come from.
export type { SeededTrace } from './generate/traces.ts';
export { traceFromSeed, traces } from './generate/traces.ts';
// Marks, as gradebooks take them.
export { gradebookCsv } from './grade/csv.ts';
export type { GradedSubmission, GradedTest } from './grade/graded.ts';
export { gradescopeJson } from './grade/gradescope.ts';
export { prairieLearnJson } from './grade/prairielearn.ts';
// Where it happens: memory to run an allocator on.
export type { Address } from './memory/address.ts';
export { ArrayBufferMemory } from './memory/array-buffer-memory.ts';
export type { Memory } from './memory/memory.ts';
export { SimulatedOs } from './memory/simulated-os.ts';
export { formatSyscall } from './memory/strace.ts';
export type { Syscall } from './memory/syscall.ts';
export { WasmMemory } from './memory/wasm-memory.ts';
// What is right and wrong.
export type { Invariant } from './oracle/invariant.ts';
export { INVARIANTS } from './oracle/invariants.ts';
export { Judge } from './oracle/judge.ts';
export { PlacementSpec } from './oracle/placement.ts';
export type { Difference } from './oracle/record.ts';
export { compareWithRecord } from './oracle/record.ts';
export type { InvariantName, Verdict, Violation } from './oracle/violation.ts';
// Telling people and machines.
export { crashLines } from './report/crash-place.ts';
export { framesOf } from './report/frames.ts';
export { annotations, jobSummary } from './report/github.ts';
export { heapSvg } from './report/heap-svg.ts';
export { pageHtml } from './report/html.ts';
export type { FindingJson, VerdictJson } from './report/json.ts';
export { jsonText, verdictJson } from './report/json.ts';
export { junitXml } from './report/junit.ts';
export type { Outcome as ToldOutcome, OutcomeContext } from './report/outcome.ts';
export { checkOutcome } from './report/outcome.ts';
export type { PageData, ViewData } from './report/page-data.ts';
export { sarifJson } from './report/sarif.ts';
export { reportText } from './report/text.ts';
// Making a counterexample small.
export { minimize } from './shrink/minimize.ts';
// What is driven, and what it is seen to do.
export type { BrokenByte, Fault, HeapWalk, Outcome, Step } from './target/execution.ts';
export { keepStep, keepWalk } from './target/execution.ts';
export { createNativeTarget } from './target/native.ts';
export { createSimulatedTarget } from './target/simulated.ts';
export type { Density, Target, Visitor } from './target/target.ts';
// What is said: ops, traces, and the text that they are kept as.
export type { TraceEntry } from './trace/notation.ts';
export { formatEntry, formatTrace, parseEntry, parseTrace } from './trace/notation.ts';
export type { Op, OpKind, Slot } from './trace/op.ts';
export {
  calloc,
  failMmap,
  failSbrk,
  free,
  freeNull,
  malloc,
  OP_KINDS,
  realloc,
  staleFree,
  staleRealloc,
} from './trace/op.ts';
export type { Trace } from './trace/trace.ts';
export type { TraceFile, TraceFormat } from './trace/trace-file.ts';
export { readTraceFile } from './trace/trace-file.ts';
export { TraceSyntaxError } from './trace/trace-syntax-error.ts';
