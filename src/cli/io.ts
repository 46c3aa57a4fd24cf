// What a command may touch of the outside: passed in, so that the whole command line runs in a test.

export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Relative paths are read from here. */
  readonly cwd: string;
  /** Aborted by the first Ctrl-C: end cleanly with what there is. */
  readonly signal: AbortSignal;
  /** Whether stderr is a terminal that a person watches. */
  readonly terminal: boolean;
  /** Environment variables; absent: none. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export const EXIT = { passed: 0, violations: 1, error: 2, undecided: 3 } as const;
