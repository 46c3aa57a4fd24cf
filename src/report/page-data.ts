// What the page of `view` is made from: plain data, written into the page as JSON. It imports nothing, so
// that the code in the browser can be checked against it.
//
// Every address is told by its distance from heap start (NULL, then, is -heapStart). A view has one frame
// for each step, and of each frame only what it changed in four tables; the page plays them back.

export interface PageData {
  readonly format: 'allocheck/view@1';
  readonly title: string;
  /** What was found out, a line a target. */
  readonly verdicts: readonly PageVerdict[];
  readonly views: readonly ViewData[];
}

export interface PageVerdict {
  readonly verdict: 'passed' | 'failed' | 'unknown';
  readonly text: string;
}

/** One trace, run on one target. */
export interface ViewData {
  /** `osmem.c: disjointness`, say: what tells it from the other views of the page. */
  readonly name: string;
  readonly target: string;
  readonly contract: string;
  /** The command that runs it again; '' where there is none. */
  readonly replay: string;
  readonly heapStart: number;
  /** Bytes of a block header; 0 where headers are not known, and payloads are all there is to draw. */
  readonly header: number;
  /** The frame to show first: that of the violation that matters, or the last. */
  readonly decisive: number;
  /** Index in the trace of the first frame's op: -1 where the allocator's init comes first. */
  readonly first: number;
  /** Ops of the trace that were not run: after damage nothing is evidence. */
  readonly rest: number;
  /** By frame: the op in the notation, and the C call. */
  readonly ops: readonly string[];
  readonly calls: readonly string[];
  /** By frame: what the call returned, where it returned an address. */
  readonly results: readonly (number | null)[];
  /** By frame: how it ended, where it did not return. */
  readonly endings: Readonly<Record<string, string>>;
  /** By frame: the syscalls that it made, where it made any. */
  readonly syscalls: Readonly<Record<string, readonly string[]>>;
  /** By frame: the changes, one after the other. A row that is set: [table, key, value, value]; one that
   * is gone: [table + GONE, key]. The tables are in page/tables.js. */
  readonly changes: readonly (readonly number[])[];
  readonly violations: readonly ViewViolation[];
}

export interface ViewViolation {
  readonly frame: number;
  readonly invariant: string;
  readonly tier: string;
  /** What was owed, and what was seen. */
  readonly expected: string;
  readonly actual: string;
  /** Why, and where in the source, a line each; absent where nothing establishes it. */
  readonly why?: readonly string[];
  readonly marks: readonly Mark[];
}

/** Bytes that the violation is about. */
export interface Mark {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly label: string;
}
