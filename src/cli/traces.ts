// From TRACE arguments to traces: a file in any format that we read, a folder of them, or the ops
// themselves (`'a 0 24; f 0'`), as the replay command of a report gives them.

import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { OperatingError } from '../contract/operating-error.ts';
import { listTraceFiles, readText } from '../corpus/store.ts';
import { readTraceFile, type TraceFile } from '../trace/trace-file.ts';

export interface NamedTrace {
  /** As the user would name it. */
  readonly name: string;
  readonly file: TraceFile;
  /** Where the names in its header are looked up, after the working directory. */
  readonly folder: string;
}

const LITERAL = /^\s*(#|[acrfsdx]\s+[-\w])/;

/** Throws an OperatingError (a TraceSyntaxError for bad text). Read one at a time: they may be large. */
export function* readTraces(names: readonly string[], cwd: string): Generator<NamedTrace> {
  for (const name of names) {
    // It would name the working directory, and everything below that.
    if (name.trim() === '') throw new OperatingError('an empty argument is no trace');
    const path = resolve(cwd, name);
    if (!existsSync(path) && LITERAL.test(name)) {
      yield { name: 'trace', file: readTraceFile(name, 'trace'), folder: cwd };
      continue;
    }
    const files = listTraceFiles(path, name);
    if (files.length === 0) throw new OperatingError(`${name} has no trace files`);
    const isFolder = statSync(path).isDirectory();
    for (const file of files) {
      const shown = isFolder ? join(name, file.slice(path.length)) : name;
      yield { name: shown, file: readTraceFile(readText(file), shown), folder: dirname(file) };
    }
  }
}
